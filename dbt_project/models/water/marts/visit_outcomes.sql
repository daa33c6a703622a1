-- The targets of the risk models, by visit: a treatment that did not work, a catchment in state C or D.
select
  point_id,
  system_id,
  case parameter when 'treatment_works' then 'treatment_fails' else 'catchment_fails' end as target,
  report_date,
  visit_number,
  grade in ('no', 'C', 'D') as outcome,
  source,
  is_synthetic
from {{ ref("surveys") }}
where point_id is not null and parameter in ('treatment_works', 'catchment_state')
