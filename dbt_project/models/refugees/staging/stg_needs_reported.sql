-- Needs reported in canonical form.
{{ canonical("refugees", "needs_reported") }}
