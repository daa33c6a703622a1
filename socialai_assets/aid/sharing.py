"""Aid's tables as a problem of sharing the stock. Pure: reads no lake, knows no Dagster, plans nothing.

Periods are weeks from the first week that demand is forecast for. What arrives within a week can be sent from the next
one on; a batch can be sent in weeks that end by its last day.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from socialai_assets.aid.sharing_settings import SharingSettings
from socialai_assets.aid.site_links import site_links, travel_source
from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods.allocation.frames import stock_batches as stock_batches
from socialai_assets.methods.allocation.problem import AllocationProblem
from socialai_assets.methods.quantile_draws import draws_from_quantiles, related_uniforms
from socialai_assets.methods.routing.settings import TravelSettings

LEVELS = {
    "q025": 0.025, "q050": 0.05, "q100": 0.1, "q200": 0.2, "q500": 0.5,
    "q800": 0.8, "q900": 0.9, "q950": 0.95, "q975": 0.975,
}  # fmt: skip
RECENT_WEEKS = 26
_POVERTY_LEVELS = np.array([0.05, 0.5, 0.95])


@dataclass(frozen=True)
class AidTables:
    """What sharing rests on; columns as in the contracts of the same name.

    Attributes:
        travel: where ways come from, as for routes.
    """

    sites: pd.DataFrame
    items: pd.DataFrame
    depots: pd.DataFrame
    vehicles: pd.DataFrame
    stock: pd.DataFrame
    travel_times: pd.DataFrame
    poverty: pd.DataFrame
    road_links: pd.DataFrame
    travel: TravelSettings = field(default_factory=TravelSettings)

    @property
    def is_synthetic(self) -> bool:
        """Whether any row was made by the sample generator."""
        tables = (self.sites, self.items, self.depots, self.vehicles, self.stock, self.poverty)
        return any_synthetic(*tables, self.travel_times, self.road_links)


@dataclass(frozen=True)
class SharingCase:
    """A problem with what its arrays stand for, and where its ways come from."""

    problem: AllocationProblem
    sites: pd.DataFrame
    starts: tuple[datetime.date, ...]
    travel_source: str


def recent_quantiles(history: pd.DataFrame, weeks: int, start: datetime.date | None = None) -> pd.DataFrame:
    """Demand of the next weeks by the quantiles of the reported recent ones, as `aid.demand_forecasts` has it.

    Args:
        history: `aid.demand_history`; sites and weeks of it are used.
        weeks: how many are forecast.
        start: first of them; what the history says of it and later is not looked at. By default the week after its
            last.
    """
    weekly = history[(history["place_kind"] == "site") & (history["period"] == "week")]
    columns = ["place_id", "place_kind", "level", "item_id", "period_start", "horizon", *LEVELS, "model", "is_baseline"]
    if weekly.empty:
        return pd.DataFrame(columns=columns)
    day = pd.to_datetime(weekly["period_start"])
    first = pd.Timestamp(start) if start else day.max() + pd.Timedelta(weeks=1)
    known = weekly[(day < first) & (day >= first - pd.Timedelta(weeks=RECENT_WEEKS)) & weekly["is_reported"]]
    found = known.groupby(["place_id", "item_id"])["quantity"].quantile(list(LEVELS.values())).unstack()
    found.columns = list(LEVELS)
    rows = found.reset_index().merge(pd.DataFrame({"horizon": np.arange(1, weeks + 1)}), how="cross")
    rows["period_start"] = (first + pd.to_timedelta(7 * (rows["horizon"] - 1), unit="D")).dt.date
    return rows.assign(place_kind="site", level="site", model="recent weeks", is_baseline=True)[columns]


def coming_quantiles(forecasts: pd.DataFrame, history: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Demand of the next weeks at sites: as forecast, and by recent weeks where a site's item has no forecast.

    Args:
        forecasts: `aid.demand_forecasts`; its weekly forecasts of sites are used.
        history: `aid.demand_history`.
        weeks: how many are wanted.
    """
    served = forecasts[(forecasts["level"] == "site") & (forecasts["period"] == "week")]
    if served.empty:
        return recent_quantiles(history, weeks)
    first = pd.to_datetime(served["period_start"]).min().date()
    recent = recent_quantiles(history, weeks, first)
    key = ["place_id", "item_id", "horizon"]
    known = pd.MultiIndex.from_frame(served[key])
    missing = recent[~pd.MultiIndex.from_frame(recent[key]).isin(known)]
    columns = ["place_id", "place_kind", "item_id", "period_start", "horizon", *LEVELS]
    return pd.concat([served.loc[served["horizon"] <= weeks, columns], missing[columns]], ignore_index=True)


def sharing_case(
    tables: AidTables, forecasts: pd.DataFrame, settings: SharingSettings, *, stock_day: datetime.date | None = None
) -> SharingCase | None:
    """The problem of the first weeks that are forecast; None where nothing is there to share or to share it for.

    Args:
        tables: what is known.
        forecasts: columns as `recent_quantiles` returns them.
        settings: how many weeks, scenarios and so on.
        stock_day: day the stock counts as of; by default the first day of the plan.
    """
    carried = tables.items[tables.items["is_carried"] & tables.items["item_id"].isin(forecasts["item_id"])]
    items = carried.sort_values("item_id", ignore_index=True)
    wanted = forecasts[forecasts["place_kind"].eq("site") & forecasts["item_id"].isin(items["item_id"])]
    wanted = wanted[wanted["horizon"] <= settings.weeks]
    sites = tables.sites[(tables.sites["people"] > 0) & tables.sites["site_id"].isin(wanted["place_id"])]
    sites = sites.sort_values("site_id", ignore_index=True)
    depots = tables.depots.sort_values("depot_id", ignore_index=True)
    if sites.empty or items.empty or depots.empty:
        return None
    first = min(pd.to_datetime(wanted["period_start"])).date()
    starts = tuple(first + datetime.timedelta(weeks=week) for week in range(settings.weeks))
    demand = _demand(wanted, sites, items, starts, settings)
    reliable = np.quantile(demand, settings.minimum_reliability, axis=0)
    links = site_links(replace(tables, sites=sites, depots=depots), settings, first)
    batches = stock_batches(tables.stock, depots, items, stock_day or first, settings.weeks)
    kg, m3 = _vehicle_loads(tables.vehicles, depots, settings)
    problem = AllocationProblem(
        places=tuple(sites["site_id"]),
        items=tuple(items["item_id"]),
        depots=tuple(depots["depot_id"]),
        people=sites["people"].to_numpy(dtype=float),
        demand=demand,
        minimum=settings.minimum_coverage * reliable,
        priority=_priority(sites, tables.poverty, settings),
        link_depot=links["depot"].to_numpy(dtype=int),
        link_place=links["place"].to_numpy(dtype=int),
        link_cost=_unit_costs(links, depots, items, tables.vehicles),
        batch_depot=batches["depot"].to_numpy(dtype=int),
        batch_item=batches["item"].to_numpy(dtype=int),
        batch_quantity=batches["quantity"].to_numpy(dtype=float),
        batch_arrives=batches["arrives"].to_numpy(dtype=int),
        batch_expires=batches["expires"].to_numpy(dtype=int),
        weight_kg=items["weight_kg"].fillna(0).to_numpy(dtype=float),
        volume_m3=items["volume_m3"].fillna(0).to_numpy(dtype=float),
        vehicle_kg=np.repeat(kg[:, None], settings.weeks, axis=1),
        vehicle_m3=np.repeat(m3[:, None], settings.weeks, axis=1),
        storage_m3=depots["capacity_m3"].astype(float).fillna(np.inf).to_numpy(),
        budget=np.inf if settings.budget_usd is None else settings.budget_usd,
        whole=np.zeros(len(items), dtype=bool),
        item_weight=np.ones(len(items)),
    )
    return SharingCase(problem, sites, starts, travel_source(links))


def _demand(
    wanted: pd.DataFrame,
    sites: pd.DataFrame,
    items: pd.DataFrame,
    starts: tuple[datetime.date, ...],
    settings: SharingSettings,
) -> np.ndarray:
    """(S, P, I, T) scenarios drawn from the quantiles; places of a province are related."""
    place = wanted["place_id"].map({name: row for row, name in enumerate(sites["site_id"])})
    item = wanted["item_id"].map({name: row for row, name in enumerate(items["item_id"])})
    week = pd.to_datetime(wanted["period_start"]).dt.date.map({day: row for row, day in enumerate(starts)})
    known = (place.notna() & item.notna() & week.notna()).to_numpy()
    rows = wanted[known]
    at = tuple(column[known].to_numpy(dtype=int) for column in (place, item, week))
    province = sites["admin2_id"].fillna("").to_numpy()[at[0]] if len(rows) else np.array([])
    uniforms = related_uniforms(settings.scenarios, province, shared=settings.correlation, seed=settings.seed)
    drawn = draws_from_quantiles(
        np.array(list(LEVELS.values())), rows[list(LEVELS)].to_numpy(dtype=float).clip(min=0), uniforms
    )
    demand = np.zeros((settings.scenarios, len(sites), len(items), len(starts)))
    demand[(slice(None), *at)] = drawn
    return demand


def _priority(sites: pd.DataFrame, poverty: pd.DataFrame, settings: SharingSettings) -> np.ndarray:
    """(S, P) weight of a person: by the site's priority, and by poverty drawn from its interval."""
    figures = poverty.set_index("area_id")[["lower", "estimate", "upper"]]
    rates = figures.reindex(sites["area_id"]).to_numpy(dtype=float)
    # Where poverty is not estimated, an area is as poor, and as uncertain, as the mean.
    rates = np.where(np.isfinite(rates), rates, figures.mean().to_numpy() if len(figures) else 0.0)
    uniforms = related_uniforms(
        settings.scenarios,
        sites["admin2_id"].fillna("").to_numpy(),
        shared=settings.correlation,
        seed=settings.seed + 1,
    )
    poor = draws_from_quantiles(_POVERTY_LEVELS, rates / 100, uniforms).clip(max=1.0)
    step = 1 + settings.priority_step * (3 - sites["priority"].to_numpy(dtype=float))
    return (1 + settings.poverty_weight * poor) * step


def _vehicle_loads(
    vehicles: pd.DataFrame, depots: pd.DataFrame, settings: SharingSettings
) -> tuple[np.ndarray, np.ndarray]:
    """(D,) kg and m3 that a depot's vehicles carry in a week; not limited where no vehicle is known at all."""
    if vehicles.empty:
        return np.full(len(depots), np.inf), np.full(len(depots), np.inf)
    trips = vehicles["most_trips"] * settings.delivery_days * settings.load_share
    loads = [(vehicles[name] * trips).groupby(vehicles["depot_id"]).sum() for name in ("capacity_kg", "capacity_m3")]
    kg, m3 = (load.reindex(depots["depot_id"]).fillna(0).to_numpy(dtype=float) for load in loads)
    return kg, m3


def _unit_costs(links: pd.DataFrame, depots: pd.DataFrame, items: pd.DataFrame, vehicles: pd.DataFrame) -> np.ndarray:
    """(L, I) USD a unit: there and back by the depot's cheapest vehicle, a full load's cost shared by its units."""
    costs = np.zeros((len(links), len(items)))
    best = np.full(costs.shape, np.inf)
    depot = depots["depot_id"].to_numpy()[links["depot"].to_numpy()]
    kg, m3 = (items[name].fillna(0).to_numpy(dtype=float) for name in ("weight_kg", "volume_m3"))
    for row in vehicles.itertuples():
        own = depot == row.depot_id
        way = 2 * (links["km"] * row.cost_per_km_usd + links["minutes"] / 60 * row.cost_per_hour_usd).to_numpy()
        if row.capacity_kg > 0 and row.capacity_m3 > 0:  # pyright: ignore[reportOperatorIssue]
            share = np.maximum(kg / row.capacity_kg, m3 / row.capacity_m3)  # pyright: ignore[reportOperatorIssue]
            best[own] = np.minimum(best[own], way[own, None] * share)
    return np.where(np.isfinite(best), best, costs)
