-- Depots in canonical form. A utility's is the median of its deliveries, in the district of the delivery nearest to it.
with deliveries as (
  select
    *,
    median(latitude) over (partition by depot_id) as middle_latitude,
    median(longitude) over (partition by depot_id) as middle_longitude
  from {{ source("aid", "located_deliveries") }}
)
{{ canonical("aid", "depots") }}
union all by name
select
  depot_id,
  min(provider) as name,
  arg_min(area_id, (
    power(latitude - middle_latitude, 2) + power(longitude - middle_longitude, 2), delivery_id
  )) as area_id,
  min(middle_latitude) as latitude,
  min(middle_longitude) as longitude,
  null::double as capacity_m3,
  null::bigint as opens_minute,
  null::bigint as closes_minute,
  min(source) as source,
  bool_or(is_synthetic) as is_synthetic
from deliveries
group by depot_id
