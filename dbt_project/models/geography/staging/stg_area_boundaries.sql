-- Polygons of every publisher in canonical form.
{{ canonical("geography", "area_boundaries") }}
union all by name
select ubigeo as area_id, geometry, source, is_synthetic
from {{ source("geography", "raw_inei_district_boundaries") }}
