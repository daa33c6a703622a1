"""Synthetic depots, stock, trucks and deliveries on a conflict's camps and roads, drawn or landed. Draws no camp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import generator
from socialai_assets.ingest.sample.refugee_camps import DAYS, FIRST_DAY, UNLINKED, true_people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from socialai_assets.ingest.sample.refugee_camps import SampleConflict

CAMPS_A_DEPOT = 6
KM_PER_HOUR = 40.0
HOURS_A_WEEK = 50.0
UNREACHED_KM = 1500.0
NO_ITEM, NO_CAMP = "generator_fuel", "C-unknown"
WEEKS_OF_DELIVERIES = 8
STOCK_SHARE = 0.85
"""Of the needs until the next orders are there, this share is in stock: enough for the minimum, not for all."""

# Item, units a person and week, kg a unit, days it keeps; refugees/standards.yaml has the standards themselves.
_ITEMS = [
    ("food_ration", 3.77, 1.0, 180),
    ("soap", 0.23, 0.5, 720),
    ("blanket", 0.02, 1.6, None),
    ("family_tent", 0.005, 55.0, None),
    ("menstrual_kit", 0.03, 0.4, 1080),
    ("health_kit", 0.0000077, 1000.0, 540),
]
_TRUCK = ("large_truck", 25000.0, 60.0, 1.1, 9.0, 60.0)


@dataclass(frozen=True, eq=False)
class ConflictPlaces:
    """Where relief can be kept and is needed, drawn or landed, of one or more conflicts.

    Attributes:
        camps: `camp_id`, `conflict_id`, `people` on the last day known, `as_of` (that day).
        links: `conflict_id`, `from_id`, `to_id`, `km`.
        excluded: places where no depot is put: conflict zones.
    """

    camps: pd.DataFrame
    links: pd.DataFrame
    excluded: frozenset[str]


def drawn_places(conflict: SampleConflict) -> ConflictPlaces:
    """The sample's own conflict on its last day."""
    camps = conflict.camps[conflict.camps["camp_id"] != UNLINKED]
    people = pd.Series(true_people(conflict.truth, np.array([DAYS - 1]))[:, 0], index=conflict.truth["camp_id"])
    zones = conflict.locations[conflict.locations["kind"] == "conflict_zone"]
    return ConflictPlaces(
        camps[["camp_id", "conflict_id"]].assign(
            people=camps["camp_id"].map(people).to_numpy(), as_of=FIRST_DAY + (DAYS - 1)
        ),
        conflict.links,
        frozenset(zones["location_id"]),
    )


def landed_places(tables: Mapping[str, pd.DataFrame]) -> ConflictPlaces:
    """Conflicts that landed, at the end of the last week of each.

    Args:
        tables: `camps`, `links`, `camp_population` and, where there are any, `locations`, as refugees' tables.
    """
    population = tables["camp_population"].sort_values("week_start").drop_duplicates("camp_id", keep="last")
    camps = tables["camps"][["camp_id", "conflict_id"]].merge(
        population[["camp_id", "people", "week_start"]], on="camp_id"
    )
    camps["as_of"] = pd.to_datetime(camps.pop("week_start")) + pd.Timedelta(days=6)
    locations = tables.get("locations")
    zones = [] if locations is None else locations.loc[locations["kind"] == "conflict_zone", "location_id"]
    return ConflictPlaces(camps, tables["links"], frozenset(zones))


def depots(places: ConflictPlaces, seed: int) -> pd.DataFrame:
    """One depot for six camps, at least two a conflict, near most people by road; columns of `raw_relief_depots`."""
    random = generator(seed, "relief depots")
    rows = []
    for conflict_id, camps in places.camps.groupby("conflict_id", sort=True):
        names, km = _road_km(places, str(conflict_id))
        own = camps[camps["camp_id"].isin(names)].sort_values("camp_id")
        free = np.array([place not in places.excluded for place in names])
        if own.empty or not free.any():
            continue
        to_camp = np.minimum(km[:, [names.index(name) for name in own["camp_id"]]], UNREACHED_KM)
        people = own["people"].to_numpy(float) + 1.0
        wanted = min(int(free.sum()), max(2, round(len(own) / CAMPS_A_DEPOT)))
        nearest, chosen = np.full(len(own), UNREACHED_KM), []
        for number in range(1, wanted + 1):
            cost = np.where(free, np.minimum(to_camp, nearest) @ people, np.inf)
            cost[chosen] = np.inf
            best = int(cost.argmin())
            chosen.append(best)
            nearest = np.minimum(nearest, to_camp[best])
            code = f"{conflict_id}:depot-{number}"
            room = 200.0 * np.ceil(people.sum() * 0.05 * random.uniform(0.8, 1.4) / wanted / 200)
            rows.append((code, conflict_id, f"Sample depot at {names[best]}", names[best], room))
    return pd.DataFrame(rows, columns=["depot_id", "conflict_id", "name", "place_id", "capacity_m3"])


def stock(places: ConflictPlaces, drawn: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Two batches on hand and one on order of each item at each depot, with the columns of `raw_relief_stock`."""
    random = generator(seed, "relief stock")
    people = _people_of(places, drawn)
    day_of = _days(places)
    rows = []
    for depot in drawn.itertuples():
        today = day_of[str(depot.conflict_id)]
        for item, per_week, _, keeps in _ITEMS:
            weekly = people[str(depot.depot_id)] * per_week
            for batch in (1, 2):
                expires = None if keeps is None else today + int(keeps * random.uniform(0.05, 0.9))
                on_hand = np.ceil(weekly * STOCK_SHARE * random.uniform(0.6, 1.4))
                rows.append((depot.depot_id, item, f"B{batch}", on_hand, 0.0, None, expires, today))
            arrives = today + int(random.integers(7, 24))
            expires = None if keeps is None else today + 28 + keeps
            quantity = np.ceil(weekly * 2 * STOCK_SHARE * random.uniform(0.7, 1.3))
            rows.append((depot.depot_id, item, "B3", 0.0, quantity, arrives, expires, today))
    if len(drawn):
        rows.append((drawn["depot_id"].iloc[0], NO_ITEM, "B1", 10.0, 0.0, None, None, rows[0][-1]))
    columns = ["depot_id", "item_id", "batch", "on_hand", "on_order", "arrives_on", "expires_on", "as_of"]
    return _dated(pd.DataFrame(rows, columns=columns), ("arrives_on", "expires_on", "as_of"))


def vehicles(places: ConflictPlaces, drawn: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Trucks enough for a depot's share of the week's food by road, more or less; columns of `raw_relief_vehicles`."""
    random = generator(seed, "relief vehicles")
    people, km = _people_of(places, drawn), _mean_km(places, drawn)
    rows = []
    for depot in drawn["depot_id"]:
        hours = 2 * km[depot] / KM_PER_HOUR + 2
        loads = people[depot] * 4.2 / _TRUCK[1]
        number = max(2, int(np.ceil(loads * hours / HOURS_A_WEEK * random.uniform(0.9, 1.5))))
        rows += [(f"{depot}:truck-{i}", depot, *_TRUCK, 360, 960, 60, 45, 3) for i in range(1, number + 1)]
    columns = ["vehicle_id", "depot_id", "vehicle_type", "capacity_kg", "capacity_m3", "cost_per_km_usd"]
    columns += ["cost_per_hour_usd", "fixed_cost_usd", "shift_start_minute", "shift_end_minute", "overtime_minutes"]
    return pd.DataFrame(rows, columns=[*columns, "break_minutes", "most_trips"])


def deliveries(places: ConflictPlaces, drawn: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Eight weeks of food and soap planned and made, one in twelve not; columns of `raw_relief_deliveries`."""
    random = generator(seed, "relief deliveries")
    day_of, depot_of = _days(places), _nearest(places, drawn)
    rows = []
    for camp in places.camps[places.camps["camp_id"].isin(depot_of)].sort_values("camp_id").itertuples():
        for week in range(WEEKS_OF_DELIVERIES, 0, -1):
            for item, per_week, kg, _ in _ITEMS[:2]:
                day = day_of[str(camp.conflict_id)] - 7 * week + int(random.integers(0, 5))
                planned = np.ceil(float(camp.people) * per_week * random.uniform(0.6, 1.0))  # type: ignore[arg-type]
                made = random.uniform() >= 1 / 12
                given = np.ceil(planned * (1.0 if random.uniform() < 0.8 else random.uniform(0.5, 0.9)))
                cost = round(float(given * kg * random.uniform(0.03, 0.12)), 2)
                done = (day + int(random.integers(0, 3)), planned, given, cost) if made else (None, planned, None, None)
                rows.append((camp.camp_id, item, depot_of[str(camp.camp_id)], day, *done, None))
    if rows:
        rows.append((NO_CAMP, *rows[0][1:]))
    columns = ["camp_id", "item_id", "depot_id", "planned_on", "delivered_on", "planned_quantity"]
    columns += ["delivered_quantity", "cost_usd", "vehicle_id"]
    table = _dated(pd.DataFrame(rows, columns=columns), ("planned_on", "delivered_on"))
    table.insert(0, "delivery_id", [f"RD{number:05}" for number in range(1, len(table) + 1)])
    numbers = dict.fromkeys(("planned_quantity", "delivered_quantity", "cost_usd"), float)
    return table.astype(numbers)


def _road_km(places: ConflictPlaces, conflict_id: str) -> tuple[list[str], NDArray[np.float64]]:
    """The places of a conflict that roads join, and kilometres among them, infinite where no road leads."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    links = places.links[places.links["conflict_id"] == conflict_id]
    names = sorted({*links["from_id"], *links["to_id"]})
    at = {name: number for number, name in enumerate(names)}
    ends = links["from_id"].map(at), links["to_id"].map(at)
    shortest = links.assign(a=np.minimum(*ends), b=np.maximum(*ends)).groupby(["a", "b"])["km"].min().reset_index()
    roads = coo_matrix((shortest["km"], (shortest["a"], shortest["b"])), shape=(len(names), len(names)))
    return names, dijkstra(roads.tocsr(), directed=False)


def _depot_km(places: ConflictPlaces, drawn: pd.DataFrame) -> pd.DataFrame:
    """`depot_id`, `camp_id`, `people`, `km` of every depot and camp that roads join."""
    parts = []
    for conflict_id, own in drawn.groupby("conflict_id", sort=True):
        names, km = _road_km(places, str(conflict_id))
        camps = places.camps[(places.camps["conflict_id"] == conflict_id) & places.camps["camp_id"].isin(names)]
        for depot in own[own["place_id"].isin(names)].itertuples():
            way = km[names.index(str(depot.place_id)), [names.index(name) for name in camps["camp_id"]]]
            parts.append(camps[["camp_id", "people"]].assign(depot_id=depot.depot_id, km=way))
    every = pd.concat(parts) if parts else pd.DataFrame(columns=["camp_id", "people", "depot_id", "km"])
    return every[np.isfinite(every["km"].astype(float))]


def _nearest_rows(places: ConflictPlaces, drawn: pd.DataFrame) -> pd.DataFrame:
    ways = _depot_km(places, drawn).sort_values(["camp_id", "km", "depot_id"])
    return ways.drop_duplicates("camp_id")


def _nearest(places: ConflictPlaces, drawn: pd.DataFrame) -> dict[str, str]:
    rows = _nearest_rows(places, drawn)
    return dict(zip(rows["camp_id"], rows["depot_id"], strict=True))


def _people_of(places: ConflictPlaces, drawn: pd.DataFrame) -> dict[str, float]:
    people = _nearest_rows(places, drawn).groupby("depot_id")["people"].sum()
    return {str(depot): max(float(people.get(depot, 0.0)), 200.0) for depot in drawn["depot_id"]}


def _mean_km(places: ConflictPlaces, drawn: pd.DataFrame) -> dict[str, float]:
    km = _nearest_rows(places, drawn).groupby("depot_id")["km"].mean()
    return {str(depot): float(km.get(depot, 100.0)) for depot in drawn["depot_id"]}


def _days(places: ConflictPlaces) -> dict[str, np.datetime64]:
    last = pd.to_datetime(places.camps["as_of"]).groupby(places.camps["conflict_id"]).max()
    return {str(name): np.datetime64(day, "D") for name, day in last.items()}


def _dated(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    return table.assign(**{name: pd.to_datetime(table[name]).astype("datetime64[s]") for name in names})
