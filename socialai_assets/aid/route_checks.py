"""Checks of route plans: their contracts, and the plan recomputed in SQL from its own rows and the tables behind it."""

from socialai_assets.aid.route_contracts import RoutePlan, RouteStops, UnservedStops
from socialai_assets.factories.checks import contract_check, rows_check

CHECKS = [
    contract_check(RoutePlan),
    contract_check(RouteStops),
    contract_check(UnservedStops),
    rows_check(
        "aid.route_stops",
        "loads_fit_and_add_up",
        """
        WITH trips AS (
            SELECT scenario, day, vehicle_id, trip, sum(delivered_kg) AS kg, sum(delivered_m3) AS m3,
                max(load_kg) AS most_kg, max(load_m3) AS most_m3
            FROM lake.aid.route_stops GROUP BY ALL
        )
        SELECT trips.* FROM trips LEFT JOIN lake.aid.vehicles AS vehicles USING (vehicle_id)
        WHERE vehicles.vehicle_id IS NULL
            OR kg > vehicles.capacity_kg + 1e-6 OR m3 > vehicles.capacity_m3 + 1e-6
            OR abs(kg - most_kg) > 1e-6 OR abs(m3 - most_m3) > 1e-6
        ORDER BY ALL
        """,
        "trips that carry more than their vehicle may, or load another amount than they deliver",
        also_reads=["aid.vehicles"],
        blocking=True,
    ),
    rows_check(
        "aid.route_stops",
        "days_keep_to_time",
        """
        WITH visits AS (
            SELECT *, lag(leaves_minute) OVER day_of_vehicle AS left_before, lag(km) OVER day_of_vehicle AS km_before
            FROM lake.aid.route_stops
            WINDOW day_of_vehicle AS (PARTITION BY scenario, day, vehicle_id ORDER BY sequence)
        )
        SELECT scenario, day, vehicle_id, sequence, kind, begins_minute, leaves_minute, left_before
        FROM visits JOIN lake.aid.vehicles AS vehicles USING (vehicle_id)
        WHERE begins_minute < left_before - 1e-6 OR leaves_minute < begins_minute - 1e-6 OR km < km_before - 1e-6
            OR (kind <> 'break' AND begins_minute < vehicles.shift_start_minute - 1e-6)
            OR (kind <> 'break' AND leaves_minute > vehicles.shift_end_minute + vehicles.overtime_minutes + 1e-6)
        ORDER BY ALL
        """,
        "visits that overlap, run backwards or lie outside the vehicle's shift and overtime",
        also_reads=["aid.vehicles"],
        blocking=True,
    ),
    rows_check(
        "aid.route_stops",
        "sites_are_open_and_let_the_vehicle_in",
        """
        SELECT visits.day, visits.vehicle_id, visits.sequence, visits.place_id, visits.begins_minute,
            sites.opens_minute, sites.closes_minute, sites.largest_vehicle, vehicles.vehicle_type
        FROM lake.aid.route_stops AS visits
        JOIN lake.aid.vehicles AS vehicles USING (vehicle_id)
        LEFT JOIN lake.aid.sites AS sites ON sites.site_id = visits.place_id
        WHERE visits.kind = 'stop' AND visits.scenario = 'baseline' AND (
            sites.site_id IS NULL
            OR visits.begins_minute < sites.opens_minute - 1e-6 OR visits.begins_minute > sites.closes_minute + 1e-6
            OR list_position(['motorcycle', 'pickup', 'small_truck', 'truck', 'large_truck'], vehicles.vehicle_type)
                > list_position(['motorcycle', 'pickup', 'small_truck', 'truck', 'large_truck'], sites.largest_vehicle)
        )
        ORDER BY ALL
        """,
        "stops of the baseline outside opening hours, or by a vehicle too large for the site",
        also_reads=["aid.vehicles", "aid.sites"],
        blocking=True,
    ),
    rows_check(
        "aid.route_stops",
        "no_stop_is_both_served_and_left_out",
        """
        SELECT DISTINCT stops.scenario, stops.place_id FROM lake.aid.route_stops AS stops
        JOIN lake.aid.unserved_stops AS unserved
            ON unserved.scenario = stops.scenario AND unserved.site_id = stops.place_id
        WHERE unserved.reason NOT IN ('unknown_item', 'not_carried') AND stops.items NOT LIKE 'part %' ORDER BY ALL
        """,
        "sites whose whole delivery is in a route and among those left out",
        also_reads=["aid.unserved_stops"],
        blocking=True,
    ),
]
