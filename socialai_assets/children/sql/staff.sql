-- Counsellors and social workers, each once.
select *
from raw
qualify row_number() over (partition by staff_id order by is_synthetic, source, file_name, file_line) = 1
