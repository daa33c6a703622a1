-- Stock on hand and on order at depots, by batch, at the newest count of each depot and item.
select *
from ({{ not_refused("stock", ["depot_id", "item_id", "batch", "as_of"]) }}) as counted
qualify as_of = max(as_of) over (partition by depot_id, item_id)
