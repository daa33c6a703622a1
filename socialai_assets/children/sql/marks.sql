-- Marks of known children in known terms, each once.
select *
from raw
where child_id in (select child_id from children)
  and term_id in (select term_id from terms)
qualify row_number() over (partition by child_id, term_id, subject order by is_synthetic, source, file_name, file_line) = 1
