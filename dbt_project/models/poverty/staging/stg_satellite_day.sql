-- Satellite tiles by day in canonical form.
{{ canonical("poverty", "satellite_day") }}
union all by name
select z, x, y, image, source, is_synthetic
from {{ source("poverty", "raw_nasa_blue_marble") }}
