-- Populated places of areas that are known.
select places.place_id, places.area_id, places.name, places.kind, places.latitude, places.longitude,
  places.source, places.is_synthetic
from {{ ref("stg_places") }} as places
semi join {{ ref("stg_areas") }} as areas on areas.area_id = places.area_id
