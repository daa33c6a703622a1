"""Refugees' tables as a problem of sharing relief among a conflict's camps. Pure: reads no lake, plans nothing.

Periods are weeks from the first that is forecast. A road that is closed on a day of a week is not used in that week.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods.allocation.frames import stock_batches
from socialai_assets.methods.allocation.problem import AllocationProblem
from socialai_assets.methods.quantile_draws import draws_from_quantiles, related_uniforms
from socialai_assets.methods.routing.problem import NO_ROAD
from socialai_assets.methods.routing.travel import from_links
from socialai_assets.refugees.arrival_forecasting import QUANTILE_COLUMNS
from socialai_assets.refugees.arrival_serving import LEVELS
from socialai_assets.refugees.needs_tables import CampGroups, item_share, people_at, units_needed
from socialai_assets.refugees.standards import Standards
from socialai_assets.refugees.supply_settings import SupplySettings

WEEK, DAY = datetime.timedelta(weeks=1), datetime.timedelta(days=1)


@dataclass(frozen=True)
class SupplyTables:
    """What plans rest on; columns as in the contracts of the same name.

    Attributes:
        population: `camp_id`, `people` before the first week that is planned.
    """

    camps: pd.DataFrame
    population: pd.DataFrame
    links: pd.DataFrame
    closures: pd.DataFrame
    items: pd.DataFrame
    depots: pd.DataFrame
    stock: pd.DataFrame
    vehicles: pd.DataFrame

    def of(self, conflict_id: str) -> SupplyTables:
        """What concerns one conflict."""
        own = {
            name: frame[frame["conflict_id"] == conflict_id]
            for name, frame in vars(self).items()
            if "conflict_id" in frame
        }
        depots = own["depots"]["depot_id"]
        return SupplyTables(
            **{
                **vars(self),
                **own,
                "stock": self.stock[self.stock["depot_id"].isin(depots)],
                "vehicles": self.vehicles[self.vehicles["depot_id"].isin(depots)],
            }
        )


@dataclass(frozen=True)
class PeopleAhead:
    """Who is expected in the camps of one conflict.

    Attributes:
        camps: P of them.
        starts: T Mondays.
        drawn: (S, P, T) people in scenarios.
        high: (P, T) people that minimums of what is consumed are set for.
        median: (P, T) people at the median.
        before: (P,) people in the week before.
    """

    camps: tuple[str, ...]
    starts: tuple[datetime.date, ...]
    drawn: np.ndarray
    high: np.ndarray
    median: np.ndarray
    before: np.ndarray


@dataclass(frozen=True)
class SupplyCase:
    """A problem with what its arrays stand for.

    Attributes:
        km: (L,) length of each link.
        is_synthetic: whether any input was made by the sample generator.
    """

    conflict_id: str
    problem: AllocationProblem
    starts: tuple[datetime.date, ...]
    km: np.ndarray
    is_synthetic: bool


def closed_on(closures: pd.DataFrame, first: datetime.date, last: datetime.date) -> set[tuple[str, str]]:
    """Both ends of each road that is closed on a day from `first` to `last`; `closures` as in the contract."""
    since = pd.to_datetime(closures["closed_from"])
    until = pd.to_datetime(closures["closed_until"]).fillna(pd.Timestamp.max)
    shut = closures[(since <= pd.Timestamp(last)) & (until >= pd.Timestamp(first))]
    return set(zip(shut["from_id"], shut["to_id"], strict=True))


def open_roads(links: pd.DataFrame, closed: set[tuple[str, str]], kilometres_per_hour: float) -> pd.DataFrame:
    """`from_id`, `to_id`, `km`, `minutes` of the roads that are not closed."""
    shut = np.array([pair in closed for pair in zip(links["from_id"], links["to_id"], strict=True)], dtype=bool)
    roads = links.loc[~shut, ["from_id", "to_id", "km"]]
    return roads.assign(minutes=60 * roads["km"] / kilometres_per_hour)


def depot_ways(
    tables: SupplyTables, camps: list[str], starts: tuple[datetime.date, ...], settings: SupplySettings
) -> pd.DataFrame:
    """Ways from depots to camps: a row for each length that a way has in some week.

    Returns:
        `depot`, `place` (numbers, depots by `depot_id`), `km`, `open` (a tuple of booleans, one a week); a way that is
        closed in all weeks has its length by open roads and is never open.
    """
    depots = tables.depots.sort_values("depot_id")
    names = [*depots["place_id"], *camps]
    unique = list(dict.fromkeys(names))
    where = np.array([unique.index(name) for name in names])
    here, there = where[: len(depots)], where[len(depots) :]

    def lengths(closed: set[tuple[str, str]]) -> np.ndarray:
        travel = from_links(open_roads(tables.links, closed, settings.kilometres_per_hour), unique)
        metres = travel.metres[np.ix_(here, there)].astype(float)
        return np.where(metres >= NO_ROAD, np.inf, metres / 1000)

    free = lengths(set())
    weekly = np.stack([lengths(closed_on(tables.closures, day, day + WEEK - DAY)) for day in starts])
    usual = np.where(np.isfinite(weekly).any(axis=0), np.where(np.isfinite(weekly), weekly, np.inf).min(axis=0), free)
    # Where trucks are known at all, a depot without one sends nothing.
    lacks = np.zeros(len(depots), dtype=bool)
    if len(tables.vehicles):
        lacks = ~depots["depot_id"].isin(tables.vehicles["depot_id"]).to_numpy()
    usual = np.where(lacks[:, None], np.inf, usual)
    rank = np.argsort(np.argsort(usual, axis=0, kind="stable"), axis=0, kind="stable")
    wanted = np.isfinite(usual) & (rank < settings.depots_per_camp) & (usual <= settings.most_km)
    rows = []
    for depot, place in np.argwhere(wanted).tolist():
        own = weekly[:, depot, place]
        found = sorted({float(km) for km in own if np.isfinite(km) and km <= settings.most_km})
        for km in found or [float(free[depot, place])]:
            rows.append((depot, place, km, tuple((own == km).tolist())))
    return pd.DataFrame(rows, columns=["depot", "place", "km", "open"])


def drawn_people(forecasts: pd.DataFrame, camps: list[str], weeks: int, settings: SupplySettings) -> np.ndarray:
    """(S, P, T) people in scenarios: a camp is as far above or below its median in all weeks, camps are related.

    Args:
        forecasts: as `refugees.population_forecasts`, of one conflict.
        camps: P of them.
        weeks: T, from horizon 1.
        settings: how many scenarios, how related.
    """
    uniforms = related_uniforms(
        settings.scenarios, np.zeros(len(camps)), shared=settings.correlation, seed=settings.seed
    )
    drawn = np.zeros((settings.scenarios, len(camps), weeks))
    for place, camp_id in enumerate(camps):
        own = forecasts[forecasts["camp_id"] == camp_id].sort_values("horizon").head(weeks)
        values = own[list(QUANTILE_COLUMNS)].to_numpy(float)
        drawn[:, place] = draws_from_quantiles(LEVELS, values, np.repeat(uniforms[:, [place]], weeks, axis=1))
    return drawn


def supply_case(
    tables: SupplyTables,
    conflict_id: str,
    forecasts: pd.DataFrame,
    groups: CampGroups,
    standards: Standards,
    settings: SupplySettings,
) -> SupplyCase | None:
    """The problem of a conflict's first weeks that are forecast; None where there is nothing to share or nobody.

    Args:
        tables: what is known.
        conflict_id: the conflict.
        forecasts: as `refugees.population_forecasts`.
        groups: who lives in the camps.
        standards: what they need.
        settings: how many weeks, scenarios and so on.
    """
    own = tables.of(conflict_id)
    rows = forecasts[(forecasts["conflict_id"] == conflict_id) & (forecasts["horizon"] <= settings.weeks)]
    known = set(own.camps["camp_id"])
    counted = rows.groupby("camp_id")["horizon"].count()
    camps = sorted(str(camp) for camp, weeks in counted.items() if weeks == settings.weeks and camp in known)
    items = carried(own.items)
    if not camps or own.depots.empty or items.empty:
        return None
    first = pd.to_datetime(rows["week_start"]).min().date()
    rows = rows[rows["camp_id"].isin(camps)].sort_values(["camp_id", "horizon"])
    shape = (len(camps), settings.weeks)
    people = PeopleAhead(
        tuple(camps),
        tuple(first + WEEK * week for week in range(settings.weeks)),
        drawn_people(rows, camps, settings.weeks, settings),
        people_at(rows, standards.planning.minimum_level).to_numpy().reshape(shape),
        rows["q500"].to_numpy(float).reshape(shape),
        own.population.set_index("camp_id")["people"].reindex(camps).fillna(0.0).to_numpy(),
    )
    depots = own.depots.sort_values("depot_id", ignore_index=True)
    batches = stock_batches(own.stock, depots, items, first, settings.weeks)
    problem, km = supply_problem(own, people, batches, groups, standards, settings)
    synthetic = any_synthetic(*vars(own).values())
    return SupplyCase(conflict_id, problem, people.starts, km, synthetic or bool(rows["is_synthetic"].any()))


def carried(items: pd.DataFrame) -> pd.DataFrame:
    """The items that trucks carry, in the order of a problem's items."""
    return items[items["is_carried"]].sort_values("item_id", ignore_index=True)


def supply_problem(
    own: SupplyTables,
    people: PeopleAhead,
    batches: pd.DataFrame,
    groups: CampGroups,
    standards: Standards,
    settings: SupplySettings,
) -> tuple[AllocationProblem, np.ndarray]:
    """The problem of one conflict's tables for people who are expected, and the length of each link in km.

    Args:
        own: tables of one conflict.
        people: whom it is for.
        batches: as `stock_batches` returns them.
        groups: who lives in the camps.
        standards: what they need.
        settings: speed, hours, limits.
    """
    items, depots = carried(own.items), own.depots.sort_values("depot_id", ignore_index=True)
    camps, weeks = list(people.camps), len(people.starts)
    # What is issued goes to those who have come, so it is planned at the median: more of it can wait until they do.
    consumed = np.array([standards.items[item_id].use == "consumed" for item_id in items["item_id"]])[:, None]
    drawn, high, median = (
        np.stack(_per_item(standards, items, groups, camps, level, people.before), axis=-2)
        for level in (people.drawn, people.high, people.median)
    )
    demand = np.where(consumed, drawn, median)
    least = np.where(consumed, high, median)
    ways = depot_ways(own, camps, people.starts, settings)
    link_depot, km = ways["depot"].to_numpy(dtype=int), ways["km"].to_numpy(dtype=float)
    hours, cost = unit_hours_and_costs(own.vehicles, depots, items, link_depot, km, settings)
    free = np.full((len(depots), weeks), np.inf)
    problem = AllocationProblem(
        places=people.camps,
        items=tuple(items["item_id"]),
        depots=tuple(depots["depot_id"]),
        people=people.median.mean(axis=1),
        demand=demand,
        minimum=standards.planning.minimum_share * least,
        priority=np.ones(len(camps)),
        link_depot=link_depot,
        link_place=ways["place"].to_numpy(dtype=int),
        link_cost=cost,
        batch_depot=batches["depot"].to_numpy(dtype=int),
        batch_item=batches["item"].to_numpy(dtype=int),
        batch_quantity=batches["quantity"].to_numpy(dtype=float),
        batch_arrives=batches["arrives"].to_numpy(dtype=int),
        batch_expires=batches["expires"].to_numpy(dtype=int),
        weight_kg=items["weight_kg"].fillna(0).to_numpy(dtype=float),
        volume_m3=items["volume_m3"].fillna(0).to_numpy(dtype=float),
        vehicle_kg=free,
        vehicle_m3=free,
        storage_m3=depots["capacity_m3"].astype(float).fillna(np.inf).to_numpy(),
        budget=np.inf if settings.budget_usd is None else settings.budget_usd,
        whole=np.zeros(len(items), dtype=bool),
        item_weight=np.ones(len(items)),
        link_open=np.array(ways["open"].tolist(), dtype=bool).reshape(len(ways), weeks),
        link_hours=hours,
        vehicle_hours=np.repeat(weekly_hours(own.vehicles, depots, settings)[:, None], weeks, axis=1),
    )
    return problem, km


def weekly_hours(vehicles: pd.DataFrame, depots: pd.DataFrame, settings: SupplySettings) -> np.ndarray:
    """(D,) hours that a depot's trucks can be on the road and loading in a week; not limited where none is known."""
    if vehicles.empty:
        return np.full(len(depots), np.inf)
    shift = (vehicles["shift_end_minute"] - vehicles["shift_start_minute"] - vehicles["break_minutes"]) / 60
    hours = (shift.clip(lower=0) * settings.delivery_days * settings.load_share).groupby(vehicles["depot_id"]).sum()
    return hours.reindex(depots["depot_id"]).fillna(0.0).to_numpy(dtype=float)


def unit_hours_and_costs(
    vehicles: pd.DataFrame,
    depots: pd.DataFrame,
    items: pd.DataFrame,
    link_depot: np.ndarray,
    km: np.ndarray,
    settings: SupplySettings,
) -> tuple[np.ndarray, np.ndarray]:
    """(L, I) truck hours and USD of a unit: a trip there and back by the depot's mean truck, shared by a full load."""
    hours, cost = np.zeros((len(km), len(items))), np.zeros((len(km), len(items)))
    weight, volume = (items[name].fillna(0).to_numpy(dtype=float) for name in ("weight_kg", "volume_m3"))
    names = ["capacity_kg", "capacity_m3", "cost_per_km_usd", "cost_per_hour_usd"]
    means: Mapping[str, pd.Series] = dict(vehicles.groupby("depot_id")[names].mean().iterrows())  # type: ignore[arg-type]
    for number, depot_id in enumerate(depots["depot_id"]):
        own = link_depot == number
        truck = means.get(depot_id)
        if truck is None or not (truck["capacity_kg"] > 0 and truck["capacity_m3"] > 0):
            continue
        load = np.maximum(weight / truck["capacity_kg"], volume / truck["capacity_m3"])
        trip = 2 * km[own] / settings.kilometres_per_hour + settings.loading_hours
        hours[own] = trip[:, None] * load
        cost[own] = (2 * km[own] * truck["cost_per_km_usd"] + trip * truck["cost_per_hour_usd"])[:, None] * load
    return hours, cost


def _per_item(
    standards: Standards,
    items: pd.DataFrame,
    groups: CampGroups,
    camps: list[str],
    people: np.ndarray,
    before: np.ndarray,
) -> list[np.ndarray]:
    """(..., P, T) units of each item for people of the same shape."""
    by_item = []
    for item_id in items["item_id"]:
        item = standards.items[item_id]
        units = np.empty_like(people)
        for place, camp_id in enumerate(camps):
            share = item_share(item, groups.of(camp_id))
            units[..., place, :] = units_needed(item, share, people[..., place, :], before[place])[1]
        by_item.append(units)
    return by_item
