-- Stations in canonical form. The plant of the GECCO challenge is one; where it lies is not published.
{{ canonical("water", "stations") }}
union all by name
select
  'gecco2018' as station_id,
  'Drinking-water plant of the GECCO 2018 challenge' as name,
  1::bigint as interval_minutes,
  source,
  bool_or(is_synthetic) as is_synthetic
from {{ source("water", "raw_gecco2018") }}
group by source
