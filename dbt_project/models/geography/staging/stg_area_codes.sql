-- Codes of other institutions in canonical form; RENIEC's differs from INEI's for most districts of Peru.
with ubigeo as (
  select inei, reniec, source, is_synthetic from {{ source("geography", "raw_ubigeo_aumentado_districts") }}
  union all
  select inei, reniec, source, is_synthetic from {{ source("geography", "raw_ubigeo_aumentado_provinces") }}
  union all
  select inei, reniec, source, is_synthetic from {{ source("geography", "raw_ubigeo_aumentado_departments") }}
)
{{ canonical("geography", "area_codes") }}
union all by name
select inei as area_id, 'reniec' as scheme, reniec as code, source, is_synthetic
from ubigeo
where reniec is not null
