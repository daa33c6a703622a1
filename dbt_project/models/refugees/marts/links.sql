-- Roads, each once whichever way it was written, beside the great-circle distance (radius 6,371 km) between its ends.
with places as (
  select camp_id as place_id, country, latitude, longitude from {{ ref("stg_camps") }}
  union all
  select location_id, country, latitude, longitude from {{ ref("stg_locations") }}
),
once as (
  select * from places qualify row_number() over (partition by place_id order by places) = 1
),
roads as (
  select
    conflict_id,
    least(from_id, to_id) as from_id,
    greatest(from_id, to_id) as to_id,
    min(km) as km,
    arg_min(source, (km, source)) as source,
    bool_or(is_synthetic) as is_synthetic
  from ({{ not_refused("links", ["conflict_id", "from_id", "to_id"], "refused_inputs") }}) as staged
  group by all
),
measured as (
  select
    roads.*,
    2 * 6371 * asin(sqrt(least(1,
      power(sin(radians(ends.latitude - starts.latitude) / 2), 2)
      + cos(radians(starts.latitude)) * cos(radians(ends.latitude))
        * power(sin(radians(ends.longitude - starts.longitude) / 2), 2)
    ))) as straight_km,
    starts.country <> ends.country as crosses_border
  from roads
  join once as starts on starts.place_id = from_id
  join once as ends on ends.place_id = to_id
)
select
  conflict_id,
  from_id,
  to_id,
  km,
  round(straight_km, 3) as straight_km,
  km < 0.9 * straight_km and km < straight_km - 2 as is_too_short,
  crosses_border,
  source,
  is_synthetic
from measured
