-- People in each camp at the end of each week: the last report so far of each part, carried forward.
with reports as (
  select * from {{ ref("camp_registrations") }} where not is_superseded
),
last_days as (
  select conflict_id, max(reported_on) as last_day from reports group by conflict_id
),
parts as (
  select camp_id, conflict_id, part, min(reported_on) as first_day from reports group by all
),
weeks as (
  select
    camp_id,
    conflict_id,
    part,
    unnest(generate_series(
      date_trunc('week', first_day)::timestamp, date_trunc('week', last_day)::timestamp, interval 7 day
    ))::date as week_start
  from parts
  join last_days using (conflict_id)
),
carried as (
  select
    weeks.*,
    weeks.week_start + 6 as week_end,
    reports.reported_on,
    reports.people,
    reports.source,
    reports.is_synthetic
  from weeks
  asof join reports
    on reports.camp_id = weeks.camp_id and reports.part = weeks.part and reports.reported_on <= weeks.week_start + 6
),
falls as (
  select distinct camp_id, date_trunc('week', reported_on)::date as week_start from reports where is_level_change
)
select
  carried.camp_id,
  conflict_id,
  carried.week_start,
  sum(people) as people,
  max(reported_on) as reported_on,
  date_diff('day', max(reported_on), carried.week_start + 6) as days_since_report,
  max(reported_on) < carried.week_start as is_carried_forward,
  bool_or(falls.camp_id is not null) as is_level_change,
  count(*) as parts,
  min(source) as source,
  bool_or(is_synthetic) as is_synthetic
from carried
left join falls on falls.camp_id = carried.camp_id and falls.week_start = carried.week_start
group by carried.camp_id, conflict_id, carried.week_start
