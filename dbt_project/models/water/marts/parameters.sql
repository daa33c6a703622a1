-- Each measured parameter's history by day. Trends are least squares over the days so far, never over later ones.
with days as ({{ measured_days() }}),
limited as (
  select days.*, count(limits.limit_id) as limits_exceeded
  from days
  left join {{ ref("quality_limits") }} as limits
    on limits.parameter = days.parameter and (days.minimum < limits.lower or days.maximum > limits.upper)
  group by all
)
select
  subject_kind,
  subject_id,
  parameter,
  day,
  {{ unit_of("parameter") }} as unit,
  measurements,
  mean,
  minimum,
  maximum,
  mean - lag(mean) over history as change,
  case when count(*) over so_far >= 3 then
    regr_slope(mean, date_diff('day', date '2000-01-01', day) / 365.25) over so_far
  end as trend_per_year,
  limits_exceeded,
  source,
  is_synthetic
from limited
window
  history as (partition by subject_kind, subject_id, parameter order by day),
  so_far as (
    partition by subject_kind, subject_id, parameter order by day rows between unbounded preceding and current row
  )
