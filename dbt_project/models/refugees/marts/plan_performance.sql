-- What was planned, delivered, and reported as needed and met. A plan that was kept goes before delivery records.
with records as (
  select
    camp_id,
    item_id,
    date_trunc('week', planned_on)::date as week_start,
    sum(planned_quantity) as planned,
    bool_or(is_synthetic) as is_synthetic
  from {{ ref("relief_deliveries") }}
  where planned_on is not null
  group by all
),
deliveries as (
  select
    camp_id,
    item_id,
    -- What was planned for a week and never made counts as nothing delivered in it.
    date_trunc('week', coalesce(delivered_on, planned_on))::date as week_start,
    sum(coalesce(delivered_quantity, 0)) as delivered,
    bool_or(is_synthetic) as is_synthetic
  from {{ ref("relief_deliveries") }}
  where coalesce(delivered_on, planned_on) is not null
  group by all
),
plans as (
  select camp_id, item_id, week_start, planned, is_synthetic from {{ source("refugees", "served_plans") }}
),
needs as (
  select camp_id, item_id, week_start, needed, met, is_synthetic
  from {{ ref("needs_reported") }}
  where sex = 'all' and age_group = 'all'
),
cells as (
  select camp_id, item_id, week_start from records
  union
  select camp_id, item_id, week_start from deliveries
  union
  select camp_id, item_id, week_start from needs
  union
  -- Weeks that are only planned have no performance yet.
  select camp_id, item_id, week_start
  from plans
  where week_start <= greatest((select max(week_start) from deliveries), (select max(week_start) from needs))
)
select
  cells.camp_id,
  camps.conflict_id,
  cells.item_id,
  cells.week_start,
  coalesce(plans.planned, records.planned) as planned,
  case
    when plans.planned is not null then 'plan' when records.planned is not null then 'delivery records'
  end as planned_basis,
  delivered,
  needed,
  met,
  delivered / nullif(coalesce(plans.planned, records.planned), 0) as delivered_share,
  met / nullif(needed, 0) as met_share,
  coalesce(plans.is_synthetic, false)
  or coalesce(records.is_synthetic, false)
  or coalesce(deliveries.is_synthetic, false)
  or coalesce(needs.is_synthetic, false) as is_synthetic
from cells
left join plans using (camp_id, item_id, week_start)
left join records using (camp_id, item_id, week_start)
left join deliveries using (camp_id, item_id, week_start)
left join needs using (camp_id, item_id, week_start)
join {{ ref("camps") }} as camps on camps.camp_id = cells.camp_id
