"""Synthetic aid network: sites, depots, items, fleet, ways between them. Draws no demand, stock or deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import KM_PER_DEGREE, SampleAreas, generator
from socialai_assets.ingest.sample.names import invented_names
from socialai_assets.ingest.sample.settlements import points_inside

if TYPE_CHECKING:
    from numpy.typing import NDArray

SITES, DEPOTS, VEHICLES_A_DEPOT = 250, 4, 3
REACH_KM = 15.0
DETOUR, KM_PER_HOUR, START_MINUTES = 1.35, 42.0, 4.0
RUSH_HOURS = {7: 1.35, 8: 1.3, 17: 1.25, 18: 1.3}
SHORT_WINDOW_SHARE = 0.3
PEOPLE_A_HOUSEHOLD = 4.0
NO_ITEM = "generator_fuel"
"""An item that rows planted to be refused name, and no list holds."""

_ITEMS = [
    # item, English, Spanish, unit, kg, m3, days it keeps, USD, units a person needs in a week
    ("water", "Drinking water", "Agua potable", "m3", 1000.0, 1.0, None, 3.0, 0.105),
    ("food_parcel", "Food parcel", "Canasta de alimentos", "parcel", 15.0, 0.03, 270, 18.0, 0.25),
    ("hygiene_kit", "Hygiene kit", "Kit de higiene", "kit", 6.0, 0.02, 720, 12.0, 0.0625),
    ("blanket", "Blanket", "Frazada", "piece", 1.5, 0.008, None, 6.0, 0.01),
    ("medical_kit", "Medical kit", "Kit médico", "kit", 8.0, 0.03, 365, 45.0, 0.002),
]
_FLEET = [
    # type, kg, m3, USD a km, an hour, a day
    ("large_truck", 30000.0, 60.0, 1.1, 9.0, 60.0),
    ("truck", 10000.0, 30.0, 0.7, 8.0, 40.0),
    ("small_truck", 3500.0, 12.0, 0.45, 7.0, 25.0),
    ("pickup", 900.0, 2.5, 0.3, 6.0, 15.0),
]


@dataclass(frozen=True, eq=False)
class AidNetwork:
    """Sites, depots and items that other synthetic aid data speaks of, drawn here or landed by somebody.

    Attributes:
        sites: the columns of `aid.raw_sites` without provenance; `depot_id` says who serves each.
        depots: those of `aid.raw_depots`.
        items: those of `aid.raw_items`.
    """

    sites: pd.DataFrame
    depots: pd.DataFrame
    items: pd.DataFrame


def draw_network(
    areas: SampleAreas,
    poverty_rate_pct: NDArray[np.float64],
    scale: float,
    seed: int,
    *,
    sites: pd.DataFrame | None = None,
    depots: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
) -> AidNetwork:
    """The sites, depots and items given, and drawn ones for those that are not.

    Args:
        areas: the areas drawn on.
        poverty_rate_pct: poverty of `areas.smallest`, in its order; poorer sites come first.
        scale: 1 is 250 sites and 4 depots.
        seed: seed of all random numbers.
        sites: landed sites, as `aid.sites` has them.
        depots: landed depots, as `aid.depots` has them.
        items: landed items, as `aid.items` has them.
    """
    if depots is not None:
        starts = depots
    else:
        starts = _depots(areas, scale, seed) if sites is None else _depots_of(sites, scale, seed)
    served = sites if sites is not None else _sites(areas, poverty_rate_pct, starts, scale, seed)
    nearest = starts["depot_id"].to_numpy()[_km(served, starts).argmin(axis=1)]
    laid_down = served["depot_id"].astype(object)
    served = served.assign(depot_id=np.where(laid_down.isna(), nearest, laid_down))
    return AidNetwork(served, starts, item_list() if items is None else items)


def item_list() -> pd.DataFrame:
    """Five items; needs of water after Sphere (15 litres a person and day), the others invented."""
    columns = ["item_id", "name", "name_es", "unit", "weight_kg", "volume_m3"]
    columns += ["shelf_life_days", "unit_cost_usd", "need_per_person_week"]
    return pd.DataFrame(_ITEMS, columns=columns).astype({"shelf_life_days": "Int64"})


def vehicles(network: AidNetwork, seed: int) -> pd.DataFrame:
    """Three vehicles a depot, of types in turn, with the columns of `aid.raw_vehicles`."""
    random = generator(seed, "vehicles")
    rows = []
    for place, depot in enumerate(network.depots["depot_id"]):
        for number in range(VEHICLES_A_DEPOT):
            # Every depot has a large truck, and the small types take turns.
            kind = _FLEET[0] if number == 0 else _FLEET[1 + (place + number) % 3]
            start = int(random.choice([360, 420, 480]))
            rows.append((f"V{len(rows) + 1:03}", depot, *kind, start, start + 540, 60, 45, int(random.integers(1, 4))))
    columns = ["vehicle_id", "depot_id", "vehicle_type", "capacity_kg", "capacity_m3", "cost_per_km_usd"]
    columns += ["cost_per_hour_usd", "fixed_cost_usd", "shift_start_minute", "shift_end_minute", "overtime_minutes"]
    return pd.DataFrame(rows, columns=[*columns, "break_minutes", "most_trips"])


def travel_times(network: AidNetwork, seed: int) -> pd.DataFrame:
    """Ways among each depot and its sites, with slower ones from the depot at rush hours.

    Returns:
        `from_id`, `to_id`, `weekday` (missing), `hour` (missing for the usual time), `minutes`, `km`.
    """
    random = generator(seed, "travel times")
    parts = []
    for depot, members in network.sites.groupby("depot_id", sort=True):
        start = network.depots[network.depots["depot_id"] == depot]
        ids = np.concatenate([start["depot_id"].to_numpy(), members["site_id"].to_numpy()])
        places = pd.concat([start[["latitude", "longitude"]], members[["latitude", "longitude"]]])
        # One detour for both directions, and a few percent of difference between them.
        detour = random.lognormal(np.log(DETOUR), 0.08, (len(ids), len(ids)))
        km = _km(places, places) * (np.triu(detour, 1) + np.triu(detour, 1).T)
        km *= random.lognormal(0, 0.02, km.shape)
        minutes = START_MINUTES + km / KM_PER_HOUR * 60
        origin, target = np.nonzero(~np.eye(len(ids), dtype=bool))
        usual = pd.DataFrame({"from_id": ids[origin], "to_id": ids[target], "hour": pd.NA})
        usual["minutes"], usual["km"] = minutes[origin, target].round(1), km[origin, target].round(2)
        leaving = usual[usual["from_id"] == depot]
        rush = [
            leaving.assign(hour=hour, minutes=(leaving["minutes"] * slower).round(1))
            for hour, slower in RUSH_HOURS.items()
        ]
        parts += [usual, *rush]
    table = pd.concat(parts, ignore_index=True)
    table["hour"] = table["hour"].astype("Int64")
    table.insert(2, "weekday", pd.Series(pd.NA, table.index, dtype="Int64"))
    return table


def _depots(areas: SampleAreas, scale: float, seed: int) -> pd.DataFrame:
    """Depots in populous areas that are not close to each other."""
    own = areas.smallest
    wanted = max(3, round(DEPOTS * np.sqrt(scale)))
    between = _km(own, own)
    spacing = 0.35 * between.max()
    chosen: list[int] = []
    order = np.argsort(-own["population"].to_numpy(), kind="stable")
    while len(chosen) < min(wanted, len(own)):
        free = [row for row in order if row not in chosen and (not chosen or between[row, chosen].min() >= spacing)]
        if free:
            chosen.append(free[0])
        spacing *= 0.7
    return _depot_rows(own.iloc[chosen], seed)


def _depots_of(sites: pd.DataFrame, scale: float, seed: int) -> pd.DataFrame:
    """Depots at sites that lie in the middle of those around them, for sites that somebody has landed."""
    from scipy.cluster.vq import kmeans2

    plane = sites[["latitude", "longitude"]].to_numpy(float)
    wanted = min(len(sites), max(1, round(DEPOTS * np.sqrt(scale))))
    centres, _ = kmeans2(plane, wanted, minit="++", rng=generator(seed, "depots of sites"))
    nearest = np.unique(((plane[None] - centres[:, None]) ** 2).sum(axis=2).argmin(axis=1))
    return _depot_rows(sites.iloc[nearest], seed)


def _depot_rows(places: pd.DataFrame, seed: int) -> pd.DataFrame:
    random = generator(seed, "depots")
    number = np.arange(1, len(places) + 1)
    return pd.DataFrame(
        {
            "depot_id": np.char.mod("D%02d", number).astype(object),
            "name": np.char.mod("Sample depot %d", number).astype(object),
            "area_id": places["area_id"].to_numpy(),
            "latitude": places["latitude"].to_numpy(float).round(6),
            "longitude": places["longitude"].to_numpy(float).round(6),
            "capacity_m3": random.integers(8, 25, len(places)) * 100.0,
            "opens_minute": 300,
            "closes_minute": 1320,
        }
    )


def _sites(
    areas: SampleAreas, rate_pct: NDArray[np.float64], depots: pd.DataFrame, scale: float, seed: int
) -> pd.DataFrame:
    """Sites in areas around the depots: more where more people live, fewer the farther away."""
    random = generator(seed, "sites")
    own = areas.smallest
    number = max(8, round(SITES * scale))
    weight = np.sqrt(own["population"].to_numpy()) * np.exp(-_km(own, depots).min(axis=1) / REACH_KM)
    row = np.sort(random.choice(len(own), number, p=weight / weight.sum()))
    points = points_inside(random, own["geometry"].to_numpy(dtype=object)[row])
    people = np.clip(random.lognormal(np.log(350), 0.7, number), 60, 3000).round()
    opens = random.choice([420, 480, 540], number)
    short = random.uniform(size=number) < SHORT_WINDOW_SHARE
    opens = np.where(short, opens + random.choice([0, 120, 240], number), opens)
    rank = np.argsort(np.argsort(-rate_pct[row] + random.normal(0, 5, number)))
    vehicle = random.choice(["pickup", "small_truck", "truck", ""], number, p=[0.04, 0.16, 0.2, 0.6])
    return pd.DataFrame(
        {
            "site_id": np.char.mod("P%04d", np.arange(1, number + 1)).astype(object),
            "name": invented_names(random, number),
            "area_id": own["area_id"].to_numpy()[row],
            "latitude": points[:, 1].round(6),
            "longitude": points[:, 0].round(6),
            "people": people,
            "households": np.maximum(1, (people / PEOPLE_A_HOUSEHOLD).round()),
            "opens_minute": opens,
            "closes_minute": np.where(short, opens + 240, 1080),
            "service_minutes": random.integers(10, 41, number).astype(float),
            "priority": 1 + (5 * rank) // number,
            "largest_vehicle": pd.Series(vehicle).replace("", None),
            "depot_id": None,
        }
    )


def _km(here: pd.DataFrame, there: pd.DataFrame) -> NDArray[np.float64]:
    """Distances between places with `latitude` and `longitude`, shape (n, m), on a plane; good within a country."""
    shrink = np.cos(np.radians(here["latitude"].mean()))
    north = here["latitude"].to_numpy(float)[:, None] - there["latitude"].to_numpy(float)[None]
    east = (here["longitude"].to_numpy(float)[:, None] - there["longitude"].to_numpy(float)[None]) * shrink
    return KM_PER_DEGREE * np.hypot(north, east)
