-- What equal coverage would cost: the ends of the price-of-fairness curve of the plan in use.
select
  conflict_id,
  arg_min(least_coverage, share_of_floor) as least_coverage,
  arg_max(least_coverage, share_of_floor) as equal_coverage,
  arg_min(people_reached, share_of_floor) as people_reached,
  arg_min(people_reached, share_of_floor) - arg_max(people_reached, share_of_floor) as people_lost,
  arg_max(price_of_fairness, share_of_floor) as price_of_fairness,
  arg_min(cost_usd, share_of_floor) as cost_usd,
  arg_max(cost_usd, share_of_floor) - arg_min(cost_usd, share_of_floor) as extra_cost_usd,
  bool_or(is_synthetic) as is_synthetic
from {{ source("refugees", "supply_fairness_curve") }}
where scenario = 'baseline'
group by conflict_id
