"""Aid's tables as routing problems, one a day. Pure: reads no lake, knows no Dagster, plans nothing.

Units: seconds after midnight, metres, kilograms and litres (rounded up for loads, down for capacities), and
hundred-thousandths of a US dollar.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.aid.route_travel import ANY, travel_of_day
from socialai_assets.factories.route_changes import LITRES
from socialai_assets.ingest.supply_inputs import VEHICLE_TYPES
from socialai_assets.methods.routing.problem import Break, Depot, Problem, Stop, Vehicle
from socialai_assets.methods.routing.settings import TravelSettings

USD = 100_000
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
    vehicles = tuple(routing_vehicle(row, travel.profile_of[row.vehicle_type]) for row in fleet.itertuples())
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


def routing_vehicle(row: object, profile: str = ANY) -> Vehicle:
    """A row of `aid.vehicles` as the routing problem has it.

    Args:
        profile: the name of its travel.
    """
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
