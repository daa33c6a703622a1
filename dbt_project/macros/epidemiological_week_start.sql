{#- First day (Sunday) of an epidemiological week as CDC, PAHO and Peru's CDC count: week 1 is the one with 4 January. -#}
{% macro epidemiological_week_start(year, week) -%}
  (make_date({{ year }}, 1, 4) - dayofweek(make_date({{ year }}, 1, 4))::integer + 7 * ({{ week }} - 1)::integer)
{%- endmacro %}
