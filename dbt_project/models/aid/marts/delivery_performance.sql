-- Planned against delivered by provider, item, area and month (year where the month is unknown).
with deliveries as (
  select
    deliveries.*,
    coalesce(provider, 'unknown') as by_provider,
    sites.area_id,
    coalesce(planned_date, delivered_on) as dated,
    (delivered_on is not null or delivered_quantity is not null) as is_made
  from {{ ref("deliveries") }} as deliveries
  join {{ ref("sites") }} as sites on sites.site_id = deliveries.site_id
)
select
  by_provider as provider,
  item_id,
  area_id,
  coalesce(year(dated), delivered_year)::bigint as year,
  month(dated)::bigint as month,
  count(*) as deliveries,
  count(*) filter (where is_made) as delivered,
  sum(planned_quantity order by delivery_id) as planned_quantity,
  coalesce(sum(delivered_quantity order by delivery_id), 0) as delivered_quantity,
  sum(coalesce(delivered_quantity, 0) order by delivery_id) filter (where planned_quantity is not null)
    / nullif(sum(planned_quantity order by delivery_id), 0) as fulfilment_share,
  count(minutes_late) filter (where is_made) as timed,
  avg(case when minutes_late <= 15 then 1.0 else 0.0 end) filter (where is_made and minutes_late is not null)
    as on_time_share,
  avg(greatest(minutes_late, 0) order by delivery_id) filter (where is_made) as mean_minutes_late,
  avg(date_diff('day', planned_date, delivered_on)) as mean_days_late,
  sum(cost_usd order by delivery_id) as cost_usd,
  sum(cost_usd order by delivery_id)
    / nullif(sum(delivered_quantity order by delivery_id) filter (where cost_usd is not null), 0) as cost_per_unit_usd,
  sum(people_reached order by delivery_id) as people_reached,
  sum(trips order by delivery_id) as trips,
  bool_or(is_synthetic) as is_synthetic
from deliveries
group by by_provider, item_id, area_id, coalesce(year(dated), delivered_year), month(dated)
