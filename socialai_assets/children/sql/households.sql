-- Reports on households, each once.
select *
from raw
qualify row_number() over (partition by household_id, report_date order by is_synthetic, source, file_name, file_line) = 1
