-- Days that change demand or work.
{{ not_refused("calendar", ["day", "area_id", "kind", "name"]) }}
