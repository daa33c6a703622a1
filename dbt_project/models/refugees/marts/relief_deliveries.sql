-- Deliveries to camps, planned and made.
select deliveries.*, camps.conflict_id
from ({{ not_refused("relief_deliveries", ["delivery_id"], "refused_inputs") }}) as deliveries
join {{ ref("camps") }} as camps on camps.camp_id = deliveries.camp_id
