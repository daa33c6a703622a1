-- Values that landed and are not used because they cannot be true, each with its reason; the macros hold the rules.
with systems as (
  select *, {{ row_key("staged", ["system_id"]) }} as row_key from {{ ref("stg_water_systems") }} as staged
),
points as (
  select *, {{ row_key("staged", ["point_id"]) }} as row_key from {{ ref("stg_water_points") }} as staged
),
surveys as (
  select *, {{ row_key("staged", ["system_id", "point_id", "report_date", "parameter"]) }} as row_key
  from {{ ref("stg_water_surveys") }} as staged
),
population as (
  select *, {{ row_key("staged", ["system_id", "report_date"]) }} as row_key
  from {{ ref("stg_population_served") }} as staged
),
judged as (
  select 'water_systems' as input, row_key, 'altitude_m' as column_name, altitude_m::varchar as landed_value,
    {{ altitude_problem("altitude_m") }} as reason, source, is_synthetic
  from systems
  union all
  select 'water_systems', row_key, 'install_year', install_year::varchar,
    {{ year_problem("install_year") }}, source, is_synthetic
  from systems
  union all
  select 'water_systems', row_key, 'area_id', area_id, 'names no area of geography.areas', source, is_synthetic
  from systems
  where area_id is not null and area_id not in (select area_id from {{ ref("areas") }})
  union all
  select 'water_points', row_key, 'install_year', install_year::varchar,
    {{ year_problem("install_year") }}, source, is_synthetic
  from points
  union all
  select 'water_surveys', row_key, 'report_date', report_date::varchar,
    {{ day_problem("report_date") }}, source, is_synthetic
  from surveys
  union all
  select 'water_surveys', row_key, 'value', value::varchar,
    {{ value_problem("parameter", "value") }}, source, is_synthetic
  from surveys
  union all
  select 'population_served', row_key, 'report_date', report_date::varchar,
    {{ day_problem("report_date") }}, source, is_synthetic
  from population
  union all
  select 'population_served', row_key, 'served_population', served_population::varchar,
    {{ served_problem("served_population", "served_households") }}, source, is_synthetic
  from population
  union all
  select 'population_served', row_key, 'served_households', served_households::varchar,
    {{ served_problem("served_population", "served_households") }}, source, is_synthetic
  from population
)
select distinct * from judged where reason is not null and landed_value is not null
