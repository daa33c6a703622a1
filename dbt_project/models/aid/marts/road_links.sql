-- Roads between sites, depots and junctions.
{{ not_refused("road_links", ["from_id", "to_id"]) }}
