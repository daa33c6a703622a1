-- Decisions and their outcomes by camp and decision, beside items and weeks in which nobody decided anything.
with held as (
  select * from {{ ref("override_outcomes") }} where scenario = 'baseline' and not is_superseded
),
cells as (
  select camp_id, decision, recommended, decided, delivered, met_share, is_synthetic from held
  union all
  select performance.camp_id, 'none', null, null, performance.delivered, performance.met_share, performance.is_synthetic
  from {{ ref("plan_performance") }} as performance
  anti join held
    on held.camp_id = performance.camp_id
    and held.item_id = performance.item_id
    and held.week_start = performance.week_start
)
select
  coalesce(camp_id, 'all') as camp_id,
  decision,
  count(*) as decisions,
  sum(decided order by decided) filter (recommended is not null)
    / nullif(sum(recommended order by recommended), 0) as decided_share,
  sum(delivered order by decided, delivered) filter (decided is not null)
    / nullif(sum(decided order by decided) filter (delivered is not null), 0) as delivered_share,
  avg(met_share order by met_share) as met_share,
  count(met_share) as outcomes,
  bool_or(is_synthetic) as is_synthetic
from cells
group by grouping sets ((camp_id, decision), (decision))
