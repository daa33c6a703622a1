-- Conflict zones, towns and hubs in canonical form; FLEE counts the days from its simulation's first.
{{ canonical("refugees", "locations") }}
union all by name
select
  {{ flee_place("file_name", "name") }} as location_id,
  {{ flee_conflict("file_name") }} as conflict_id,
  replace(name, '_', ' ') as name,
  location_type as kind,
  {{ flee_country("country") }} as country,
  latitude,
  longitude,
  population as people,
  case when location_type = 'conflict_zone' then first_day + conflict_date::integer end as conflict_from,
  source,
  is_synthetic
from {{ source("refugees", "raw_flee_locations") }}
left join ({{ flee_first_days() }}) as periods on periods.conflict_id = {{ flee_conflict("file_name") }}
where location_type <> 'camp'
