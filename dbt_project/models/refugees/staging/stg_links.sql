-- Roads in canonical form.
{{ canonical("refugees", "links") }}
union all by name
select
  {{ flee_conflict("file_name") }} as conflict_id,
  {{ flee_place("file_name", "name1") }} as from_id,
  {{ flee_place("file_name", "name2") }} as to_id,
  distance as km,
  source,
  is_synthetic
from {{ source("refugees", "raw_flee_routes") }}
