-- Vehicles that deliver.
{{ not_refused("vehicles", ["vehicle_id"]) }}
