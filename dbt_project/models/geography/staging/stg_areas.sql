-- Areas of every publisher in canonical form. In Peru a UBIGEO ends in zeros above the district.
with ubigeo as (
  select inei, 'admin3' as level, distrito as name, left(inei, 4) || '00' as parent_id, superficie,
    pob_densidad_2020, altitude, capital, latitude, longitude, source, is_synthetic
  from {{ source("geography", "raw_ubigeo_aumentado_districts") }}
  union all
  select inei, 'admin2', provincia, left(inei, 2) || '0000', superficie,
    pob_densidad_2020, altitude, capital, latitude, longitude, source, is_synthetic
  from {{ source("geography", "raw_ubigeo_aumentado_provinces") }}
  union all
  select inei, 'admin1', departamento, null, superficie,
    pob_densidad_2020, altitude, capital, latitude, longitude, source, is_synthetic
  from {{ source("geography", "raw_ubigeo_aumentado_departments") }}
)
{{ canonical("geography", "areas") }}
union all by name
select
  inei as area_id,
  level,
  name,
  parent_id,
  round(superficie * pob_densidad_2020) as population,
  superficie as area_km2,
  altitude as altitude_m,
  capital,
  latitude,
  longitude,
  cast(null as varchar) as natural_region,
  source,
  is_synthetic
from ubigeo
