-- What was found after known help to the same child, each once.
select *
from raw
where (support_id, child_id) in (select (support_id, child_id) from support)
qualify row_number() over (partition by support_id, found_on order by is_synthetic, source, file_name, file_line) = 1
