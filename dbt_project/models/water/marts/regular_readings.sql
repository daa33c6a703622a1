-- Readings at each station's regular times. Where none is, the row says whether it was empty or did not come.
with stations as (
  select station_id, interval_minutes, source, is_synthetic
  from ({{ not_refused("stations", ["station_id"], "refused_records") }}) as staged
),
binned as (
  select
    readings.station_id,
    parameter,
    time_bucket(to_minutes(interval_minutes), measured_at) as measured_at,
    -- In an order of their own, or the last digit would change from run to run.
    avg(value order by measured_at, value) as value,
    count(value) as readings
  from {{ source("water", "readings") }} as readings
  join stations using (station_id)
  group by all
),
spans as (
  select station_id, min(measured_at) as first_reading, max(measured_at) as last_reading from binned group by station_id
),
times as (
  select
    station_id,
    unnest(generate_series(first_reading, last_reading, to_minutes(interval_minutes))) as measured_at
  from spans
  join stations using (station_id)
),
sensors as (
  select distinct station_id, parameter from binned
)
select
  times.station_id,
  sensors.parameter,
  times.measured_at,
  binned.value,
  case when binned.station_id is null then 'gap' when binned.readings = 0 then 'empty' else 'reported' end as status,
  coalesce(binned.readings, 0) as readings,
  stations.source,
  stations.is_synthetic
from times
join sensors using (station_id)
join stations using (station_id)
left join binned using (station_id, parameter, measured_at)
