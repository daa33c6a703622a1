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
    contract_check(contracts.ForecastOutOfSample),
    contract_check(contracts.ForecastScores),
    contract_check(contracts.DemandForecasts),
    contract_check(contracts.DemandDrivers),
    rows_check(
        "aid.demand_forecasts",
        "quantiles_ascend",
        """
        SELECT level, place_id, item_id, period_start, q025, q050, q100, q200, q500, q800, q900, q950, q975
        FROM lake.aid.demand_forecasts
        WHERE NOT (0 <= q025 AND q025 <= q050 AND q050 <= q100 AND q100 <= q200 AND q200 <= q500
                   AND q500 <= q800 AND q800 <= q900 AND q900 <= q950 AND q950 <= q975)
        ORDER BY ALL
        """,
        "forecasts that are negative or whose quantiles cross",
        blocking=True,
    ),
    rows_check(
        "aid.demand_forecasts",
        "levels_add_up",
        """
        WITH places AS (
          SELECT forecasts.*, coalesce(sites.area_id, place_id) AS area_id
          FROM lake.aid.demand_forecasts AS forecasts
          LEFT JOIN lake.aid.sites AS sites ON sites.site_id = place_id AND level = 'site'
          WHERE is_place
        ), totals AS (
          SELECT item_id, period, period_start, 'country' AS level, 'country' AS place_id,
                 sum(q500) AS total, sum(expected) AS expected_total
          FROM places GROUP BY ALL
          UNION ALL
          SELECT item_id, period, period_start, 'admin1', areas.admin1_id, sum(q500), sum(expected)
          FROM places JOIN lake.geography.areas AS areas USING (area_id)
          WHERE areas.admin1_id IS NOT NULL GROUP BY ALL
          UNION ALL
          SELECT item_id, period, period_start, 'admin2', areas.admin2_id, sum(q500), sum(expected)
          FROM places JOIN lake.geography.areas AS areas USING (area_id)
          WHERE areas.admin2_id IS NOT NULL GROUP BY ALL
        )
        SELECT level, place_id, item_id, period_start, f.q500, totals.total, f.expected, totals.expected_total
        FROM totals LEFT JOIN lake.aid.demand_forecasts AS f USING (level, place_id, item_id, period, period_start)
        WHERE f.q500 IS NULL OR abs(f.q500 - totals.total) > 1e-6 * (1 + totals.total)
           OR abs(f.expected - totals.expected_total) > 1e-6 * (1 + totals.expected_total)
        ORDER BY ALL
        """,
        "provinces, regions or the country whose forecast is not the sum of their places",
        also_reads=["aid.sites", "geography.areas"],
        blocking=True,
    ),
    contract_check(contracts.FailedSystemDemand),
    rows_check(
        "aid.failed_system_demand",
        "failed_systems_are_planned_for",
        """
        SELECT status, count(*) AS systems, sum(people) AS people, sum(quantity) AS m3, max(report_date) AS newest
        FROM lake.aid.failed_system_demand WHERE status <> 'counted' GROUP BY ALL ORDER BY ALL
        """,
        "reasons for which people whose water system has failed are not planned for",
    ),
]
