{#- Key of a row as a domain's table of refused rows states it. -#}
{% macro row_key(alias, columns) -%}
  concat_ws('|'{% for column in columns %}, coalesce({{ alias }}.{{ column }}::varchar, ''){% endfor %})
{%- endmacro %}

{#- Whether a code is unknown to a table, as a `when` of `judged`; `noun` says what the code is of. -#}
{% macro unknown(column, relation, table, noun, key=none) -%}
  when staged.{{ column }} not in (select {{ key or column }} from {{ relation }}) then
        '{{ column }}: there is no {{ noun }} ' || staged.{{ column }} || ' in {{ table }}'
{%- endmacro %}

{#- The rows of a staging table, `staged`, each with the first reason not to use it: `whens` are branches of a `case`;
    after them a key that another row has too. `told` says what that row is, `joins` brings what the branches ask. -#}
{% macro judged(input, key, told, whens=[], keys=none, order="staged.source", joins="") -%}
  select
    '{{ input }}' as input,
    {{ row_key("staged", key) }} as row_key,
    case
      {%- for when in whens %}
      {{ when }}
      {%- endfor %}
      when row_number() over (
        partition by {% for column in key %}{{ "" if keys else "staged." }}{{ (keys or key)[loop.index0] }}{{ ", " if not loop.last }}{% endfor %} order by {{ order }}
      ) > 1 then 'repeated: ' || {{ told }}
    end as reason,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_" ~ input) }} as staged
  {{ joins }}
{%- endmacro %}

{#- Rows with a reason, out of `judged`, with the rule that the reason's first word names. -#}
{% macro refused_of_judged() -%}
  select distinct
    input,
    row_key,
    case when reason like 'repeated: %' then 'repeated' when reason like 'unlinked: %' then 'unlinked' else 'unknown' end
      as rule,
    reason,
    source,
    is_synthetic
  from judged
  where reason is not null
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
