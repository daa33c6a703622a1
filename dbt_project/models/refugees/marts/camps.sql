-- Places where refugees are registered, with what their reports and roads say of them.
with reports as (
  select camp_id, part, reported_on, people from {{ ref("camp_registrations") }} where not is_superseded
),
report_days as (
  select distinct camp_id, reported_on as day from reports
),
parts as (
  select distinct camp_id, part from reports
),
-- On the day of a report on one part, the others are as they were last reported.
on_days as (
  select report_days.camp_id, day, sum(reports.people) as people
  from report_days
  join parts on parts.camp_id = report_days.camp_id
  asof join reports
    on reports.camp_id = report_days.camp_id and reports.part = parts.part and reports.reported_on <= report_days.day
  group by all
),
most as (
  select camp_id, max(people) as most_people from on_days group by camp_id
),
counted as (
  select camp_id, count(*) as reports, min(reported_on) as first_report, max(reported_on) as last_report
  from {{ ref("camp_registrations") }}
  group by camp_id
),
ends as (
  select conflict_id, unnest([from_id, to_id]) as camp_id from {{ ref("links") }}
),
roads as (
  select conflict_id, camp_id, count(*) as links from ends group by all
)
select
  camps.camp_id,
  camps.conflict_id,
  name,
  country,
  region,
  latitude,
  longitude,
  count(*) over (partition by camps.conflict_id, latitude, longitude) > 1 as shares_coordinates,
  capacity,
  case
    when capacity is null then 'unknown'
    when capacity <= most_people then 'observed_maximum'
    else 'stated'
  end as capacity_basis,
  most_people,
  coalesce(reports, 0) as reports,
  first_report,
  last_report,
  coalesce(links, 0) as links,
  source,
  is_synthetic
from ({{ not_refused("camps", ["camp_id"], "refused_inputs") }}) as camps
left join counted on counted.camp_id = camps.camp_id
left join most on most.camp_id = camps.camp_id
left join roads on roads.camp_id = camps.camp_id and roads.conflict_id = camps.conflict_id
