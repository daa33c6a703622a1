-- Depots of relief items in canonical form.
{{ canonical("refugees", "relief_depots") }}
