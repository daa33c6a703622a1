-- Systems with their area: by its code, else by the names given, else by the polygon they lie in.
with staged as (
  {{ not_refused("water_systems", ["system_id"], "refused_records") }}
),
named_areas as (
  select
    {{ comparable_name("admin1_name || ',' || admin2_name || ',' || name") }} as names,
    min(area_id) as area_id
  from {{ ref("areas") }}
  where level = 'admin3'
  group by names
  having count(*) = 1
),
shapes as (
  select area_id, geometry from {{ source("geography", "area_shapes") }} where level = 'admin3'
),
-- On a border a system lies in two polygons.
lying as (
  select system_id, min(shapes.area_id) as area_id
  from staged
  join shapes on st_contains(shapes.geometry, st_point(lon_deg, lat_deg))
  group by system_id
),
placed as (
  select
    staged.*,
    areas.area_id as coded_id,
    named_areas.area_id as named_id,
    lying.area_id as lying_id,
    coalesce(areas.area_id, named_areas.area_id, lying.area_id) as found_id
  from staged
  left join {{ ref("areas") }} as areas on areas.area_id = staged.area_id
  left join named_areas on named_areas.names = {{ comparable_name("staged.area_names") }}
  left join lying on lying.system_id = staged.system_id
),
served as (
  select system_id, served_population, served_households from {{ ref("population_served") }} where is_latest
),
visited as (
  select system_id, count(*) as reports, max(report_date) as last_report from {{ ref("surveys") }} group by system_id
),
pointed as (
  select system_id, count(*) as points
  from ({{ not_refused("water_points", ["point_id"], "refused_records") }}) as staged_points
  group by system_id
)
select
  placed.system_id,
  name,
  found_id as area_id,
  case
    when coded_id is not null then 'code'
    when named_id is not null then 'names'
    when lying_id is not null then 'coordinates'
    else 'none'
  end as area_basis,
  case when found_id in (select area_id from shapes) then lying_id is distinct from found_id end as is_outside_area,
  lat_deg,
  lon_deg,
  {{ unless_problem("altitude_m", altitude_problem("altitude_m")) }} as altitude_m,
  {{ unless_problem("install_year", year_problem("install_year")) }} as install_year,
  management,
  supply,
  served_population,
  served_households,
  coalesce(points, 0) as points,
  coalesce(reports, 0) as reports,
  last_report,
  source,
  is_synthetic
from placed
left join served on served.system_id = placed.system_id
left join visited on visited.system_id = placed.system_id
left join pointed on pointed.system_id = placed.system_id
