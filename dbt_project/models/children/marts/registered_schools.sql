-- Schools of the official register, with the level in the platform's words.
select
  code as school_id,
  name,
  case
    when level like 'Inicial%' then 'initial'
    when level = 'Primaria' then 'primary'
    when level = 'Secundaria' then 'secondary'
    when level like 'Básica Especial%' then 'special'
    when level like 'Básica Alternativa%' then 'adult'
    when level like 'Superior%' or level like 'Escuela Superior%' then 'tertiary'
    else 'other'
  end as level,
  management like 'Pública%' as is_public,
  ubigeo as area_id,
  latitude as lat_deg,
  longitude as lon_deg,
  source,
  is_synthetic
from {{ source("children", "raw_minedu_schools") }}
