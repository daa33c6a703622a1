"""Aid's demand as series for forecasting: places and what they add up to, side by side. Fits and forecasts nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.demand_features import PERIODS_A_YEAR, calendar_days
from socialai_assets.methods.forecasting.coherence import TOP, Hierarchy, hierarchy, summed
from socialai_assets.methods.forecasting.panel import panel, rolling_mean
from socialai_assets.methods.forecasting.windows import Windows, WindowShape

HORIZON = 4
CALENDAR = ("holiday", "season", "event", "closure")
LEVELS = ("admin1_id", "admin2_id", "district_id", "place_id")
LEVEL_NAMES = {TOP: TOP, "admin1_id": "admin1", "admin2_id": "admin2", "district_id": "area", "place_id": "place"}


@dataclass(frozen=True)
class DemandSeries:
    """All series of one length of period.

    Args:
        period: week or month.
        nodes: one row a series: `place_id, place_kind, level, item_id, is_place, is_synthetic`.
        values: (periods, series), NaN where not reported.
        starts: (periods + horizon,) first days of the periods, the coming ones included.
        trees: by item, its hierarchy and its columns of ``values`` in the hierarchy's order.
        windows: what forecasts may know.
    """

    period: str
    nodes: pd.DataFrame
    values: np.ndarray
    starts: pd.DatetimeIndex
    trees: dict[str, tuple[Hierarchy, np.ndarray]]
    windows: Windows

    @property
    def season(self) -> int:
        """Periods of a year."""
        return PERIODS_A_YEAR[self.period]


def demand_series(features: pd.DataFrame, calendar: pd.DataFrame) -> list[DemandSeries]:
    """The series of `aid.demand_features`, by length of period; none where there is no demand."""
    return [_of_period(rows, calendar, str(period)) for period, rows in features.groupby("period") if len(rows)]


def _of_period(rows: pd.DataFrame, calendar: pd.DataFrame, period: str) -> DemandSeries:
    frequency = pd.Timedelta(days=7) if period == "week" else pd.offsets.MonthBegin(1)
    start = pd.to_datetime(rows["period_start"])
    known = pd.date_range(start.min(), start.max(), freq=frequency)
    # Weeks of a publisher who starts the year anew do not fall on one grid: each is put on the nearest one.
    place = np.searchsorted(known.to_numpy(), start.to_numpy(), side="right") - 1
    starts = known.append(pd.DatetimeIndex([known[-1] + frequency * step for step in range(1, HORIZON + 1)]))
    nodes, values, trees, groups, static = [], [], {}, [], []
    known_days: dict[str, list[np.ndarray]] = {f"days: {kind}": [] for kind in CALENDAR}
    for code, (item, part) in enumerate(rows.assign(place=place).groupby("item_id")):
        places = part.groupby("place_id", as_index=False).agg(
            place_kind=("place_kind", "first"),
            area_id=("area_id", "first"),
            admin1_id=("admin1_id", "first"),
            admin2_id=("admin2_id", "first"),
            people=("people", "first"),
            poverty=("poverty_estimate", "first"),
            is_synthetic=("is_synthetic", "any"),
        )
        # An area whose own demand is recorded is a place itself; it is not the sum of sites in it too.
        own = places.loc[places["place_kind"] == "area", "place_id"]
        places["district_id"] = places["area_id"].where((places["place_kind"] == "site") & ~places["area_id"].isin(own))
        # Sums over reports that share a period of the grid, missing where none of them is a report.
        long = part.groupby(["place_id", "place"])["quantity"].sum(min_count=1).reset_index()
        side = panel(long.set_axis(["unique_id", "ds", "y"], axis=1))
        whole = np.full((len(known), len(places)), np.nan)
        order = [side.ids.index(name) for name in places["place_id"]]
        whole[side.starts.astype(int)] = side.values[:, order]
        tree = hierarchy(places, LEVELS)
        filled = pd.DataFrame(rolling_mean(whole, 6)).ffill().to_numpy()
        values += [summed(whole, filled, tree)]
        trees[str(item)] = (tree, np.arange(len(tree.names)) + sum(block.shape[1] for block in values[:-1]))
        nodes.append(_nodes(tree, places, str(item)))
        share = tree.summing / tree.summing.sum(axis=1, keepdims=True)
        static.append(
            np.column_stack(
                [
                    np.full(len(tree.names), code),
                    [list(dict.fromkeys(tree.levels)).index(level) for level in tree.levels],
                    tree.summing @ places["people"].fillna(0).to_numpy(float),
                    share @ places["poverty"].fillna(places["poverty"].median()).fillna(0).to_numpy(float),
                ]
            )
        )
        groups.append(
            [
                (f"{item}|{level}", f"{item}|{name}")
                for level, name in zip(tree.levels, _province(tree, places), strict=True)
            ]
        )
        days = _days(places, calendar, starts, period)
        for kind in CALENDAR:
            known_days[f"days: {kind}"].append(days[kind] @ share.T)
    matrix = np.hstack(values)
    item_groups = [label for block in groups for label in block]
    fixed = np.vstack(static)
    turn = (starts.dayofyear.to_numpy() - 1) / 365.25
    windows = Windows(
        matrix,
        WindowShape(PERIODS_A_YEAR[period], years=3),
        {"item": np.array([one for one, _ in item_groups]), "province": np.array([one for _, one in item_groups])},
        turn,
        {"item": fixed[:, 0], "level": fixed[:, 1], "people": fixed[:, 2], "poverty": fixed[:, 3]},
        {name: np.hstack(blocks) for name, blocks in known_days.items()},
    )
    return DemandSeries(period, pd.concat(nodes, ignore_index=True), matrix, starts, trees, windows)


def _nodes(tree: Hierarchy, places: pd.DataFrame, item: str) -> pd.DataFrame:
    kinds = ["area"] * (len(tree.names) - tree.bottom) + places["place_kind"].tolist()
    levels = [LEVEL_NAMES[level] for level in tree.levels]
    named = [kind if level == "place" else level for level, kind in zip(levels, kinds, strict=True)]
    synthetic = tree.summing @ places["is_synthetic"].to_numpy(float) > 0
    return pd.DataFrame(
        {
            "place_id": tree.names,
            "place_kind": kinds,
            "level": named,
            "item_id": item,
            "is_place": [False] * (len(kinds) - tree.bottom) + [True] * tree.bottom,
            "is_synthetic": synthetic,
        }
    )


def _province(tree: Hierarchy, places: pd.DataFrame) -> list[str]:
    """The province of a place, and of what is wider the node itself."""
    wider = [f"{level} {name}" for level, name in zip(tree.levels, tree.names, strict=True)][: -tree.bottom]
    return [*wider, *("province " + places["admin2_id"].fillna("none").astype(str))]


def _days(places: pd.DataFrame, calendar: pd.DataFrame, starts: pd.DatetimeIndex, period: str) -> dict[str, np.ndarray]:
    """(periods, places) days of each kind of the calendar."""
    areas = places["area_id"].drop_duplicates()
    frame = pd.MultiIndex.from_product([areas, starts], names=["area_id", "period_start"]).to_frame(index=False)
    parents = {
        str(row.area_id): tuple(p for p in (row.admin2_id, row.admin1_id) if isinstance(p, str))
        for row in places.itertuples()
    }
    counted = calendar_days(frame.assign(period=period), calendar, parents, CALENDAR)
    column = {area: number for number, area in enumerate(areas)}
    wanted = places["area_id"].map(column).to_numpy(int)
    return {
        kind: counted[f"{kind}_days"].to_numpy(float).reshape(len(areas), len(starts)).T[:, wanted] for kind in CALENDAR
    }
