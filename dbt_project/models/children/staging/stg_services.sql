-- Places at which help is given in canonical form.
{{ canonical("children", "services") }}
