"""The supply plan's first week as a routing problem on open roads, and its solution as tables. Pure, no Dagster.

Time is time on duty: a truck that drives ten hours a day on six days has one window of sixty hours, and rests are left
out. Units: seconds, metres, kilograms and litres (rounded up for loads, down for trucks), hundred-thousandths of USD.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from socialai_assets.factories.route_changes import LITRES, change_cells
from socialai_assets.methods.routing.planning import Plan, plan
from socialai_assets.methods.routing.problem import Depot, Problem, Stop, Vehicle
from socialai_assets.methods.routing.reasons import Change, explain_stops
from socialai_assets.methods.routing.settings import RoutingSettings
from socialai_assets.methods.routing.solution import Route
from socialai_assets.methods.routing.travel import from_links
from socialai_assets.refugees.supply import DAY, WEEK, SupplyTables, closed_on, open_roads

USD = 100_000
MOST_EXPLAINED = 40


@dataclass(frozen=True)
class ConvoyTables:
    """Tables of convoy_contracts.py without their scenario's columns."""

    convoys: pd.DataFrame
    stops: pd.DataFrame
    unserved: pd.DataFrame


def first_week(supply_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What each depot sends to each camp in the plan's first week, by `camp@depot`: weight, room and items in words.

    Args:
        supply_plan: rows of one scenario and conflict of `refugees.supply_plan`.
        items: `refugees.relief_items`.
    """
    day = pd.to_datetime(supply_plan["week_start"])
    sent = supply_plan[(day == day.min()) & (supply_plan["quantity"] > 1e-6)].merge(
        items[["item_id", "weight_kg", "volume_m3", "unit"]], on="item_id"
    )
    sent = sent.assign(
        kg=sent["quantity"] * sent["weight_kg"].fillna(0),
        m3=sent["quantity"] * sent["volume_m3"].fillna(0),
        text=sent["item_id"] + " " + sent["quantity"].map(lambda q: f"{q:,.4g}") + " " + sent["unit"],
    )
    grouped = sent.sort_values("item_id").groupby(["camp_id", "depot_id"], as_index=False)
    stops = grouped.agg(kg=("kg", "sum"), m3=("m3", "sum"), items=("text", "; ".join))
    return stops.set_index(stops["camp_id"] + "@" + stops["depot_id"])


def convoy_problem(tables: SupplyTables, stops: pd.DataFrame, week: datetime.date, settings: pd.Series) -> Problem:
    """The routing problem of one conflict and week.

    Args:
        tables: of the conflict.
        stops: as `first_week` returns them.
        week: Monday.
        settings: `delivery_days`, `kilometres_per_hour`, `loading_hours`, as a row of the plan has them.
    """
    depots = tables.depots[tables.depots["depot_id"].isin(stops["depot_id"])].sort_values("depot_id")
    fleet = tables.vehicles[tables.vehicles["depot_id"].isin(depots["depot_id"])].sort_values("vehicle_id")
    names = [*depots["place_id"], *stops["camp_id"]]
    unique = list(dict.fromkeys(names))
    where = [unique.index(name) for name in names]
    closed = closed_on(tables.closures, week, week + WEEK - DAY)
    travel = from_links(open_roads(tables.links, closed, float(settings["kilometres_per_hour"])), unique)
    # Half of the time is for loading, half for unloading.
    half = round(1800 * float(settings["loading_hours"]))
    own = {
        str(vehicle.vehicle_id): frozenset(stops.index[stops["depot_id"] != vehicle.depot_id])
        for vehicle in fleet.itertuples()
    }
    return Problem(
        tuple(Depot(str(name), where[row], loading_seconds=half) for row, name in enumerate(depots["depot_id"])),
        tuple(
            Stop(
                str(row.Index),
                where[len(depots) + number],
                (math.ceil(float(row.kg) - 1e-6), math.ceil(float(row.m3) * LITRES - 1e-6)),  # type: ignore[arg-type]
                service_seconds=half * _loads(row, fleet),
            )
            for number, row in enumerate(stops.itertuples())
        ),
        tuple(_truck(row, int(settings["delivery_days"])) for row in fleet.to_dict("records")),
        {"road": travel},
        ("kg", "litres"),
        {name: barred for name, barred in own.items() if barred},
    )


def plan_convoys(
    tables: SupplyTables, supply_plan: pd.DataFrame, items: pd.DataFrame, routing: RoutingSettings
) -> ConvoyTables:
    """Convoys of the first week of one scenario and conflict.

    Raises:
        RuntimeError: the independent check finds a route that breaks a constraint.
    """
    stops = first_week(supply_plan, items)
    week = pd.to_datetime(supply_plan["week_start"]).min().date()
    if stops.empty:
        return ConvoyTables(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    own = tables.of(str(supply_plan["conflict_id"].iloc[0]))
    settings = supply_plan.iloc[0]
    if not own.vehicles["depot_id"].isin(stops["depot_id"]).any():
        why = "no_vehicle", "No truck has landed for the depot.", None
        none = [_left_out(str(name), row, row["kg"], row["m3"], *why) for name, row in stops.iterrows()]
        return ConvoyTables(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(none))
    found = plan(convoy_problem(own, stops, week, settings), routing, reasons=False)
    if found.violations:
        broken = found.violations[0]
        raise RuntimeError(f"Convoys of {week} break a constraint: {broken.rule}, {broken.where} {broken.message}.")
    trucks = own.vehicles.set_index("vehicle_id")
    convoys, visits = [], []
    for route in found.solution.routes:
        truck = trucks.loc[route.vehicle]
        shift = _shift_seconds(truck.to_dict())
        rows = _visit_rows(found, route, stops, str(truck["depot_id"]), week, shift)
        visits += rows
        convoys.append(_convoy_row(found, route, rows, truck, shift))
    return ConvoyTables(pd.DataFrame(convoys), pd.DataFrame(visits), pd.DataFrame(_unserved_rows(found, stops)))


def _loads(row: object, fleet: pd.DataFrame) -> int:
    """Truckloads of a delivery, so that each of its parts has a whole time to unload."""
    own = fleet[fleet["depot_id"] == row.depot_id]  # type: ignore[attr-defined]
    if own.empty or not (own["capacity_kg"].max() > 0 and own["capacity_m3"].max() > 0):
        return 1
    kg, m3 = row.kg / own["capacity_kg"].max(), row.m3 / own["capacity_m3"].max()  # type: ignore[attr-defined]
    return max(1, math.ceil(max(kg, m3)))


def _shift_seconds(truck: dict) -> int:
    minutes = truck["shift_end_minute"] - truck["shift_start_minute"] - truck["break_minutes"]
    return max(60, round(60 * minutes))


def _truck(row: dict, days: int) -> Vehicle:
    seconds = days * _shift_seconds(row)
    return Vehicle(
        row["vehicle_id"],
        row["depot_id"],
        row["depot_id"],
        (int(row["capacity_kg"]), int(row["capacity_m3"] * LITRES)),
        kind=row["vehicle_type"],
        window=(0, seconds),
        shift_seconds=seconds,
        fixed_cost=round(row["fixed_cost_usd"] * USD),
        cost_per_metre=round(row["cost_per_km_usd"] * USD / 1000),
        cost_per_second=round(row["cost_per_hour_usd"] * USD / 3600),
        most_trips=int(row["most_trips"]) * days,
    )


def _visit_rows(
    found: Plan, route: Route, stops: pd.DataFrame, depot_id: str, week: datetime.date, shift: int
) -> list[dict[str, object]]:
    rows = []
    for sequence, visit in enumerate(route.visits):
        day = week + datetime.timedelta(days=min(visit.begin // shift, 6))
        row: dict[str, object] = {
            "vehicle_id": route.vehicle, "sequence": sequence, "trip": visit.trip + 1, "kind": visit.kind,
            "camp_id": None, "depot_id": depot_id, "day": day, "begins_hour": visit.begin / 3600,
            "km": visit.metres / 1000, "delivered_kg": 0.0, "delivered_m3": 0.0, "items": None,
        }  # fmt: skip
        if visit.kind == "stop":
            stop = found.problem.stop_of[visit.place]
            delivery = stops.loc[stop.part_of or stop.id]
            items = str(delivery["items"])
            if stop.part_of:
                items = f"part {stop.id.rsplit('#', 1)[1]}: {stop.delivery[0]:,} kg of {items}"
            row |= {
                "camp_id": delivery["camp_id"], "items": items, "delivered_kg": float(stop.delivery[0]),
                "delivered_m3": stop.delivery[1] / LITRES,
            }  # fmt: skip
        rows.append(row)
    return rows


def _convoy_row(
    found: Plan, route: Route, rows: Sequence[dict[str, object]], truck: pd.Series, shift: int
) -> dict[str, object]:
    stops = pd.DataFrame([row for row in rows if row["kind"] == "stop"])
    hours, km = route.seconds / 3600, route.metres / 1000
    days = max(1, math.ceil(route.visits[-1].arrival / shift))
    cost = days * truck["fixed_cost_usd"] + km * truck["cost_per_km_usd"] + hours * truck["cost_per_hour_usd"]
    return {
        "vehicle_id": route.vehicle, "depot_id": truck["depot_id"], "trips": route.trips, "stops": len(stops),
        "days": days, "hours": hours, "km": km, "load_kg": float(stops["delivered_kg"].sum()),
        "load_m3": float(stops["delivered_m3"].sum()), "cost_usd": float(cost), "engine": found.solution.engine,
        "travel_source": found.problem.travel["road"].source,
    }  # fmt: skip


def _unserved_rows(found: Plan, stops: pd.DataFrame) -> list[dict[str, object]]:
    left = list(found.solution.unserved)
    orders = {order.vehicle: order for order in found.solution.orders}
    why = {each.stop: each for each in explain_stops(found.problem, orders, left[:MOST_EXPLAINED])}
    rows = []
    for name in left:
        stop = found.problem.stop_of[name]
        explained, delivery = why.get(name), stops.loc[stop.part_of or stop.id]
        reason, words = "not_explained", "One of many that are left out: see the others of its depot."
        if explained is not None:
            reason, words = explained.reason, explained.sentence
        change = None if explained is None else explained.cheapest
        kg, litres = found.problem.amounts(stop)[0]
        rows.append(_left_out(name, delivery, float(kg), litres / LITRES, reason, words, change))
    return rows


def _left_out(
    name: str, delivery: pd.Series, kg: float, m3: float, reason: str, words: str, change: Change | None
) -> dict[str, object]:
    return {
        "stop_id": name, "camp_id": delivery["camp_id"], "depot_id": delivery["depot_id"], "load_kg": kg,
        "load_m3": m3, "reason": reason, "explanation": words, **change_cells(change, USD),
    }  # fmt: skip
