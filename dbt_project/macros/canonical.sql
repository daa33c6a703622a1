{#- A canonical input's own rows, without the columns that only a raw table has. -#}
{% macro canonical(domain, name) -%}
  select * exclude (file_name, file_line) from {{ source(domain, "raw_" ~ name) }}
{%- endmacro %}
