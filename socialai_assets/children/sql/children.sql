-- Children, each once; a household that no report is on is left out of the row.
select * replace (case when household_id in (select household_id from households) then household_id end as household_id)
from raw
qualify row_number() over (partition by child_id order by is_synthetic, source, file_name, file_line) = 1
