-- Days that change demand or work, in canonical form.
{{ canonical("aid", "calendar") }}
