-- Water systems in canonical form. SIASAR's are in up to four tables, which say the same of each.
{{ canonical("water", "water_systems") }}
union all by name
select distinct
  system_id,
  nullif(regexp_replace(nombre, '^Sistema de ?', ''), '') as name,
  cast(null as varchar) as area_id,
  divisiones as area_names,
  latitud as lat_deg,
  longitud as lon_deg,
  altitud as altitude_m,
  anio as install_year,
  -- What stands where there is no provider, or no name of one.
  case
    when lower(trim(pse)) not in ('no tiene', 'ninguno', 'no', 'no sabe', 'sin nombre', 'no tiene nombre') then pse
  end as management,
  case
    when tipo_gravedad = 'SI' then 'gravity'
    when tipo_bombeo = 'SI' then 'pumped'
    when tipo_pozo_manual = 'SI' then 'hand pump'
    when tipo_agua_lluvia = 'SI' then 'rainwater'
  end as supply,
  source,
  is_synthetic
from ({{ siasar_systems() }}) as siasar
