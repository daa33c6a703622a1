"""Social aid: sites, items, demand, stock, fleet and deliveries, and the plans made from them."""
