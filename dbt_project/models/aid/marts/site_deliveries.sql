-- Planned against delivered by site, item and week; weeks begin on the day that those of demand, and so of plans, do.
with weeks as (
  select coalesce(max(period_start) filter (where period = 'week'), date '2024-01-01') as first_day
  from {{ ref("demand_history") }}
),
deliveries as (
  select deliveries.*, coalesce(planned_date, delivered_on) as dated
  from {{ ref("deliveries") }} as deliveries
  join {{ ref("sites") }} as sites on sites.site_id = deliveries.site_id
  where coalesce(planned_date, delivered_on) is not null
)
select
  site_id,
  item_id,
  (dated::date - (((date_diff('day', first_day, dated::date) % 7) + 7) % 7)::integer)::date as period_start,
  count(*) as deliveries,
  count(*) filter (where delivered_on is not null or delivered_quantity is not null) as delivered,
  sum(planned_quantity order by delivery_id) as planned_quantity,
  coalesce(sum(delivered_quantity order by delivery_id), 0) as delivered_quantity,
  coalesce(sum(greatest(planned_quantity - coalesce(delivered_quantity, 0), 0) order by delivery_id), 0)
    as unmet_quantity,
  sum(people_reached order by delivery_id) as people_reached,
  bool_or(is_synthetic) as is_synthetic
from deliveries cross join weeks
group by all
