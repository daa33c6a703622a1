"""Order levels of depots, and order rules run over the history, as tables. The methods are in methods/inventory.py."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.aid.sharing import LEVELS, AidTables
from socialai_assets.aid.sharing_settings import InventorySettings, SharingSettings
from socialai_assets.aid.site_links import site_links
from socialai_assets.methods.inventory import (
    average_use_levels,
    order_policy,
    quantile_levels,
    simulate_stock,
)
from socialai_assets.methods.quantile_draws import draws_from_quantiles, related_uniforms

QUANTILE, AVERAGE_USE = "quantile of demand", "average use"


def serving_depots(tables: AidTables, sharing: SharingSettings) -> pd.Series:
    """Depot of each site, by `site_id`: the one laid down, or the nearest; sites that none reaches are missing."""
    links = site_links(tables, sharing)
    nearest = links.sort_values(["place", "km"]).drop_duplicates("place")
    return pd.Series(
        tables.depots["depot_id"].to_numpy()[nearest["depot"].to_numpy(dtype=int)],
        index=tables.sites["site_id"].to_numpy()[nearest["place"].to_numpy(dtype=int)],
    )


def policy_table(
    tables: AidTables,
    forecasts: pd.DataFrame,
    history: pd.DataFrame,
    sharing: SharingSettings,
    inventory: InventorySettings,
) -> pd.DataFrame:
    """`InventoryPolicy` without its scenario's columns; forecasts end no earlier than the longest interval does."""
    depot_of = serving_depots(tables, sharing)
    carried = tables.items[tables.items["is_carried"]].set_index("item_id")
    longest = max(inventory.lead_time_weeks) + inventory.review_weeks
    rows = forecasts[forecasts["item_id"].isin(carried.index) & forecasts["place_id"].isin(depot_of.index)]
    rows = rows[rows["horizon"] <= longest]
    if rows.empty:
        return pd.DataFrame()
    depot = rows["place_id"].map(depot_of)
    key = pd.MultiIndex.from_arrays([depot, rows["item_id"]], names=["depot_id", "item_id"])
    stores, store = np.unique(key.to_numpy(), return_inverse=True)
    drawn = draws_from_quantiles(
        np.array(list(LEVELS.values())),
        rows[list(LEVELS)].to_numpy(dtype=float).clip(min=0),
        related_uniforms(inventory.draws, depot.to_numpy(), shared=sharing.correlation, seed=inventory.seed),
    )
    week = rows["horizon"].to_numpy(dtype=int) - 1
    paths = np.zeros((inventory.draws, len(stores) * longest))
    for number in range(inventory.draws):
        paths[number] = np.bincount(store * longest + week, drawn[number], minlength=paths.shape[1])
    paths = paths.reshape(inventory.draws, len(stores), longest)
    generator = np.random.default_rng(inventory.seed)
    lead = generator.choice(np.array(inventory.lead_time_weeks), (inventory.draws, len(stores)))
    table = pd.DataFrame(stores.tolist(), columns=["depot_id", "item_id"])
    life = _weeks_kept(carried, table["item_id"])
    policy = order_policy(
        paths, lead, review=inventory.review_weeks, service_level=inventory.service_level, shelf_life=life
    )
    held = tables.stock.groupby(["depot_id", "item_id"])[["on_hand", "on_order"]].sum()
    table = table.join(held, on=["depot_id", "item_id"]).fillna({"on_hand": 0.0, "on_order": 0.0})
    position = table["on_hand"] + table["on_order"]
    demand = store_demand(history, depot_of, set(carried.index))
    average = {
        name: average_use_levels(
            np.append(series, np.nan)[None],
            window=inventory.average_use_weeks,
            cover=inventory.average_use_cover_weeks,
        )[0, -1]
        for name, series in demand.items()
    }
    names = list(zip(table["depot_id"], table["item_id"], strict=True))
    return table.assign(
        expected_demand=policy.expected_demand,
        safety_stock=policy.safety_stock,
        reorder_point=policy.reorder_point,
        order_up_to=policy.order_up_to,
        order_quantity=np.where(position <= policy.reorder_point, np.maximum(policy.order_up_to - position, 0), 0.0),
        expected_shortage=policy.expected_shortage,
        expected_waste=policy.expected_waste,
        average_use_level=[average.get(name, np.nan) for name in names],
        service_level=inventory.service_level,
    )


def simulation_table(
    tables: AidTables, history: pd.DataFrame, sharing: SharingSettings, inventory: InventorySettings
) -> pd.DataFrame:
    """`InventorySimulation` without its scenario's columns."""
    weekly = history[history["period"] == "week"]
    carried = tables.items[tables.items["is_carried"]]
    depots = store_demand(weekly, serving_depots(tables, sharing), set(carried["item_id"]))
    areas = weekly[weekly["place_kind"] == "area"]
    parts = [
        _simulated("depot", depots, tables.items.set_index("item_id"), inventory),
        _simulated("area", _series(areas, areas["place_id"]), tables.items.set_index("item_id"), inventory),
    ]
    return pd.concat(parts, ignore_index=True)


def store_demand(history: pd.DataFrame, depot_of: pd.Series, items: set[str]) -> dict[tuple[str, str], np.ndarray]:
    """Weekly demand of each depot and item, (T,), from its sites; NaN where under half of it was reported.

    A week's sum is raised by what the sites that did not report have on average.
    """
    weekly = history[
        (history["place_kind"] == "site")
        & (history["period"] == "week")
        & history["place_id"].isin(depot_of.index)
        & history["item_id"].isin(items)
    ]
    return _series(weekly, weekly["place_id"].map(depot_of))


def _series(weekly: pd.DataFrame, store: pd.Series) -> dict[tuple[str, str], np.ndarray]:
    if weekly.empty:
        return {}
    frame = weekly.assign(store=store.to_numpy(), day=pd.to_datetime(weekly["period_start"]))
    frame["usual"] = frame.groupby(["place_id", "item_id"])["quantity"].transform("mean")
    frame["reported"] = frame["usual"].where(frame["quantity"].notna(), 0.0)
    sums = frame.groupby(["store", "item_id", "day"])[["quantity", "usual", "reported"]].sum()
    part = (sums["reported"] / sums["usual"]).where(sums["usual"] > 0, 1.0)
    sums["demand"] = (sums["quantity"] / part).where(part >= 0.5)
    weeks = pd.date_range(frame["day"].min(), frame["day"].max(), freq="7D")
    return {
        (str(name[0]), str(name[1])): group.droplevel([0, 1])["demand"].reindex(weeks).to_numpy(dtype=float)
        for name, group in sums.groupby(level=[0, 1])
    }


def _simulated(
    kind: str, series: dict[tuple[str, str], np.ndarray], items: pd.DataFrame, inventory: InventorySettings
) -> pd.DataFrame:
    if not series:
        return pd.DataFrame()
    demand = np.stack(list(series.values()))
    table = pd.DataFrame(list(series), columns=["store_id", "item_id"]).assign(store_kind=kind)
    life = _weeks_kept(items, table["item_id"])
    generator = np.random.default_rng(inventory.seed)
    lead = generator.choice(np.array(inventory.lead_time_weeks), demand.shape)
    interval = max(inventory.lead_time_weeks) + inventory.review_weeks
    average = average_use_levels(demand, window=inventory.average_use_weeks, cover=inventory.average_use_cover_weeks)
    levels = quantile_levels(
        demand,
        window=inventory.average_use_weeks,
        interval=interval,
        memory=inventory.memory_weeks,
        service_level=inventory.service_level,
    )
    parts = []
    for rule, level in ((QUANTILE, np.where(np.isfinite(levels), levels, average)), (AVERAGE_USE, average)):
        record = simulate_stock(
            demand, level, lead, review=inventory.review_weeks, shelf_life=life, start=inventory.warm_up_weeks
        )
        usual = np.divide(record.demand, record.periods, out=np.full(len(demand), np.nan), where=record.periods > 0)
        weeks_held = np.divide(record.average_stock, usual, out=np.full(len(demand), np.nan), where=usual > 0)
        parts.append(
            table.assign(
                rule=rule,
                weeks=record.periods.astype(int),
                fill_rate=record.fill_rate,
                stock_out_share=record.stock_out_share,
                waste_share=record.waste_share,
                average_stock=record.average_stock,
                weeks_of_stock=weeks_held,
                demand=record.demand,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _weeks_kept(items: pd.DataFrame, item_ids: pd.Series) -> np.ndarray:
    """(n,) whole weeks an item keeps, at least 1; infinite where it does not spoil."""
    days = item_ids.map(items["shelf_life_days"]).astype(float)
    return np.maximum(np.floor(days / 7), 1).fillna(np.inf).to_numpy()
