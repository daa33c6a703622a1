-- Terms of school years in canonical form.
{{ canonical("children", "terms") }}
