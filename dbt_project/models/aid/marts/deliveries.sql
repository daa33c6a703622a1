-- Deliveries planned and made.
{{ not_refused("deliveries", ["delivery_id"]) }}
