-- Trucks that deliver to camps.
{{ not_refused("relief_vehicles", ["vehicle_id"], "refused_inputs") }}
