-- Enrolments of known children at known schools, each once.
select *
from raw
where child_id in (select child_id from children)
  and school_id in (select school_id from schools)
qualify row_number() over (partition by child_id, event, event_date order by is_synthetic, source, file_name, file_line) = 1
