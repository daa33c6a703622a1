-- What people say they know of alarms; one that came from two sources is taken once.
select
  acknowledgement_id,
  alarm_id,
  note,
  acknowledged_by,
  acknowledged_at,
  row_number() over (partition by alarm_id order by acknowledged_at desc, acknowledgement_id desc) = 1 as is_last,
  source,
  is_synthetic
from (
  select * from {{ ref("stg_alarm_acknowledgements") }}
  qualify row_number() over (partition by acknowledgement_id order by source) = 1
) as staged
