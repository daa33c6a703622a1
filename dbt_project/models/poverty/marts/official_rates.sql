-- The newest official poverty rate of each area.
select
  rates.area_id,
  rates.year,
  rates.poverty_rate_pct,
  rates.lower_pct,
  rates.upper_pct,
  rates.estimate_group,
  rates.source,
  rates.is_synthetic
from {{ ref("stg_poverty_rates") }} as rates
semi join {{ ref("areas") }} as areas on areas.area_id = rates.area_id
qualify row_number() over (partition by rates.area_id order by rates.year desc, rates.source) = 1
