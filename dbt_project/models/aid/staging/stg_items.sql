-- Items in canonical form, and those that publishers' tables count, where these have landed.
{{ canonical("aid", "items") }}
{%- set counted = [
  ("ira_no_neumonia", "Acute respiratory infections without pneumonia", "Infecciones respiratorias agudas sin neumonía"),
  ("pneumonia_under5", "Pneumonia, children under 5", "Neumonía, menores de 5 años"),
  ("pneumonia_over60", "Pneumonia, people of 60 and over", "Neumonía, 60 años y más"),
  ("hospitalised_under5", "In hospital, children under 5", "Hospitalizados, menores de 5 años"),
  ("hospitalised_over60", "In hospital, people of 60 and over", "Hospitalizados, 60 años y más"),
  ("deaths_under5", "Deaths, children under 5", "Defunciones, menores de 5 años"),
  ("deaths_over60", "Deaths, people of 60 and over", "Defunciones, 60 años y más"),
] %}
union all by name
select
  'water' as item_id,
  'Drinking water' as name,
  'Agua potable' as name_es,
  'm3' as unit,
  1000.0::double as weight_kg,
  1.0::double as volume_m3,
  null::bigint as shelf_life_days,
  null::double as unit_cost_usd,
  null::double as need_per_person_week,
  min(source) as source,
  bool_or(is_synthetic) as is_synthetic
from {{ source("aid", "located_deliveries") }}
having count(*) > 0
union all by name
select
  counted.item_id,
  counted.name,
  counted.name_es,
  'case' as unit,
  null::double as weight_kg,
  null::double as volume_m3,
  null::bigint as shelf_life_days,
  null::double as unit_cost_usd,
  null::double as need_per_person_week,
  landed.source,
  landed.is_synthetic
from (
  values
  {%- for item_id, name, name_es in counted %}
  ('{{ item_id }}', '{{ name }}', '{{ name_es }}'){{ "," if not loop.last }}
  {%- endfor %}
) as counted (item_id, name, name_es)
cross join (
  select min(source) as source, bool_or(is_synthetic) as is_synthetic
  from {{ source("aid", "raw_lambayeque_respiratory_infections") }}
  having count(*) > 0
) as landed
