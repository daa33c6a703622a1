-- Camps in canonical form; FLEE's population of a camp is its capacity.
{{ canonical("refugees", "camps") }}
union all by name
select
  {{ flee_place("file_name", "name") }} as camp_id,
  {{ flee_conflict("file_name") }} as conflict_id,
  replace(name, '_', ' ') as name,
  {{ flee_country("country") }} as country,
  replace(region, '_', ' ') as region,
  latitude,
  longitude,
  nullif(population, 0) as capacity,
  source,
  is_synthetic
from {{ source("refugees", "raw_flee_locations") }}
where location_type = 'camp'
