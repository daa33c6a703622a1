-- Travel times in canonical form.
{{ canonical("aid", "travel_times") }}
