-- Acknowledgements of alarms in canonical form.
{{ canonical("water", "alarm_acknowledgements") }}
