-- Events in canonical form: remarkable minutes of the GECCO challenge that follow one another are one event.
with timed as (
  select event, source, is_synthetic,
    {{ utc_of_local("local_time", "Europe/Berlin", "file_name, file_line") }} as measured_at
  from {{ source("water", "raw_gecco2018") }}
),
remarkable as (
  select
    *,
    measured_at - to_minutes(row_number() over (partition by source order by measured_at)) as run
  from timed
  where event
)
{{ canonical("water", "station_events") }}
union all by name
select
  'gecco2018' as station_id,
  min(measured_at) as event_from,
  max(measured_at) as event_until,
  'unspecified' as kind,
  source,
  bool_or(is_synthetic) as is_synthetic
from remarkable
group by source, run
