-- Stock of relief items on hand and on order, by batch, at the newest count of each depot and item.
select *
from ({{ not_refused("relief_stock", ["depot_id", "item_id", "batch", "as_of"], "refused_inputs") }}) as counted
qualify as_of = max(as_of) over (partition by depot_id, item_id)
