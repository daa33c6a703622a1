-- Help for known children, of a known kind, by a known service and person where these are told, each once.
select *
from raw
where child_id in (select child_id from children)
  and intervention_id in (select intervention_id from interventions)
  and (service_id is null or service_id in (select service_id from services))
  and (staff_id is null or staff_id in (select staff_id from staff))
qualify row_number() over (partition by support_id order by is_synthetic, source, file_name, file_line) = 1
