-- Registrations in canonical form. FLEE's lines are numbered as they stand in the file that its layout gives a camp.
{{ canonical("refugees", "camp_registrations") }}
union all by name
select
  files.camp_id,
  case when in_parts then regexp_replace(file, '[.]csv$', '') else 'all' end as part,
  reported_on,
  row_number() over (partition by files.camp_id, file order by file_line) as report_number,
  people,
  registrations.source,
  registrations.is_synthetic
from {{ source("refugees", "raw_flee_registrations") }} as registrations
join ({{ flee_files() }}) as files
  on files.conflict_id = {{ flee_conflict("file_name") }} and files.file = regexp_extract(file_name, '[^/]+$')
where not is_total
