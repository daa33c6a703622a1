-- Time and way between sites and depots.
{{ not_refused("travel_times", ["from_id", "to_id", "weekday", "hour"]) }}
