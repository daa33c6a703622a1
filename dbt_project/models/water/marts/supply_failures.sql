-- Systems whose water did not flow at the latest visits: what people found at the points goes before states of parts.
with latest as (
  select system_id, parameter, grade, value, report_date
  from {{ ref("surveys") }}
  where is_latest and point_id is not null
),
told as (
  select
    system_id,
    bool_and(grade = 'no') filter (where parameter = 'water_available') as points_dry,
    bool_and(value = 0) filter (where parameter = 'service_hours' and value is not null) as no_hours,
    bool_and(grade = 'D') filter (where parameter = 'distribution_state') as networks_fallen,
    bool_and(grade = 'D') filter (where parameter = 'catchment_state') as catchments_fallen,
    max(report_date) filter (where parameter = 'water_available') as points_day,
    max(report_date) filter (where parameter = 'service_hours') as hours_day,
    max(report_date) filter (where parameter = 'distribution_state') as networks_day,
    max(report_date) filter (where parameter = 'catchment_state') as catchments_day
  from latest
  group by system_id
),
judged as (
  select
    *,
    case
      when points_dry then 'points_dry'
      when not points_dry then null
      when no_hours then 'no_service_hours'
      when networks_fallen then 'networks_fallen'
      when catchments_fallen then 'catchments_fallen'
    end as reason
  from told
)
select
  systems.system_id,
  systems.name,
  systems.area_id,
  systems.lat_deg,
  systems.lon_deg,
  systems.served_population,
  reason,
  case reason
    when 'points_dry' then points_day
    when 'no_service_hours' then hours_day
    when 'networks_fallen' then networks_day
    else catchments_day
  end as report_date,
  systems.source,
  systems.is_synthetic
from judged
join {{ ref("systems") }} as systems on systems.system_id = judged.system_id
where reason is not null
