-- Points with what their latest visits found.
with staged as (
  {{ not_refused("water_points", ["point_id"], "refused_records") }}
),
visited as (
  select
    point_id,
    count(*) as reports,
    max(report_date) as last_report,
    max(grade) filter (where is_latest and parameter in (
      'catchment_state', 'treatment_state', 'storage_state', 'distribution_state'
    )) as state,
    min(grade) filter (where is_latest and parameter in ('treatment_works', 'water_available')) as works
  from {{ ref("surveys") }}
  where point_id is not null
  group by point_id
)
select
  staged.point_id,
  staged.system_id,
  systems.area_id,
  component,
  staged.lat_deg,
  staged.lon_deg,
  staged.lat_deg = systems.lat_deg and staged.lon_deg = systems.lon_deg as has_system_coordinates,
  water_source,
  water_tech,
  facility_type,
  service_level,
  coalesce(staged.install_year, systems.install_year) as install_year,
  state,
  works = 'yes' as works,
  coalesce(visited.reports, 0) as reports,
  visited.last_report,
  staged.source,
  staged.is_synthetic
from (
  select * replace ({{ unless_problem("install_year", year_problem("install_year")) }} as install_year) from staged
) as staged
join {{ ref("systems") }} as systems on systems.system_id = staged.system_id
left join visited on visited.point_id = staged.point_id
