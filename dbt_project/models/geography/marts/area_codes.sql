-- The crosswalk between the platform's area codes and those of other institutions.
select codes.area_id, codes.scheme, codes.code, codes.source, codes.is_synthetic
from {{ ref("stg_area_codes") }} as codes
semi join {{ ref("stg_areas") }} as areas on areas.area_id = codes.area_id
