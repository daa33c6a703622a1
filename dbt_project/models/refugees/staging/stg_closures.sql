-- Closures in canonical form. FLEE opens again on the day `closure_end`, and never where that is 0.
{{ canonical("refugees", "closures") }}
union all by name
select
  periods.conflict_id || ':' || file_line as closure_id,
  periods.conflict_id,
  case closure_type when 'country' then 'border' when 'links' then 'link' else 'place' end as kind,
  case closure_type
    when 'country' then {{ flee_country("name1") }}
    else {{ flee_place("file_name", "name1") }}
  end as from_id,
  case closure_type
    when 'country' then {{ flee_country("name2") }}
    when 'links' then {{ flee_place("file_name", "name2") }}
  end as to_id,
  first_day + closure_start::integer as closed_from,
  case when closure_end > 0 then first_day + closure_end::integer - 1 end as closed_until,
  source,
  is_synthetic
from {{ source("refugees", "raw_flee_closures") }}
join ({{ flee_first_days() }}) as periods on periods.conflict_id = {{ flee_conflict("file_name") }}
where closure_type <> 'remove_forced_redirection' and first_day is not null
