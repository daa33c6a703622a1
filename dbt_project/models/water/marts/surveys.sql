-- What visits found, every visit; days and values that cannot be true are left out and in cleaned_values.
with cleaned as (
  select
    system_id,
    point_id,
    {{ unless_problem("report_date", day_problem("report_date")) }} as report_date,
    parameter,
    {{ unless_problem("value", value_problem("parameter", "value")) }} as value,
    grade,
    source,
    is_synthetic
  from (
    {{ not_refused("water_surveys", ["system_id", "point_id", "report_date", "parameter"], "refused_records") }}
  ) as staged
)
select
  system_id,
  point_id,
  report_date,
  parameter,
  value,
  {{ unit_of("parameter") }} as unit,
  grade,
  row_number() over (
    partition by system_id, point_id, parameter order by report_date desc nulls last, source, grade desc, value desc
  ) as visit_number,
  visit_number = 1 as is_latest,
  source,
  is_synthetic
from cleaned
