-- What the tables say of each admin3 area with a boundary, apart from its poverty; pictures and distances come later.
with indicators as (
  select
    area_id,
    max(value) filter (where indicator = 'dropout_rate_pct') as dropout_rate_pct,
    max(value) filter (where indicator = 'indigenous_language_pct') as indigenous_language_pct,
    bool_or(is_synthetic) as is_synthetic
  from {{ ref("stg_area_indicators") }}
  group by area_id
)
select
  areas.area_id,
  areas.admin1_id,
  areas.admin2_id,
  areas.natural_region,
  areas.latitude,
  areas.longitude,
  areas.population,
  areas.area_km2,
  areas.altitude_m,
  areas.urban_place_share,
  areas.place_count,
  indicators.dropout_rate_pct,
  indicators.indigenous_language_pct,
  areas.is_synthetic or coalesce(indicators.is_synthetic, false) as is_synthetic
from {{ ref("areas") }} as areas
left join indicators on indicators.area_id = areas.area_id
where areas.level = 'admin3' and areas.has_boundary
