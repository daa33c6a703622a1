-- Conflict zones, towns and hubs on the roads to the camps.
{{ not_refused("locations", ["location_id"], "refused_inputs") }}
