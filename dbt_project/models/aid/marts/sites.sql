-- Places aid is delivered to, with defaults where a source says nothing.
select
  sites.site_id,
  sites.name,
  sites.area_id,
  areas.admin2_id,
  areas.admin1_id,
  sites.latitude,
  sites.longitude,
  coalesce(sites.people, sites.households * {{ var("people_per_household") }}, 0) as people,
  sites.households,
  coalesce(sites.opens_minute, 0) as opens_minute,
  coalesce(sites.closes_minute, 1440) as closes_minute,
  coalesce(sites.service_minutes, 15) as service_minutes,
  coalesce(sites.priority, 3) as priority,
  sites.largest_vehicle,
  sites.depot_id,
  sites.source,
  sites.is_synthetic
from {{ ref("stg_sites") }} as sites
left join {{ ref("areas") }} as areas on areas.area_id = sites.area_id
qualify row_number() over (partition by sites.site_id order by sites.source) = 1
