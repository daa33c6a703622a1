-- The rule that the contract of natural_regions states, from the altitudes of capitals.
with mountains as (
  select round(latitude) as latitude, min(longitude) as first_longitude, avg(longitude order by area_id) as mean_longitude
  from {{ ref("stg_areas") }}
  where level = 'admin3' and altitude_m >= 3000 and latitude is not null
  group by 1
),
sided as (
  select
    areas.area_id,
    areas.altitude_m,
    areas.longitude < arg_min(mountains.first_longitude, abs(mountains.latitude - areas.latitude) order by mountains.latitude) as is_western,
    areas.longitude > arg_min(mountains.mean_longitude, abs(mountains.latitude - areas.latitude) order by mountains.latitude) as is_eastern
  from {{ ref("stg_areas") }} as areas
  cross join mountains
  where areas.level = 'admin3' and areas.altitude_m is not null and areas.latitude is not null
  group by areas.area_id, areas.altitude_m, areas.longitude
)
select
  area_id,
  case
    when is_western and altitude_m < 500 then 'coast'
    when is_eastern and altitude_m < 2000 then 'jungle'
    else 'highlands'
  end as natural_region
from sided
