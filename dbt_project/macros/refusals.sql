{#- Key of a row as a domain's table of refused rows states it. -#}
{% macro row_key(alias, columns) -%}
  concat_ws('|'{% for column in columns %}, coalesce({{ alias }}.{{ column }}::varchar, ''){% endfor %})
{%- endmacro %}

{#- The rows of a staging table without those a domain's table of refused rows rules out; each key once. -#}
{% macro not_refused(input, columns, refusals="refused_rows") -%}
  select staged.*
  from {{ ref("stg_" ~ input) }} as staged
  anti join (
    select row_key, source from {{ ref(refusals) }} where input = '{{ input }}' and rule <> 'repeated'
  ) as refused
    on refused.row_key = {{ row_key("staged", columns) }} and refused.source = staged.source
  qualify row_number() over (partition by {{ columns | join(", ") }} order by staged) = 1
{%- endmacro %}
