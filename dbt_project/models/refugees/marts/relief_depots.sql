-- Depots of relief items, with the coordinates of the place they lie at.
with places as (
  select conflict_id, camp_id as place_id, latitude, longitude from {{ ref("camps") }}
  union all
  select conflict_id, location_id, latitude, longitude from {{ ref("locations") }}
)
select depots.*, places.latitude, places.longitude
from ({{ not_refused("relief_depots", ["depot_id"], "refused_inputs") }}) as depots
join places on places.conflict_id = depots.conflict_id and places.place_id = depots.place_id
