-- Deliveries in canonical form. Plan Cisterna's have no plan, no month and no cost.
{{ canonical("aid", "deliveries") }}
union all by name
select
  delivery_id,
  site_id,
  'water' as item_id,
  null::date as planned_date,
  null::date as delivered_on,
  year::bigint as delivered_year,
  null::double as planned_quantity,
  volume_m3 as delivered_quantity,
  households * {{ var("people_per_household") }} as people_reached,
  trips::double as trips,
  null::double as minutes_late,
  null::double as cost_usd,
  provider,
  null::varchar as vehicle_id,
  source,
  is_synthetic
from {{ source("aid", "located_deliveries") }}
