-- People registered in a camp or part of one, every report as it came, with what is odd about it.
with reports as (
  select
    staged.camp_id,
    camps.conflict_id,
    part,
    reported_on,
    report_number,
    people,
    row_number() over (
      partition by staged.camp_id, part, reported_on order by report_number desc
    ) > 1 as is_superseded,
    coalesce(reported_on < max(reported_on) over (
      partition by staged.camp_id, part order by report_number rows between unbounded preceding and 1 preceding
    ), false) as is_out_of_order,
    staged.source,
    staged.is_synthetic
  from (
    {{ not_refused("camp_registrations", ["camp_id", "part", "report_number"], "refused_inputs") }}
  ) as staged
  join (select camp_id, min(conflict_id) as conflict_id from {{ ref("stg_camps") }} group by camp_id) as camps
    on camps.camp_id = staged.camp_id
),
before as (
  select
    *,
    lag(people) over (partition by camp_id, part, is_superseded order by reported_on, report_number) as people_before
  from reports
)
select
  * exclude (people_before),
  case when not is_superseded then people - people_before end as change,
  not is_superseded
    and coalesce(people_before - people >= {{ var("level_change_people") }}, false)
    and coalesce(people_before - people >= {{ var("level_change_share") }} * people_before, false) as is_level_change
from before
