-- Decisions on recommendations in canonical form.
{{ canonical("refugees", "overrides") }}
