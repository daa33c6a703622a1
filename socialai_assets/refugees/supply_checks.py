"""Checks of supply plans: each can be carried out when recomputed, and no minimum is missed without a reason."""

import heapq
import math
from collections import defaultdict

import pandas as pd

from resources.lake import Lake
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.factories.plan_checks import batches_sql, limits_check, price_check
from socialai_assets.methods.allocation.checker import storage_violations, violations
from socialai_assets.refugees import convoy_contracts
from socialai_assets.refugees import supply_contracts as contracts

TOLERANCE_KM = 0.01
# Hours are derived here anew from the tables, in SQL, and ways by a search of our own; nothing is shared with what the
# plan was made with.
_BATCHES = batches_sql("refugees.relief_stock")
_HOURS = """
SELECT depots.depot_id, week.week AS period, 'inf'::DOUBLE AS kg, 'inf'::DOUBLE AS m3,
       CASE WHEN (SELECT count(*) FROM lake.refugees.relief_vehicles) = 0 THEN 'inf'::DOUBLE
            ELSE coalesce(sum(shift_end_minute - shift_start_minute - break_minutes), 0) / 60 * {days} * {share}
       END AS hours,
       avg(vehicles.capacity_kg) AS truck_kg, avg(vehicles.capacity_m3) AS truck_m3
FROM lake.refugees.relief_depots AS depots CROSS JOIN (SELECT unnest(range({weeks})) AS week) AS week
LEFT JOIN lake.refugees.relief_vehicles AS vehicles USING (depot_id) GROUP BY ALL
"""
_CLOSED = """
SELECT links.from_id, links.to_id, links.km, week.week,
       bool_or(closures.closure_id IS NOT NULL) AS is_closed
FROM lake.refugees.links AS links CROSS JOIN (SELECT unnest(range({weeks})) AS week) AS week
LEFT JOIN lake.refugees.closures AS closures
  ON closures.conflict_id = links.conflict_id AND closures.from_id = links.from_id AND closures.to_id = links.to_id
  AND closures.closed_from::DATE <= DATE '{start}' + CAST(7 * week.week + 6 AS INT)
  AND coalesce(closures.closed_until::DATE, DATE '9999-12-31') >= DATE '{start}' + CAST(7 * week.week AS INT)
WHERE links.conflict_id = ?
GROUP BY ALL
"""


def supply_violations(lake: Lake, plan: pd.DataFrame) -> list[str]:
    """What is wrong with the rows of one scenario and conflict of `refugees.supply_plan`, by the tables in the lake."""
    day = pd.to_datetime(plan["week_start"])
    start, weeks = day.min().date(), int((day.max() - day.min()).days // 7) + 1
    first = plan.iloc[0]
    arguments = {"start": start, "weeks": weeks, "days": first["delivery_days"], "share": first["load_share"]}
    cursor = lake.cursor()
    batches = cursor.execute(_BATCHES.format(**arguments)).df()
    vehicles = cursor.execute(_HOURS.format(**arguments)).df()
    roads = cursor.execute(_CLOSED.format(**arguments), [first["conflict_id"]]).df()
    items = cursor.execute(
        "SELECT item_id, coalesce(weight_kg, 0) AS weight_kg, coalesce(volume_m3, 0) AS volume_m3, false AS is_whole "
        "FROM lake.refugees.relief_items"
    ).df()
    depots = cursor.execute(
        "SELECT depot_id, place_id, coalesce(capacity_m3, 'inf'::DOUBLE) AS storage_m3 FROM lake.refugees.relief_depots"
    ).df()
    cursor.close()
    sent = plan[plan["quantity"] > 0].rename(columns={"camp_id": "place_id"})
    sent = sent.assign(period=(pd.to_datetime(sent["week_start"]) - day.min()).dt.days // 7)
    wrong = _way_violations(sent, roads, dict(zip(depots["depot_id"], depots["place_id"], strict=True)))
    truck = vehicles.drop_duplicates("depot_id").set_index("depot_id")
    links = sent.merge(items, on="item_id")
    trip = 2 * links["km"] / first["kilometres_per_hour"] + first["loading_hours"]
    full = (links["weight_kg"] / links["depot_id"].map(truck["truck_kg"])).combine(
        links["volume_m3"] / links["depot_id"].map(truck["truck_m3"]), max
    )
    links = links.assign(cost=links["cost_usd"] / links["quantity"], hours=(trip * full).fillna(0.0))
    own = set(depots["depot_id"][depots["depot_id"].isin(sent["depot_id"])])
    batches, vehicles = batches[batches["depot_id"].isin(own)], vehicles[vehicles["depot_id"].isin(own)]
    every = depots[depots["depot_id"].isin(own)]
    known = batches[batches["item_id"].isin(items["item_id"]) & (batches["arrives"] < weeks)]
    budget = float(first["budget_usd"]) if pd.notna(first["budget_usd"]) else math.inf
    wrong += violations(
        sent, known, items, every.assign(storage_m3=math.inf), vehicles, links, periods=weeks, budget=budget
    )
    # What is refused is not in the table, so room is judged apart, by the items that the plan is about.
    planned = known[known["item_id"].isin(plan["item_id"])]
    return wrong + storage_violations(sent, planned, items, every, periods=weeks)


def _way_violations(sent: pd.DataFrame, roads: pd.DataFrame, place_of: dict[str, str]) -> list[str]:
    """Shipments whose length is not that of the shortest open way of their week."""
    wrong = []
    shortest: dict[tuple[str, int], dict[str, float]] = {}
    for row in sent.drop_duplicates(["depot_id", "place_id", "period"]).itertuples():
        key = (place_of[str(row.depot_id)], int(row.period))  # type: ignore[arg-type]
        if key not in shortest:
            shortest[key] = _lengths_from(key[0], roads[(roads["week"] == key[1]) & ~roads["is_closed"]])
        km = shortest[key].get(str(row.place_id), math.inf)
        if not abs(km - float(row.km)) <= TOLERANCE_KM:  # type: ignore[arg-type]
            way = f"{row.depot_id} to {row.place_id} in week {row.period}"
            wrong.append(f"{way}: {row.km:g} km, where the open way has {km:g}")
    return wrong


def _lengths_from(start: str, roads: pd.DataFrame) -> dict[str, float]:
    """Kilometres of the shortest way to every place that roads lead to (Dijkstra 1959)."""
    beside = defaultdict(list)
    for row in roads.itertuples():
        beside[row.from_id].append((row.to_id, row.km))
        beside[row.to_id].append((row.from_id, row.km))
    found, waiting = {}, [(0.0, start)]
    while waiting:
        km, place = heapq.heappop(waiting)
        if place not in found:
            found[place] = km
            for other, length in beside[place]:
                heapq.heappush(waiting, (km + length, other))
    return found


CHECKS = [
    *(
        contract_check(contract)
        for contract in (
            contracts.ReliefItems,
            contracts.Needs,
            contracts.SupplyPlan,
            contracts.SupplyFairnessCurve,
            contracts.SupplyComparison,
            convoy_contracts.Convoys,
            convoy_contracts.ConvoyStops,
            convoy_contracts.UnservedConvoyStops,
        )
    ),
    rows_check(
        "refugees.convoy_stops",
        "loads_fit_and_come_home_in_the_week",
        """
        WITH trips AS (
            SELECT scenario, conflict_id, vehicle_id, trip, sum(delivered_kg) AS kg, sum(delivered_m3) AS m3,
                max(begins_hour) AS last_hour
            FROM lake.refugees.convoy_stops GROUP BY ALL
        )
        SELECT trips.* FROM trips LEFT JOIN lake.refugees.relief_vehicles AS vehicles USING (vehicle_id)
        WHERE vehicles.vehicle_id IS NULL
            OR kg > vehicles.capacity_kg + 1e-6 OR m3 > vehicles.capacity_m3 + 1e-6
            OR last_hour > 7 * (shift_end_minute - shift_start_minute) / 60
        ORDER BY ALL
        """,
        "trips that carry more than their truck may, or end after the week",
        also_reads=["refugees.relief_vehicles"],
        blocking=True,
    ),
    rows_check(
        "refugees.convoy_stops",
        "the_first_week_is_delivered_or_left_out",
        """
        WITH planned AS (
            SELECT scenario, camp_id, depot_id, quantity * coalesce(weight_kg, 0) AS kg
            FROM (
                SELECT * FROM lake.refugees.supply_plan WHERE NOT is_stale
                QUALIFY week_start = min(week_start) OVER (PARTITION BY scenario, conflict_id)
            ) JOIN lake.refugees.relief_items USING (item_id)
            WHERE quantity > 0
        ), wanted AS (SELECT scenario, camp_id, depot_id, sum(kg) AS kg FROM planned GROUP BY ALL),
        done AS (
            SELECT scenario, camp_id, depot_id, sum(kg) AS kg FROM (
                SELECT scenario, camp_id, depot_id, delivered_kg AS kg FROM lake.refugees.convoy_stops
                WHERE kind = 'stop' AND NOT is_stale
                UNION ALL
                SELECT scenario, camp_id, depot_id, load_kg FROM lake.refugees.unserved_convoy_stops
                WHERE NOT is_stale
            ) GROUP BY ALL
        )
        SELECT wanted.*, done.kg AS done_kg FROM wanted LEFT JOIN done USING (scenario, camp_id, depot_id)
        WHERE wanted.kg > 1 AND abs(wanted.kg - coalesce(done.kg, 0)) > 2 + 1e-6 * wanted.kg
            AND scenario IN (SELECT scenario FROM done)
        ORDER BY ALL
        """,
        "deliveries of the plan's first week that are neither in a convoy nor left out with a reason",
        also_reads=["refugees.supply_plan", "refugees.relief_items", "refugees.unserved_convoy_stops"],
        blocking=True,
    ),
    limits_check(
        "refugees.supply_plan",
        [
            f"refugees.{name}"
            for name in ("relief_stock", "relief_items", "relief_depots", "relief_vehicles", "links", "closures")
        ],
        "Stock, shelf life, room, trucks' hours, budget and open roads hold when recomputed from the tables.",
        supply_violations,
        by=("scenario", "conflict_id"),
    ),
    rows_check(
        "refugees.supply_plan",
        "every_shortfall_has_a_reason",
        """
        SELECT scenario, camp_id, item_id, week_start, minimum, received FROM lake.refugees.supply_plan
        WHERE received < minimum * (1 - 1e-3) - 1e-4 AND coalesce(reason, '') = '' ORDER BY ALL
        """,
        "camps below their minimum without a reason",
        blocking=True,
    ),
    rows_check(
        "refugees.supply_plan",
        "every_camp_in_need_is_planned",
        """
        SELECT DISTINCT needs.conflict_id, needs.camp_id FROM lake.refugees.needs AS needs
        WHERE needs.camp_id NOT IN (SELECT camp_id FROM lake.refugees.supply_plan WHERE scenario = 'baseline')
          AND needs.needed > 0
        ORDER BY ALL
        """,
        "camps with needs that the plan does not name, since their conflict has no depot",
        also_reads=["refugees.needs"],
    ),
    price_check("refugees.supply_fairness_curve", "scenario, conflict_id"),
]
