-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
{%- set no_system = unknown("system_id", ref("stg_water_systems"), "water.systems", "system") %}
{%- set no_station = unknown("station_id", ref("stg_stations"), "water.stations", "station") %}
{%- set no_point %}
      when staged.system_id || '|' || staged.point_id not in (
        select system_id || '|' || point_id from {{ ref("stg_water_points") }}
      ) then 'point_id: system ' || staged.system_id || ' has no point ' || staged.point_id
{%- endset %}
with judged as (
  {{ judged("water_systems", ["system_id"], "'system_id: another row has system ' || system_id || ' too'") }}
  union all
  {{ judged("water_points", ["point_id"], "'point_id: another row has point ' || point_id || ' too'", [no_system]) }}
  union all
  {{ judged(
    "water_surveys", ["system_id", "point_id", "report_date", "parameter"],
    "'parameter, report_date: another row has this of the visit too'", [no_system, no_point]
  ) }}
  union all
  {{ judged(
    "population_served", ["system_id", "report_date"],
    "'system_id, report_date: another row is this report too'", [no_system]
  ) }}
  union all
  {{ judged("stations", ["station_id"], "'station_id: another row has station ' || station_id || ' too'") }}
  union all
  -- Of readings that cannot be used the station is named, and not each of what may be a million.
  select distinct
    'sensor_readings',
    staged.station_id,
    case {{ no_station }} end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_sensor_readings") }} as staged
  union all
  {{ judged(
    "station_events", ["station_id", "event_from"],
    "'station_id, event_from: another row is this event too'", [no_station]
  ) }}
)
{{ refused_of_judged() }}
