-- Vehicles in canonical form.
{{ canonical("aid", "vehicles") }}
