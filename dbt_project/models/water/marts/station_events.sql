-- Remarkable events at stations, as experts dated them.
select
  station_id,
  event_from,
  event_until,
  kind,
  date_diff('minute', event_from, event_until) + 1 as minutes,
  source,
  is_synthetic
from ({{ not_refused("station_events", ["station_id", "event_from"], "refused_records") }}) as staged
