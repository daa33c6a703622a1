-- Roads in canonical form.
{{ canonical("aid", "road_links") }}
