-- Deliveries to camps in canonical form.
{{ canonical("refugees", "relief_deliveries") }}
