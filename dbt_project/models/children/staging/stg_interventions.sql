-- Kinds of help in canonical form.
{{ canonical("children", "interventions") }}
