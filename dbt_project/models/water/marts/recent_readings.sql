-- The last week of each station by hour, as its page shows it; hours without a value stay, and have none.
select
  readings.station_id,
  parameter,
  date_trunc('hour', measured_at) as hour,
  {{ unit_of("parameter") }} as unit,
  avg(value order by measured_at) as mean,
  min(value) as minimum,
  max(value) as maximum,
  count(*) as expected,
  count(value) as reported,
  min(readings.source) as source,
  bool_or(readings.is_synthetic) as is_synthetic
from {{ ref("regular_readings") }} as readings
join {{ ref("stations") }} as stations on stations.station_id = readings.station_id
where measured_at > stations.last_reading - interval 7 day
group by readings.station_id, parameter, hour
