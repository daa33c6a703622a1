-- Satellite tiles by night in canonical form.
{{ canonical("poverty", "satellite_night") }}
union all by name
select z, x, y, image, source, is_synthetic
from {{ source("poverty", "raw_nasa_black_marble") }}
