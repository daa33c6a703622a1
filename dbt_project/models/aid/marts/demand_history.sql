-- How much was needed where and when. Periods without a row between a series' first and its source's last are added.
with kept as (
  select demand.*, coalesce(sites.area_id, demand.place_id) as area_id
  from ({{ not_refused("demand_history", ["place_id", "item_id", "period", "period_start"]) }}) as demand
  left join {{ ref("sites") }} as sites on sites.site_id = demand.place_id and demand.place_kind = 'site'
),
last_reports as (
  select source, period, max(period_start) as last_start
  from kept
  where is_reported
  group by source, period
),
series as (
  select
    place_id,
    place_kind,
    area_id,
    item_id,
    period,
    min(period_start) as first_start,
    min(source) as source,
    bool_or(is_synthetic) as is_synthetic
  from kept
  group by place_id, place_kind, area_id, item_id, period
),
every_period as (
  select
    series.* exclude (first_start),
    unnest(generate_series(
      first_start::timestamp,
      last_start::timestamp,
      case period when 'week' then interval 7 day else interval 1 month end
    ))::date as period_start
  from series
  join last_reports using (source, period)
)
select place_id, place_kind, area_id, item_id, period, period_start, quantity, is_reported, source, is_synthetic
from kept
union all
select
  every_period.place_id,
  every_period.place_kind,
  every_period.area_id,
  every_period.item_id,
  every_period.period,
  every_period.period_start,
  null as quantity,
  false as is_reported,
  every_period.source,
  every_period.is_synthetic
from every_period
anti join kept
  on kept.place_id = every_period.place_id
  and kept.item_id = every_period.item_id
  and kept.period = every_period.period
  and kept.period_start = every_period.period_start
