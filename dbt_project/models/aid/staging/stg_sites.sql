-- Sites in canonical form. Where Plan Cisterna delivered: the median of a site's deliveries, its most households.
{{ canonical("aid", "sites") }}
union all by name
select
  site_id,
  coalesce(min(place), 'Site in district ' || any_value(area_id)) as name,
  min(area_id) as area_id,
  median(latitude) as latitude,
  median(longitude) as longitude,
  null::double as people,
  max(households)::double as households,
  null::bigint as opens_minute,
  null::bigint as closes_minute,
  null::double as service_minutes,
  null::bigint as priority,
  null::varchar as largest_vehicle,
  min(depot_id) as depot_id,
  min(source) as source,
  bool_or(is_synthetic) as is_synthetic
from {{ source("aid", "located_deliveries") }}
group by site_id
