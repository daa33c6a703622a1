-- Every area of every level, with its parents, what the polygons say of its size, and its places counted.
with stated as (
  select * from {{ ref("stg_areas") }}
),
placed as (
  select
    stated.*,
    case stated.level when 'admin1' then stated.area_id when 'admin2' then stated.parent_id
      else parent.parent_id end as admin1_id,
    case stated.level when 'admin2' then stated.area_id when 'admin3' then stated.parent_id end as admin2_id
  from stated
  left join stated as parent on parent.area_id = stated.parent_id
),
shapes as (
  select
    area_id,
    area_km2,
    st_y(st_pointonsurface(geometry)) as latitude,
    st_x(st_pointonsurface(geometry)) as longitude
  from {{ source("geography", "area_shapes") }}
),
own_places as (
  select area_id, count(*) as place_count, count(*) filter (where kind = 'urban') as urban_count
  from {{ ref("stg_places") }}
  group by area_id
),
-- An area's places and polygons are its own and those of all areas below it.
below as (
  select placed.area_id as below_id, unnest(list_distinct([placed.area_id, placed.admin2_id, placed.admin1_id])) as area_id
  from placed
),
gathered as (
  select
    below.area_id,
    -- In an order of their own: added up as they come, equal numbers would differ in the last digit from run to run.
    sum(shapes.area_km2 order by below.below_id) as polygon_km2,
    sum(own_places.place_count) as place_count,
    sum(own_places.urban_count) as urban_count
  from below
  left join shapes on shapes.area_id = below.below_id
  left join own_places on own_places.area_id = below.below_id
  group by below.area_id
)
select
  placed.area_id,
  placed.level,
  placed.name,
  placed.parent_id,
  placed.admin1_id,
  admin1.name as admin1_name,
  placed.admin2_id,
  admin2.name as admin2_name,
  placed.population,
  coalesce(gathered.polygon_km2, placed.area_km2) as area_km2,
  placed.area_km2 as tabled_area_km2,
  placed.altitude_m,
  placed.capital,
  coalesce(placed.latitude, shapes.latitude) as latitude,
  coalesce(placed.longitude, shapes.longitude) as longitude,
  coalesce(placed.natural_region, regions.natural_region) as natural_region,
  gathered.urban_count / nullif(gathered.place_count, 0) as urban_place_share,
  coalesce(gathered.place_count, 0)::bigint as place_count,
  shapes.area_id is not null as has_boundary,
  placed.source,
  placed.is_synthetic
from placed
left join stated as admin1 on admin1.area_id = placed.admin1_id
left join stated as admin2 on admin2.area_id = placed.admin2_id
left join shapes on shapes.area_id = placed.area_id
left join gathered on gathered.area_id = placed.area_id
left join {{ ref("natural_regions") }} as regions on regions.area_id = placed.area_id
