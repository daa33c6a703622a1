-- Stations with how much of what they should have reported is there.
with counted as (
  select
    station_id,
    count(distinct parameter) as parameters,
    min(measured_at) as first_reading,
    max(measured_at) as last_reading,
    count(*) as expected,
    count(*) filter (where status = 'empty') as empty,
    count(*) filter (where status = 'gap') as gaps
  from {{ ref("regular_readings") }}
  group by station_id
),
remarkable as (
  select station_id, count(*) as events from {{ ref("station_events") }} group by station_id
)
select
  staged.station_id,
  name,
  area_id,
  system_id,
  lat_deg,
  lon_deg,
  interval_minutes,
  coalesce(parameters, 0) as parameters,
  first_reading,
  last_reading,
  coalesce(expected, 0) as expected,
  coalesce(empty, 0) as empty,
  coalesce(gaps, 0) as gaps,
  100 * (empty + gaps) / nullif(expected, 0) as missing_pct,
  coalesce(events, 0) as events,
  source,
  is_synthetic
from ({{ not_refused("stations", ["station_id"], "refused_records") }}) as staged
left join counted on counted.station_id = staged.station_id
left join remarkable on remarkable.station_id = staged.station_id
