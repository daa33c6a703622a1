-- Readings in canonical form, in UTC. The plant of the GECCO challenge is in Germany and keeps its clock.
with timed as (
  select *, {{ utc_of_local("local_time", "Europe/Berlin", "file_name, file_line") }} as measured_at
  from {{ source("water", "raw_gecco2018") }}
),
long as (
  select
    measured_at,
    source,
    is_synthetic,
    unnest([
      'temperature', 'chlorine_dioxide', 'ph', 'redox', 'conductivity', 'turbidity', 'chlorine_dioxide_2', 'flow', 'flow_2'
    ]) as parameter,
    unnest([tp, cl, ph, redox, leit, trueb, cl_2, fm, fm_2]) as value
  from timed
)
{{ canonical("water", "sensor_readings") }}
union all by name
select 'gecco2018' as station_id, measured_at, parameter, value, source, is_synthetic from long
