-- Populated places of every publisher in canonical form.
{{ canonical("geography", "places") }}
union all by name
select
  inei_ccpp as place_id,
  inei_distrito as area_id,
  ccpp as name,
  lower(tipo) as kind,
  latitude,
  longitude,
  source,
  is_synthetic
from {{ source("geography", "raw_inei_populated_places") }}
