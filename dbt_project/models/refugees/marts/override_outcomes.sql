-- What was recommended, what people decided, and what came of it.
with made as (
  select
    overrides.override_id,
    sum(delivered_quantity) as delivered,
    bool_or(deliveries.is_synthetic) as is_synthetic
  from {{ ref("overrides") }} as overrides
  join {{ ref("relief_deliveries") }} as deliveries
    on deliveries.camp_id = overrides.camp_id
    and deliveries.item_id = overrides.item_id
    and date_trunc('week', deliveries.delivered_on)::date = overrides.week_start
    and (overrides.depot_id is null or deliveries.depot_id = overrides.depot_id)
  group by overrides.override_id
)
select
  overrides.override_id,
  scenario,
  overrides.camp_id,
  overrides.conflict_id,
  overrides.item_id,
  overrides.week_start,
  decision,
  decided_by,
  reason,
  is_superseded,
  recommended,
  quantity as decided,
  -- Where the week's needs are reported and no delivery is, there was none.
  coalesce(made.delivered, case when performance.needed is not null then 0 end) as delivered,
  performance.needed,
  performance.met,
  performance.met_share,
  overrides.is_synthetic
  or coalesce(made.is_synthetic, false)
  or coalesce(performance.is_synthetic, false) as is_synthetic
from {{ ref("overrides") }} as overrides
left join made on made.override_id = overrides.override_id
left join {{ ref("plan_performance") }} as performance
  on performance.camp_id = overrides.camp_id
  and performance.item_id = overrides.item_id
  and performance.week_start = overrides.week_start
