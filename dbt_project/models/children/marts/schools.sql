-- Schools with their area: by its code, else by the polygon they lie in.
with staged as (
  {{ not_refused("schools", ["school_id"], "refused_services") }}
),
shapes as (
  select area_id, geometry from {{ source("geography", "area_shapes") }} where level = 'admin3'
),
-- On a border a school lies in two polygons.
lying as (
  select school_id, min(shapes.area_id) as area_id
  from staged
  join shapes on st_contains(shapes.geometry, st_point(lon_deg, lat_deg))
  group by school_id
)
select
  staged.school_id,
  staged.name,
  staged.level,
  coalesce(areas.area_id, lying.area_id) as area_id,
  case
    when areas.area_id is not null then 'code'
    when lying.area_id is not null then 'coordinates'
    else 'none'
  end as area_basis,
  lat_deg,
  lon_deg,
  staged.source,
  staged.is_synthetic
from staged
left join {{ ref("areas") }} as areas on areas.area_id = staged.area_id
left join lying on lying.school_id = staged.school_id
