"""Aid's checks: contracts of its Python tables, rows refused, quantities and demands that look wrong."""

from socialai_assets.aid import contracts
from socialai_assets.factories.checks import contract_check, rows_check

LARGEST_DELIVERY_M3 = 500

CHECKS = [
    contract_check(contracts.LocatedDeliveries),
    contract_check(contracts.DemandFeatures),
    rows_check(
        "aid.refused_rows",
        "none_refused",
        "SELECT input, row_key, reason, source FROM lake.aid.refused_rows ORDER BY ALL",
        "rows that name an item, site, depot or area nobody knows, or come from two sources; the others are used",
    ),
    rows_check(
        "aid.sites",
        "areas_are_known",
        """
        SELECT site_id, name, area_id FROM lake.aid.sites AS sites
        ANTI JOIN lake.geography.areas AS areas USING (area_id) ORDER BY ALL
        """,
        "sites of areas that geography does not know; they are served, and in no province's figures",
        also_reads=["geography.areas"],
    ),
    rows_check(
        "aid.deliveries",
        "quantities_are_plausible",
        f"""
        SELECT delivery_id, site_id, item_id, delivered_quantity,
               CASE WHEN delivered_quantity = 0 THEN 'nothing was delivered'
                    ELSE 'over {LARGEST_DELIVERY_M3} m3 in one delivery' END AS reason
        FROM lake.aid.deliveries AS deliveries JOIN lake.aid.items AS items USING (item_id)
        WHERE delivered_quantity = 0 OR delivered_quantity * items.volume_m3 > {LARGEST_DELIVERY_M3}
        ORDER BY delivered_quantity DESC, delivery_id
        """,
        "deliveries of nothing, or of more than a fleet carries at once; they are kept as they are",
        also_reads=["aid.items"],
    ),
    rows_check(
        "aid.deliveries",
        "planned_loads_fit_a_vehicle",
        """
        WITH largest AS (SELECT max(capacity_kg) AS kg, max(capacity_m3) AS m3 FROM lake.aid.vehicles)
        SELECT delivery_id, site_id, item_id, planned_quantity, planned_quantity * weight_kg AS kg,
               planned_quantity * volume_m3 AS m3
        FROM lake.aid.deliveries JOIN lake.aid.items USING (item_id) CROSS JOIN largest
        WHERE planned_quantity * weight_kg > largest.kg OR planned_quantity * volume_m3 > largest.m3
        ORDER BY ALL
        """,
        "deliveries planned that no vehicle carries at once; they need several trips or a larger vehicle",
        also_reads=["aid.items", "aid.vehicles"],
    ),
    rows_check(
        "aid.vehicles",
        "every_site_is_reachable",
        """
        WITH sizes AS (
          SELECT unnest(['motorcycle', 'pickup', 'small_truck', 'truck', 'large_truck']) AS vehicle_type,
                 unnest([1, 2, 3, 4, 5]) AS size
        ), smallest AS (SELECT min(size) AS size FROM lake.aid.vehicles JOIN sizes USING (vehicle_type))
        SELECT site_id, name, largest_vehicle FROM lake.aid.sites
        JOIN sizes ON sizes.vehicle_type = largest_vehicle CROSS JOIN smallest
        WHERE sizes.size < smallest.size ORDER BY ALL
        """,
        "sites that let in only smaller vehicles than there are; plans leave them out and say why",
        also_reads=["aid.sites"],
    ),
]
