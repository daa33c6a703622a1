-- What inspections found in canonical form; it becomes part of what visits found.
{{ canonical("water", "inspection_outcomes") }}
