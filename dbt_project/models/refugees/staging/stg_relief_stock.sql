-- Stock of relief items, every count, in canonical form.
{{ canonical("refugees", "relief_stock") }}
