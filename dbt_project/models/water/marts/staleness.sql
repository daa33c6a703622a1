-- How old the last report of each system and station is today; every other table is the same whenever it is made.
with reported as (
  select 'system' as subject_kind, system_id as subject_id, area_id, last_report, 730 as most_days, source, is_synthetic
  from {{ ref("systems") }}
  union all
  select 'station', station_id, area_id, last_reading::date, 1, source, is_synthetic
  from {{ ref("stations") }}
),
today as (
  select (now() at time zone 'UTC')::date as as_of
)
select
  subject_kind,
  subject_id,
  area_id,
  last_report,
  as_of,
  date_diff('day', last_report, as_of) as days_since_report,
  coalesce(date_diff('day', last_report, as_of) > most_days, true) as is_stale,
  source,
  is_synthetic
from reported
cross join today
