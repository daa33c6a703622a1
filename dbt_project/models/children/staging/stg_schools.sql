-- Schools in canonical form.
{{ canonical("children", "schools") }}
