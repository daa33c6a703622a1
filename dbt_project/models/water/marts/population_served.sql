-- People and dwellings served, every report; figures that cannot both be true are left out and in cleaned_values.
with cleaned as (
  select
    system_id,
    {{ unless_problem("report_date", day_problem("report_date")) }} as report_date,
    {{ unless_problem("served_population", served_problem("served_population", "served_households")) }}
      as served_population,
    {{ unless_problem("served_households", served_problem("served_population", "served_households")) }}
      as served_households,
    source,
    is_synthetic
  from ({{ not_refused("population_served", ["system_id", "report_date"], "refused_records") }}) as staged
)
select
  system_id,
  report_date,
  served_population,
  served_households,
  row_number() over (
    partition by system_id
    order by report_date desc nulls last, served_population desc nulls last, served_households desc nulls last, source
  ) as report_number,
  report_number = 1 as is_latest,
  source,
  is_synthetic
from cleaned
