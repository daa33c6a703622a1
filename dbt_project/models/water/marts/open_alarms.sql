-- Alarms that have not closed, with who knows of them.
select
  alarms.* exclude (came_by, source, is_synthetic),
  alarms.came_by,
  known.acknowledged_by,
  known.acknowledged_at,
  known.note,
  alarms.state = 'open' and known.alarm_id is null as is_shown,
  alarms.source,
  alarms.is_synthetic
from {{ source("water", "alarms") }} as alarms
left join {{ ref("alarm_acknowledgements") }} as known on known.alarm_id = alarms.alarm_id and known.is_last
where alarms.state <> 'closed'
