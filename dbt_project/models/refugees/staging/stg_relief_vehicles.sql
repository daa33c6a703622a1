-- Trucks in canonical form.
{{ canonical("refugees", "relief_vehicles") }}
