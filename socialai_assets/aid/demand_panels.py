"""Demand series of one item side by side with their totals by area, as forecasting methods want them. No forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.demand_features import PERIODS_A_YEAR
from socialai_assets.methods.forecasting.hierarchy import Hierarchy, hierarchy, totals
from socialai_assets.methods.forecasting.windows import Windows, WindowShape

HORIZONS = {"week": 8, "month": 6}
UPPER_LEVELS = ("nation", "admin1", "admin2", "admin3")
NATION = "nation"
FEWEST_REPORTS = 8
_OFFSETS = {"week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}


@dataclass(frozen=True)
class DemandPanel:
    """Series of one kind of place and period that end together, and their totals.

    Args:
        period: week or month.
        leaf_level: level of the series themselves: site, or the level of the areas that reported.
        nodes: one row a node: `place_id`, `place_kind`, `level`, `item_id`, `is_synthetic`.
        trees: hierarchy of each item, whose nodes are the rows of that item in order.
        values: (periods, nodes), NaN where not reported.
        starts: (periods,) first days of the periods.
        coming: (horizon,) first days of the periods to be forecast.
        windows: covariates of all nodes.
    """

    period: str
    leaf_level: str
    nodes: pd.DataFrame
    trees: dict[str, Hierarchy]
    values: np.ndarray
    starts: pd.DatetimeIndex
    coming: pd.DatetimeIndex
    windows: Windows

    @property
    def season(self) -> int:
        """Periods a year."""
        return PERIODS_A_YEAR[self.period]

    @property
    def horizon(self) -> int:
        """Periods ahead that are forecast."""
        return HORIZONS[self.period]

    def places(self, item: str) -> np.ndarray:
        """Which nodes are an item's."""
        return (self.nodes["item_id"] == item).to_numpy()


def demand_panels(features: pd.DataFrame) -> Iterator[DemandPanel]:
    """The panels of `aid.demand_features`: series of a kind whose item was last reported on in the same period.

    Series with fewer than 8 reports, or none in the last year, have no forecast and are in no total.
    """
    frame = features.assign(ds=pd.to_datetime(features["period_start"]), leaf_level=_leaf_level(features))
    kind = ["period", "place_kind", "leaf_level"]
    frame["end"] = frame.groupby([*kind, "item_id"])["ds"].transform("max")
    for _, rows in frame.groupby([*kind, "end"], sort=True):
        made = _panel(rows)
        if made is not None:
            yield made


def _leaf_level(features: pd.DataFrame) -> np.ndarray:
    place = features["place_id"]
    return np.select(
        [features["place_kind"] == "site", place == features["admin1_id"], place == features["admin2_id"]],
        ["site", "admin1", "admin2"],
        "admin3",
    )


def _panel(rows: pd.DataFrame) -> DemandPanel | None:
    period, kind, level = (str(rows[name].iloc[0]) for name in ("period", "place_kind", "leaf_level"))
    starts = pd.DatetimeIndex(np.sort(rows["ds"].unique()))
    season, horizon = PERIODS_A_YEAR[period], HORIZONS[period]
    wide = rows.pivot(index="ds", columns=["item_id", "place_id"], values="quantity").sort_index(axis=1)
    values = wide.to_numpy(np.float64)
    kept = (np.isfinite(values).sum(axis=0) >= FEWEST_REPORTS) & np.isfinite(values[-season:]).any(axis=0)
    if not kept.any():
        return None
    wide, values = wide.loc[:, kept], values[:, kept]
    about = rows.drop_duplicates(["item_id", "place_id"]).set_index(["item_id", "place_id"]).loc[wide.columns]
    trees, parts, matrices = {}, [], []
    for item in wide.columns.unique("item_id"):
        mine = about.loc[[item]]
        parents = {"nation": [NATION] * len(mine)} | {
            upper: mine[f"{upper}_id" if upper != "admin3" else "area_id"].where(lambda code: code.notna(), None)
            for upper in UPPER_LEVELS[1 : UPPER_LEVELS.index(level) if level != "site" else None]
        }
        leaves = [str(place) for place in mine.index.get_level_values("place_id")]
        tree = hierarchy(level, leaves, {name: list(codes) for name, codes in parents.items()})
        places = (wide.columns.get_level_values("item_id") == item).nonzero()[0]
        matrices.append(totals(values[:, places], tree.sums))
        trees[str(item)] = tree
        guessed = tree.sums @ mine["is_synthetic"].to_numpy(float) > 0
        people = tree.sums @ mine["people"].fillna(0).to_numpy(float)
        poverty = _weighted(tree.sums, mine["people"].to_numpy(float), mine["poverty_estimate"].to_numpy(float))
        parts.append(
            pd.DataFrame(
                {
                    "place_id": tree.names,
                    "place_kind": np.where(np.array(tree.levels) == level, kind, "area"),
                    "level": tree.levels,
                    "item_id": str(item),
                    "is_synthetic": guessed,
                    "people": people,
                    "poverty": poverty,
                }
            )
        )
    nodes = pd.concat(parts, ignore_index=True)
    matrix = np.column_stack(matrices)
    coming = pd.DatetimeIndex([starts[-1] + step * _OFFSETS[period] for step in range(1, horizon + 1)])
    whole = starts.append(coming)
    static = {
        "item": pd.factorize(nodes["item_id"], sort=True)[0].astype(float),
        "level": pd.factorize(nodes["level"], sort=True)[0].astype(float),
        "people": np.log1p(nodes["people"].to_numpy()),
        "poverty of the area": nodes["poverty"].to_numpy(),
    }
    groups = {"item at its level": (nodes["item_id"] + "|" + nodes["level"]).to_numpy(str)}
    shape = WindowShape(season, lags=min(9, season // 2), years=2)
    windows = Windows(matrix, shape, groups, ((whole.dayofyear - 1) / 365.25).to_numpy(), static)
    return DemandPanel(period, level, nodes.drop(columns=["people", "poverty"]), trees, matrix, starts, coming, windows)


def _weighted(sums: np.ndarray, people: np.ndarray, values: np.ndarray) -> np.ndarray:
    weight = np.where(np.isfinite(values) & np.isfinite(people), people, 0.0)
    total, size = sums @ (weight * np.nan_to_num(values)), sums @ weight
    return np.divide(total, size, out=np.full_like(size, np.nan), where=size > 0)
