-- What was decided on known children, each once.
select *
from raw
where child_id in (select child_id from children)
qualify row_number() over (partition by review_id order by is_synthetic, source, file_name, file_line) = 1
