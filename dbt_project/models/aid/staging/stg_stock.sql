-- Stock by depot, item and batch, every count, in canonical form.
{{ canonical("aid", "stock") }}
