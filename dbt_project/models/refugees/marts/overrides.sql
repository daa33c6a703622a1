-- What people decided on recommendations of the supply plan; of decisions about the same the latest holds.
with decided as (
  select
    override_id,
    coalesce(scenario, 'baseline') as scenario,
    staged.camp_id,
    camps.conflict_id,
    item_id,
    week_start,
    depot_id,
    decision,
    coalesce(quantity, 0) as quantity,
    recommended,
    reason,
    decided_by,
    decided_at,
    staged.source,
    staged.is_synthetic
  from ({{ not_refused("overrides", ["override_id"], "refused_inputs") }}) as staged
  join {{ ref("camps") }} as camps on camps.camp_id = staged.camp_id
)
select
  decided.*,
  -- A decision on all that a camp gets replaces earlier ones on single depots, but not the other way round.
  exists (
    from decided as later
    where later.scenario = decided.scenario
      and later.camp_id = decided.camp_id
      and later.item_id = decided.item_id
      and later.week_start = decided.week_start
      and (later.depot_id is null or later.depot_id = decided.depot_id)
      and (later.decided_at, later.override_id) > (decided.decided_at, decided.override_id)
  ) as is_superseded
from decided
