-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
with judged as (
  select
    'water_systems' as input,
    {{ row_key("staged", ["system_id"]) }} as row_key,
    case
      when row_number() over (partition by system_id order by source) > 1 then
        'repeated: system_id: another row has system ' || system_id || ' too'
    end as reason,
    source,
    is_synthetic
  from {{ ref("stg_water_systems") }} as staged
  union all
  select
    'water_points',
    {{ row_key("staged", ["point_id"]) }},
    case
      when system_id not in (select system_id from {{ ref("stg_water_systems") }}) then
        'system_id: there is no system ' || system_id || ' in water.systems'
      when row_number() over (partition by point_id order by source) > 1 then
        'repeated: point_id: another row has point ' || point_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_water_points") }} as staged
  union all
  select
    'water_surveys',
    {{ row_key("staged", ["system_id", "point_id", "report_date", "parameter"]) }},
    case
      when system_id not in (select system_id from {{ ref("stg_water_systems") }}) then
        'system_id: there is no system ' || system_id || ' in water.systems'
      when system_id || '|' || point_id not in (
        select system_id || '|' || point_id from {{ ref("stg_water_points") }}
      ) then 'point_id: system ' || system_id || ' has no point ' || point_id
      when row_number() over (partition by system_id, point_id, report_date, parameter order by source) > 1 then
        'repeated: parameter, report_date: another row has this of the visit too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_water_surveys") }} as staged
  union all
  select
    'population_served',
    {{ row_key("staged", ["system_id", "report_date"]) }},
    case
      when system_id not in (select system_id from {{ ref("stg_water_systems") }}) then
        'system_id: there is no system ' || system_id || ' in water.systems'
      when row_number() over (partition by system_id, report_date order by source) > 1 then
        'repeated: system_id, report_date: another row is this report too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_population_served") }} as staged
  union all
  select
    'stations',
    {{ row_key("staged", ["station_id"]) }},
    case
      when row_number() over (partition by station_id order by source) > 1 then
        'repeated: station_id: another row has station ' || station_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_stations") }} as staged
  union all
  -- Of readings that cannot be used the station is named, and not each of what may be a million.
  select distinct
    'sensor_readings',
    station_id,
    'station_id: there is no station ' || station_id || ' in water.stations',
    source,
    is_synthetic
  from {{ ref("stg_sensor_readings") }}
  where station_id not in (select station_id from {{ ref("stg_stations") }})
  union all
  select
    'station_events',
    {{ row_key("staged", ["station_id", "event_from"]) }},
    case
      when station_id not in (select station_id from {{ ref("stg_stations") }}) then
        'station_id: there is no station ' || station_id || ' in water.stations'
      when row_number() over (partition by station_id, event_from order by source) > 1 then
        'repeated: station_id, event_from: another row is this event too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_station_events") }} as staged
)
select distinct
  input,
  row_key,
  case when reason like 'repeated: %' then 'repeated' else 'unknown' end as rule,
  reason,
  source,
  is_synthetic
from judged
where reason is not null
