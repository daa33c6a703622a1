"""Aid's tables as routing problems, one a day, and solved days as tables. Pure: reads no lake and knows no Dagster.

Units: seconds after midnight, metres, kilograms and litres (rounded up for loads, down for capacities), and
hundred-thousandths of a US dollar.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.aid.input_contracts import VEHICLE_TYPES
from socialai_assets.aid.route_contracts import RoutePlan, RouteStops, UnservedStops
from socialai_assets.aid.route_travel import ANY, travel_of_day
from socialai_assets.ingest.contract import Contract, describe
from socialai_assets.methods.routing.planning import Plan, plan
from socialai_assets.methods.routing.problem import Break, Depot, Problem, Stop, Vehicle
from socialai_assets.methods.routing.settings import RoutingSettings, TravelSettings
from socialai_assets.methods.routing.solution import Route, Visit, route_cost

USD = 100_000
LITRES = 1000
# Loading a vehicle at its depot, and what an hour of overtime costs on top of an hour on duty.
LOADING_SECONDS = 1200
OVERTIME_SHARE = 0.5


@dataclass(frozen=True)
class AidTables:
    """What routes are planned from; columns as in the contracts of the same name.

    Attributes:
        wanted: `site_id`, `item_id`, `quantity` and, where laid down, `depot_id`: what is to be delivered.
    """

    wanted: pd.DataFrame
    sites: pd.DataFrame
    items: pd.DataFrame
    depots: pd.DataFrame
    vehicles: pd.DataFrame
    travel_times: pd.DataFrame
    calendar: pd.DataFrame
    road_links: pd.DataFrame


@dataclass(frozen=True)
class Deliveries:
    """What each stop gets.

    Attributes:
        stops: index `stop_id`; `site_id`, `depot_id` (missing: any), `kg`, `m3`, `items` (text).
        refused: `site_id`, `reason`, `explanation` of rows that cannot be planned.
    """

    stops: pd.DataFrame
    refused: pd.DataFrame


@dataclass(frozen=True)
class PlannedDay:
    """The plan of one day."""

    day: datetime.date
    plan: Plan


@dataclass(frozen=True)
class RoutePlans:
    """Tables of a plan: those of route_contracts.py without `scenario`."""

    plan: pd.DataFrame
    stops: pd.DataFrame
    unserved: pd.DataFrame


def deliveries(tables: AidTables) -> Deliveries:
    """One stop a site and depot with the load of all its items; rows that cannot be planned, with the reason."""
    wanted = tables.wanted[tables.wanted["quantity"] > 0].copy()
    if "depot_id" not in wanted:
        wanted["depot_id"] = None
    wanted["depot_id"] = wanted["depot_id"].astype(object)
    wanted = wanted.merge(tables.sites[["site_id", "depot_id"]], on="site_id", how="left", suffixes=("", "_of_site"))
    wanted["depot_id"] = wanted["depot_id"].fillna(wanted.pop("depot_id_of_site"))
    wanted = wanted.merge(tables.items[["item_id", "unit", "weight_kg", "volume_m3"]], on="item_id", how="left")
    unknown_site = ~wanted["site_id"].isin(tables.sites["site_id"])
    unknown_item = ~wanted["item_id"].isin(tables.items["item_id"])
    weightless = wanted["weight_kg"].fillna(0).eq(0) & wanted["volume_m3"].fillna(0).eq(0)
    refused = []
    for mask, reason, text in (
        (unknown_site, "unknown_site", "The site {site_id} is not in aid.sites."),
        (unknown_item & ~unknown_site, "unknown_item", "The item {item_id} is not in aid.items."),
        (
            weightless & ~unknown_item & ~unknown_site,
            "not_carried",
            "The item {item_id} has neither weight nor volume.",
        ),
    ):
        for row in wanted[mask].itertuples():
            words = text.format(site_id=row.site_id, item_id=row.item_id)
            refused.append({"site_id": row.site_id, "reason": reason, "explanation": words})
    good = wanted[~(unknown_site | unknown_item | weightless)].copy()
    good["kg"] = good["quantity"] * good["weight_kg"].fillna(0)
    good["m3"] = good["quantity"] * good["volume_m3"].fillna(0)
    good["text"] = good["item_id"] + " " + good["quantity"].map(lambda q: f"{q:,.10g}") + " " + good["unit"].fillna("")
    good["depot_id"] = good["depot_id"].fillna("")
    grouped = good.sort_values(["site_id", "depot_id", "item_id"]).groupby(["site_id", "depot_id"], as_index=False)
    stops = grouped.agg(kg=("kg", "sum"), m3=("m3", "sum"), items=("text", lambda texts: "; ".join(texts)))
    several = stops["site_id"].duplicated(keep=False)
    stops["stop_id"] = np.where(several, stops["site_id"] + "@" + stops["depot_id"], stops["site_id"])
    stops["depot_id"] = stops["depot_id"].replace("", None)
    table = pd.DataFrame(refused, columns=["site_id", "reason", "explanation"])
    return Deliveries(stops.set_index("stop_id"), table.drop_duplicates("site_id", ignore_index=True))


def problem_of_day(
    tables: AidTables, stops: pd.DataFrame, day: datetime.date, settings: TravelSettings, loading: int = LOADING_SECONDS
) -> Problem:
    """The routing problem of one day.

    Args:
        stops: from `deliveries`, those still to be served.
        loading: seconds to load a vehicle for a trip.

    Raises:
        ValueError: figures that contradict each other; the message names the row.
        TravelServerError: the routing server that the settings name does not answer.
    """
    known = tables.sites.set_index("site_id").loc[stops["site_id"]]
    depots = tables.depots.sort_values("depot_id")
    fleet = tables.vehicles[tables.vehicles["depot_id"].isin(depots["depot_id"])].sort_values("vehicle_id")
    places = pd.concat([depots[["latitude", "longitude"]], known[["latitude", "longitude"]]])
    names = [*depots["depot_id"], *stops["site_id"]]
    travel = travel_of_day(
        tables.travel_times,
        tables.road_links,
        names,
        places.to_numpy(dtype=float),
        day,
        list(fleet["vehicle_type"]),
        settings,
    )
    vehicles = tuple(_vehicle(row, travel.profile_of[row.vehicle_type]) for row in fleet.itertuples())
    return Problem(
        tuple(
            Depot(row.depot_id, number, (60 * row.opens_minute, 60 * row.closes_minute), loading)
            for number, row in enumerate(depots.itertuples())
        ),
        tuple(
            _stop(stop, site, len(depots) + number)
            for number, (stop, site) in enumerate(zip(stops.itertuples(), known.itertuples(), strict=True))
        ),
        vehicles,
        travel.by_profile,
        ("kg", "litres"),
        _forbidden(fleet, stops, known),
        places.to_numpy(dtype=float),
    )


def plan_days(
    tables: AidTables, days: Sequence[datetime.date], settings: RoutingSettings, loading: int = LOADING_SECONDS
) -> RoutePlans:
    """Routes for several days: what one day has no room for is planned on the next.

    Raises:
        RuntimeError: the independent check finds a route that breaks a constraint.
        ValueError: figures that contradict each other; the message names the row.
    """
    wanted = deliveries(tables)
    left, planned = wanted.stops, []
    working = [day for day in days if not _closed(tables, wanted.stops, day).all()]
    for day in working:
        open_today = left[~_closed(tables, left, day)]
        if open_today.empty or tables.vehicles.empty:
            continue
        problem = problem_of_day(tables, open_today, day, settings.travel, loading)
        # Why a stop is left out is asked once it is too late for another day.
        found = plan(problem, settings, reasons=day == working[-1])
        if found.violations:
            broken = found.violations[0]
            raise RuntimeError(
                f"The plan of {day} breaks a constraint: {broken.rule}, {broken.where} {broken.message}."
            )
        planned.append(PlannedDay(day, found))
        left = _still_wanted(left, found)
    return _tables(tables, wanted, planned, left, days)


def _still_wanted(left: pd.DataFrame, found: Plan) -> pd.DataFrame:
    """The stops without those served; of a delivery in parts, what the parts left out hold."""
    kept = []
    for stop_id, row in left.iterrows():
        parts = [stop for stop in found.problem.stops if stop_id in (stop.id, stop.part_of)]
        waiting = [stop for stop in parts if stop.id in set(found.solution.unserved)]
        if not parts or len(waiting) == len(parts):
            kept.append(row)
        elif waiting:
            share = len(waiting) / len(parts)
            kept.append(row.copy().replace({row["kg"]: row["kg"] * share, row["m3"]: row["m3"] * share}))
    return pd.DataFrame(kept, columns=left.columns).rename_axis("stop_id")


def _closed(tables: AidTables, stops: pd.DataFrame, day: datetime.date) -> pd.Series:
    """Whether the calendar closes each stop's area, or everything, on a day."""
    calendar = tables.calendar[(tables.calendar["kind"] == "closure")]
    calendar = calendar[pd.to_datetime(calendar["day"]).dt.date == day]
    if calendar["area_id"].isna().any():
        return pd.Series(True, index=stops.index)
    site = tables.sites.set_index("site_id").loc[stops["site_id"]]
    shut = np.zeros(len(stops), dtype=bool)
    for column in ("area_id", "admin2_id", "admin1_id"):
        if column in site:
            shut |= site[column].isin(calendar["area_id"]).to_numpy()
    return pd.Series(shut, index=stops.index)


def _stop(stop: object, site: object, location: int) -> Stop:
    row, place = stop, site
    load = (math.ceil(row.kg - 1e-9), math.ceil(row.m3 * LITRES - 1e-6))  # type: ignore[attr-defined]
    return Stop(
        str(row.Index),  # type: ignore[attr-defined]
        location,
        load,
        service_seconds=round(60 * place.service_minutes),  # type: ignore[attr-defined]
        windows=((60 * int(place.opens_minute), 60 * int(place.closes_minute)),),  # type: ignore[attr-defined]
        priority=int(place.priority),  # type: ignore[attr-defined]
    )


def _vehicle(row: object, profile: str = ANY) -> Vehicle:
    vehicle = row
    start, end = 60 * vehicle.shift_start_minute, 60 * vehicle.shift_end_minute  # type: ignore[attr-defined]
    overtime, rest = 60 * vehicle.overtime_minutes, 60 * vehicle.break_minutes  # type: ignore[attr-defined]
    by_second = round(vehicle.cost_per_hour_usd * USD / 3600)  # type: ignore[attr-defined]
    third = (end - start) // 3
    return Vehicle(
        vehicle.vehicle_id,  # type: ignore[attr-defined]
        vehicle.depot_id,  # type: ignore[attr-defined]
        vehicle.depot_id,  # type: ignore[attr-defined]
        (int(vehicle.capacity_kg), int(vehicle.capacity_m3 * LITRES)),  # type: ignore[attr-defined]
        profile,
        kind=vehicle.vehicle_type,  # type: ignore[attr-defined]
        window=(start, end + overtime),
        shift_seconds=end - start,
        overtime_seconds=overtime,
        overtime_cost=round(OVERTIME_SHARE * by_second),
        fixed_cost=round(vehicle.fixed_cost_usd * USD),  # type: ignore[attr-defined]
        cost_per_metre=round(vehicle.cost_per_km_usd * USD / 1000),  # type: ignore[attr-defined]
        cost_per_second=by_second,
        most_trips=int(vehicle.most_trips),  # type: ignore[attr-defined]
        # In the middle third of the shift.
        breaks=(Break((start + third, start + 2 * third), rest),) if rest else (),
    )


def _forbidden(fleet: pd.DataFrame, stops: pd.DataFrame, sites: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Stops each vehicle may not serve: it is too large for the site, or the site belongs to another depot."""
    sizes = {name: size for size, name in enumerate(VEHICLE_TYPES)}
    most = sites["largest_vehicle"].map(sizes).fillna(len(sizes)).to_numpy()
    depot, names = stops["depot_id"].to_numpy(dtype=object), stops.index.to_numpy(dtype=object)
    elsewhere = {name: np.array([d is not None and d == d and d != name for d in depot]) for name in fleet["depot_id"]}
    barred = {}
    for row in fleet.itertuples():
        mask = (most < sizes[row.vehicle_type]) | elsewhere[row.depot_id]
        if mask.any():
            barred[row.vehicle_id] = frozenset(names[mask])
    return barred


def _tables(
    tables: AidTables,
    wanted: Deliveries,
    planned: Sequence[PlannedDay],
    left: pd.DataFrame,
    days: Sequence[datetime.date],
) -> RoutePlans:
    sites = tables.sites.set_index("site_id")
    synthetic = any(bool(t["is_synthetic"].any()) for t in (tables.sites, tables.vehicles, tables.items) if len(t))
    plans, visits = [], []
    for day in planned:
        for route in day.plan.solution.routes:
            rows = _visit_rows(tables, wanted, day, route)
            visits += rows
            plans.append(_plan_row(tables, day, route, rows))
    unserved = _unserved_rows(wanted, planned, left, sites, days[-1] if len(days) else None, tables.vehicles.empty)
    found = zip((plans, visits, unserved), (RoutePlan, RouteStops, UnservedStops), strict=True)
    return RoutePlans(*(_framed(rows, contract, synthetic) for rows, contract in found))


def _framed(rows: list[dict[str, object]], contract: type[Contract], synthetic: bool) -> pd.DataFrame:
    """Rows as a frame of a contract, also where there is none; the scenario comes later."""
    frame = pd.DataFrame(rows, columns=[column.name for column in describe(contract)])
    return frame.drop(columns="scenario").assign(is_synthetic=synthetic)


def _visit_rows(tables: AidTables, wanted: Deliveries, day: PlannedDay, route: Route) -> list[dict[str, object]]:
    problem = day.plan.problem
    sites, depots = tables.sites.set_index("site_id"), tables.depots.set_index("depot_id")
    rows = []
    for sequence, visit in enumerate(route.visits):
        row: dict[str, object] = {
            "day": day.day, "vehicle_id": route.vehicle, "sequence": sequence, "trip": visit.trip + 1,
            "kind": visit.kind, "place_id": None, "name": None, "latitude": np.nan, "longitude": np.nan,
            "arrives_minute": visit.arrival / 60, "begins_minute": visit.begin / 60,
            "leaves_minute": visit.departure / 60, "km": visit.metres / 1000, "delivered_kg": 0.0,
            "delivered_m3": 0.0, "load_kg": float(visit.load[0]), "load_m3": visit.load[1] / LITRES,
            "items": None, "people": np.nan,
        }  # fmt: skip
        if visit.kind == "stop":
            row |= _stop_cells(problem, wanted, sites, visit)
        elif visit.kind != "break":
            depot = depots.loc[visit.place]
            row |= {"place_id": visit.place, **depot[["name", "latitude", "longitude"]].to_dict()}
        rows.append(row)
    return rows


def _stop_cells(problem: Problem, wanted: Deliveries, sites: pd.DataFrame, visit: Visit) -> dict[str, object]:
    stop = problem.stop_of[visit.place]
    delivery = wanted.stops.loc[stop.part_of or stop.id]
    site = sites.loc[delivery["site_id"]]
    items = delivery["items"]
    if stop.part_of:
        items = (
            f"part {visit.place.rsplit('#', 1)[1]}: {stop.delivery[0]} kg, {stop.delivery[1] / LITRES:g} m3 of {items}"
        )
    return {
        "place_id": delivery["site_id"], **site[["name", "latitude", "longitude", "people"]].to_dict(),
        "delivered_kg": float(stop.delivery[0]), "delivered_m3": stop.delivery[1] / LITRES, "items": items,
    }  # fmt: skip


def _plan_row(tables: AidTables, day: PlannedDay, route: Route, rows: Sequence[dict[str, object]]) -> dict[str, object]:
    vehicle = day.plan.problem.vehicle_of[route.vehicle]
    priced = _vehicle(next(tables.vehicles[tables.vehicles["vehicle_id"] == route.vehicle].itertuples()))
    stops = pd.DataFrame([row for row in rows if row["kind"] == "stop"])
    return {
        "day": day.day, "vehicle_id": route.vehicle, "depot_id": vehicle.start_depot, "vehicle_type": vehicle.kind,
        "trips": route.trips, "stops": len(stops), "people": float(stops.drop_duplicates("place_id")["people"].sum()),
        "starts_minute": route.visits[0].begin / 60, "ends_minute": route.visits[-1].arrival / 60,
        "overtime_minutes": max(0, route.seconds - (vehicle.shift_seconds or 0)) / 60, "km": route.metres / 1000,
        "load_kg": float(stops["delivered_kg"].sum()), "load_m3": float(stops["delivered_m3"].sum()),
        "cost_usd": route_cost(priced, route.metres, route.seconds) / USD,
        "engine": day.plan.solution.engine, "engine_reason": day.plan.solution.engine_reason,
        "travel_source": day.plan.problem.travel[vehicle.profile].source,
    }  # fmt: skip


def _unserved_rows(
    wanted: Deliveries,
    planned: Sequence[PlannedDay],
    left: pd.DataFrame,
    sites: pd.DataFrame,
    last: datetime.date | None,
    no_fleet: bool,
) -> list[dict[str, object]]:
    why = {}
    for day in planned:
        why.update({each.stop: (each, day.plan.problem.stop_of[each.stop]) for each in day.plan.explanations})
    rows: list[dict[str, object]] = []
    for stop_id, row in left.iterrows():
        found = [each for each, stop in why.values() if stop_id in (stop.id, stop.part_of)]
        reason, words, change, cost = (
            "closed",
            "The calendar closes its area on the last day there was to plan.",
            None,
            np.nan,
        )
        if found:
            reason, words = found[-1].reason, found[-1].sentence
            if found[-1].cheapest is not None:
                change, cost = found[-1].cheapest.sentence, found[-1].cheapest.added_cost / USD
        elif no_fleet:
            reason, words = "no_vehicle", "No vehicle has landed."
        site = sites.loc[row["site_id"]]
        rows.append(
            {
                "day": last, "site_id": str(stop_id), **site[["name", "area_id", "people", "priority"]].to_dict(),
                "load_kg": row["kg"], "load_m3": row["m3"], "reason": reason, "explanation": words, "change": change,
                "change_cost_usd": cost,
            }
        )  # fmt: skip
    known = {str(row["site_id"]) for row in rows}
    for row in wanted.refused.itertuples():
        if row.site_id in known:
            continue
        site = sites.loc[row.site_id] if row.site_id in sites.index else pd.Series(dtype=object)
        cells = {name: site.get(name) for name in ("name", "area_id", "people", "priority")}
        rows.append(
            {
                "day": last, "site_id": row.site_id, **cells, "load_kg": np.nan, "load_m3": np.nan,
                "reason": row.reason, "explanation": row.explanation, "change": None, "change_cost_usd": np.nan,
            }
        )  # fmt: skip
    return rows
