-- Dropout, language and schools by district.
with indicators as (
  select
    area_id,
    max(value) filter (where indicator = 'dropout_rate_pct') as dropout_rate_pct,
    max(value) filter (where indicator = 'indigenous_language_pct') as indigenous_language_pct,
    bool_or(is_synthetic) as is_synthetic
  from {{ ref("stg_area_indicators") }}
  where indicator in ('dropout_rate_pct', 'indigenous_language_pct')
  group by area_id
),
schools as (
  select
    area_id,
    count(*) filter (where level = 'primary') as primary_schools,
    count(*) filter (where level = 'secondary') as secondary_schools,
    bool_or(is_synthetic) as is_synthetic
  from {{ ref("registered_schools") }}
  group by area_id
)
select
  area_id,
  indicators.dropout_rate_pct,
  indicators.indigenous_language_pct,
  schools.primary_schools,
  schools.secondary_schools,
  coalesce(indicators.is_synthetic, false) or coalesce(schools.is_synthetic, false) as is_synthetic
from indicators full join schools using (area_id)
