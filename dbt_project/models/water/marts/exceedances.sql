-- Days on which a limit was broken, with the value furthest beyond it.
with days as ({{ measured_days() }}),
broken as (
  select days.*, limit_id, standard, clause, lower, upper
  from days
  join {{ ref("quality_limits") }} as limits
    on limits.parameter = days.parameter and (days.minimum < limits.lower or days.maximum > limits.upper)
)
select
  subject_kind,
  subject_id,
  parameter,
  day,
  limit_id,
  standard,
  clause,
  case
    when lower is null then maximum
    when upper is null then minimum
    when lower - minimum > maximum - upper then minimum
    else maximum
  end as worst,
  measurements,
  len(list_filter(all_values, lambda one: coalesce(one < lower, false) or coalesce(one > upper, false))) as beyond,
  source,
  is_synthetic
from broken
