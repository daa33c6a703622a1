-- What camps report to have needed and got.
select staged.*, camps.conflict_id
from (
  {{ not_refused("needs_reported", ["camp_id", "item_id", "week_start", "sex", "age_group"], "refused_inputs") }}
) as staged
join {{ ref("camps") }} as camps on camps.camp_id = staged.camp_id
