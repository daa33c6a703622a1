-- What visits found in canonical form. SIASAR's visits found something of a system, and of its components.
with found as (
  select distinct
    system_id,
    fecha_encuesta as report_date,
    source,
    is_synthetic,
    unnest(['enough_in_dry_season', 'enough_in_rainy_season']) as parameter,
    unnest([{{ yes_or_no("agua_epoca_seca") }}, {{ yes_or_no("agua_epoca_lluvia") }}]) as grade
  from ({{ siasar_systems() }}) as siasar
),
judged as (
  select fuente_id as point, id, fecha_encuesta, source, is_synthetic, 'catchment_state' as parameter,
    left(capt_estado, 1) as grade
  from {{ source("water", "raw_siasar_catchments") }}
  union all
  select trat_id, id, fecha_encuesta, source, is_synthetic, 'treatment_works', {{ yes_or_no("trat_funciona") }}
  from {{ source("water", "raw_siasar_treatments") }}
  union all
  select trat_id, id, fecha_encuesta, source, is_synthetic, 'treatment_state', left(trat_estado, 1)
  from {{ source("water", "raw_siasar_treatments") }}
  union all
  select almc_id, id, fecha_encuesta, source, is_synthetic, 'storage_state', left(almc_estado, 1)
  from {{ source("water", "raw_siasar_storages") }}
  union all
  select dist_id, id, fecha_encuesta, source, is_synthetic, 'distribution_state', left(dist_estado, 1)
  from {{ source("water", "raw_siasar_distributions") }}
),
measured as (
  select almc_id as point, id, fecha_encuesta, source, is_synthetic, 'storage_volume' as parameter,
    case almc_volumen_ud when 'LITROS' then almc_volumen end as value
  from {{ source("water", "raw_siasar_storages") }}
  union all
  select
    dist_id, id, fecha_encuesta, source, is_synthetic,
    unnest(['service_hours', 'connections', 'metered_connections']),
    unnest([dist_horas, dist_conexiones, dist_micromed])
  from {{ source("water", "raw_siasar_distributions") }}
)
{{ canonical("water", "water_surveys") }}
union all by name
select system_id, point_id, report_date, parameter, value, grade, source, is_synthetic
from {{ ref("stg_inspection_outcomes") }}
union all by name
select * from found where grade is not null
union all by name
select
  'siasar:' || id as system_id, 'siasar:' || point as point_id, fecha_encuesta as report_date, parameter, grade,
  source, is_synthetic
from judged
where grade is not null
union all by name
select
  'siasar:' || id as system_id, 'siasar:' || point as point_id, fecha_encuesta as report_date, parameter, value,
  source, is_synthetic
from measured
where value is not null
