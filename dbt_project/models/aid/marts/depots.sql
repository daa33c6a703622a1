-- Depots that stock is kept at and vehicles start from.
select
  depot_id,
  name,
  area_id,
  latitude,
  longitude,
  capacity_m3,
  coalesce(opens_minute, 0) as opens_minute,
  coalesce(closes_minute, 1440) as closes_minute,
  source = 'otass_water_trucks' as is_derived,
  source,
  is_synthetic
from {{ ref("stg_depots") }}
qualify row_number() over (partition by depot_id order by source) = 1
