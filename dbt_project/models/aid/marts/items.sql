-- What is handed out, and what is counted as demand. A list of items goes before what publishers' tables count.
select
  item_id,
  name,
  coalesce(name_es, name) as name_es,
  unit,
  weight_kg,
  volume_m3,
  shelf_life_days,
  unit_cost_usd,
  need_per_person_week,
  coalesce(weight_kg, 0) + coalesce(volume_m3, 0) > 0 as is_carried,
  source,
  is_synthetic
from {{ ref("stg_items") }}
qualify row_number() over (
  partition by item_id
  order by source in ('otass_water_trucks', 'lambayeque_respiratory_infections'), source
) = 1
