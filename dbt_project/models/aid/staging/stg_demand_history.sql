-- Demand in canonical form. Lambayeque's health networks are summed by district and week; only reported weeks are here.
{%- set items = {
  "ira_no_neumonia": "ira_no_neumonia",
  "neumonias_men5": "pneumonia_under5",
  "neumonias_60mas": "pneumonia_over60",
  "hospitalizados_men5": "hospitalised_under5",
  "hospitalizados_60mas": "hospitalised_over60",
  "defunciones_men5": "deaths_under5",
  "defunciones_60mas": "deaths_over60",
} %}
with weeks as (
  select
    ubigeo,
    {{ epidemiological_week_start("anio", "semana") }} as period_start,
    {%- for column, item in items.items() %}
    sum({{ column }})::double as {{ item }},
    {%- endfor %}
    min(source) as source,
    bool_or(is_synthetic) as is_synthetic
  from {{ source("aid", "raw_lambayeque_respiratory_infections") }}
  group by ubigeo, anio, semana
)
{{ canonical("aid", "demand_history") }}
{%- for item in items.values() %}
union all by name
select
  ubigeo as place_id,
  'area' as place_kind,
  '{{ item }}' as item_id,
  period_start,
  'week' as period,
  {{ item }} as quantity,
  true as is_reported,
  source,
  is_synthetic
from weeks
{%- endfor %}
