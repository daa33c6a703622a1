"""Planned days of routes as rows of route_contracts.py: visits, vehicles' days, what is left out. Plans nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.aid.route_contracts import RoutePlan, RouteStops, UnservedStops
from socialai_assets.aid.routes import LITRES, USD, AidTables, Deliveries, routing_vehicle
from socialai_assets.factories.route_changes import change_cells
from socialai_assets.ingest.contract import Contract, any_synthetic, describe
from socialai_assets.methods.routing.planning import Plan
from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.solution import Route, Visit, route_cost


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


def plan_tables(
    tables: AidTables,
    wanted: Deliveries,
    planned: Sequence[PlannedDay],
    left: pd.DataFrame,
    days: Sequence[datetime.date],
) -> RoutePlans:
    """Planned days as tables.

    Args:
        wanted: all deliveries there were to plan.
        left: stops of `wanted` that no day served.
        days: that were to be planned, the closed ones too.
    """
    sites = tables.sites.set_index("site_id")
    synthetic = any_synthetic(tables.sites, tables.vehicles, tables.items)
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
    priced = routing_vehicle(next(tables.vehicles[tables.vehicles["vehicle_id"] == route.vehicle].itertuples()))
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
        reason, words = "closed", "The calendar closes its area on the last day there was to plan."
        change = change_cells(None, USD)
        if found:
            reason, words = found[-1].reason, found[-1].sentence
            change = change_cells(found[-1].cheapest, USD)
        elif no_fleet:
            reason, words = "no_vehicle", "No vehicle has landed."
        site = sites.loc[row["site_id"]]
        rows.append(
            {
                "day": last, "site_id": str(stop_id), **site[["name", "area_id", "people", "priority"]].to_dict(),
                "load_kg": row["kg"], "load_m3": row["m3"], "reason": reason, "explanation": words, **change,
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
                "reason": row.reason, "explanation": row.explanation, **change_cells(None, USD),
            }
        )  # fmt: skip
    return rows
