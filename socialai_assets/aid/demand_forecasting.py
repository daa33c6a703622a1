"""Demand forecasts and how good earlier ones were: pure functions over aid's frames. Assets are in forecasts.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.aid.demand_panels import DemandPanel, demand_panels
from socialai_assets.methods.forecasting import rolling
from socialai_assets.methods.forecasting.boosting import Boosting
from socialai_assets.methods.forecasting.conformal import LEVELS, quantiles
from socialai_assets.methods.forecasting.hierarchy import reconciled
from socialai_assets.methods.forecasting.scores import naive_error

ORIGINS, SCORED = 16, 8
FIRST_ORIGIN = 16
STEP = {"week": 4, "month": 1}
HOW = Boosting(rounds=100, leaves=15, rows=40_000, drawn=True, together=True)
QUANTILES = tuple(f"q{round(level * 1000):03d}" for level in LEVELS)
KEY = ["place_id", "place_kind", "level", "leaf_level", "item_id", "period"]
# Intervals of the others would cost time and serve no comparison.
WITH_QUANTILES = (rolling.SEASONAL_NAIVE, rolling.MEAN_OF_FOUR, rolling.COMBINED)


@dataclass(frozen=True)
class PastForecasts:
    """Forecasts from past origins of one panel: arrays (origins, horizon, nodes).

    Args:
        origins: last known period of each, by number.
        forecasts: by model, `combination` (served, reconciled) among them where known.
        observed: what came.
    """

    origins: np.ndarray
    forecasts: dict[str, np.ndarray]
    observed: np.ndarray


def past_origins(panel: DemandPanel) -> np.ndarray:
    """Last known periods, by number, that forecasts are made from to learn how good they are; the latest last."""
    last = len(panel.values) - 1 - panel.horizon
    found = np.arange(last, min(FIRST_ORIGIN, panel.season), -STEP[panel.period])[:ORIGINS]
    return found[::-1]


def out_of_sample(features: pd.DataFrame) -> pd.DataFrame:
    """Forecasts made at past origins, of every model and of what would have been served, beside what came.

    Whatever is chosen or calibrated at an origin rests on forecasts whose periods had all passed by then.

    Args:
        features: `aid.demand_features`.

    Returns:
        The columns of `aid.forecast_out_of_sample`; rows only where something was reported.
    """
    parts = [_past_rows(panel) for panel in demand_panels(features)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else _no_rows()


def _no_rows() -> pd.DataFrame:
    text = [*KEY, "model"]
    numbers = ["estimate", *QUANTILES, "observed", "naive_error"]
    empty = {name: pd.Series(dtype=str) for name in text} | {name: pd.Series(dtype=float) for name in numbers}
    dates = {name: pd.Series(dtype="datetime64[ns]") for name in ("origin_start", "period_start")}
    flags = {name: pd.Series(dtype=bool) for name in ("is_baseline", "is_scored", "is_synthetic")}
    return pd.DataFrame(empty | dates | flags | {"horizon": pd.Series(dtype=int)})


def candidate_forecasts(panel: DemandPanel, origins: np.ndarray, refits: np.ndarray) -> dict[str, np.ndarray]:
    """(origins, horizon, nodes) by model, from what was known at each origin."""
    made = rolling.baselines(panel.values, list(origins), panel.horizon, panel.season)
    made[rolling.BOOSTING] = rolling.boosted(panel.windows, list(origins), panel.horizon, HOW, list(refits))
    return made


def _observed(panel: DemandPanel, origins: np.ndarray) -> np.ndarray:
    ahead = origins[:, None] + 1 + np.arange(panel.horizon)
    return panel.values[ahead]


def _scales(panel: DemandPanel, origins: np.ndarray) -> np.ndarray:
    return np.nan_to_num(panel.windows.level[origins]) + 1.0


def _size_groups(panel: DemandPanel, scales: np.ndarray) -> np.ndarray:
    size = np.floor(np.log(scales) / np.log(4)).astype(int).astype(str)
    return np.char.add(np.char.add(_item_levels(panel), "|"), size)


def _item_levels(panel: DemandPanel) -> np.ndarray:
    return (panel.nodes["item_id"] + "|" + panel.nodes["level"]).to_numpy(str)


def _coherent(panel: DemandPanel, forecasts: np.ndarray, past: PastForecasts | None) -> np.ndarray:
    made = np.empty_like(forecasts)
    for item, tree in panel.trees.items():
        mine = panel.places(item)
        errors = None
        if past is not None and rolling.COMBINED in past.forecasts:
            off = (past.observed - past.forecasts[rolling.COMBINED])[:, :, mine]
            errors = off.reshape(-1, off.shape[-1])
        made[..., mine] = reconciled(forecasts[..., mine], tree, errors)
    return made


def _served(panel: DemandPanel, past: PastForecasts, now: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    groups = _item_levels(panel)
    candidates = {name: made for name, made in past.forecasts.items() if name != rolling.COMBINED}
    choice = rolling.choose(past.observed, candidates, groups)
    return _coherent(panel, rolling.chosen(now, choice, groups), past), choice.baseline


def _quantiles(panel: DemandPanel, model: str, past: PastForecasts, now: np.ndarray, origin: int) -> np.ndarray:
    scales = _scales(panel, np.append(past.origins, origin))
    groups = _size_groups(panel, scales)
    errors = (past.observed - past.forecasts[model]) / scales[:-1, None]
    return quantiles(now, scales[-1], groups[-1], errors, groups[:-1])


def _past_rows(panel: DemandPanel) -> pd.DataFrame:
    origins = past_origins(panel)
    if len(origins) == 0:
        return _no_rows()
    candidates = candidate_forecasts(panel, origins, origins[:: max(1, -(-len(origins) // 3))])
    observed = _observed(panel, origins)
    served = np.full_like(observed, np.nan)
    naive = np.zeros((len(origins), observed.shape[2]), bool)
    made = {**candidates, rolling.COMBINED: served}
    limits = {name: np.full((len(LEVELS), *observed.shape), np.nan) for name in WITH_QUANTILES}
    for place, origin in enumerate(origins):
        known = origins + panel.horizon <= origin
        past = PastForecasts(origins[known], {name: kept[known] for name, kept in made.items()}, observed[known])
        now = {name: kept[place : place + 1] for name, kept in candidates.items()}
        forecast, naive[place] = _served(panel, past, now)
        served[place] = forecast[0]
        if place >= len(origins) - SCORED and known.any():
            for name, limit in limits.items():
                limit[:, place] = _quantiles(panel, name, past, made[name][place], int(origin))
    return pd.concat(
        [_rows(panel, origins, name, values, limits.get(name), observed, naive) for name, values in made.items()],
        ignore_index=True,
    )


def _rows(
    panel: DemandPanel,
    origins: np.ndarray,
    model: str,
    made: np.ndarray,
    limits: np.ndarray | None,
    observed: np.ndarray,
    naive: np.ndarray,
) -> pd.DataFrame:
    place, step, node = np.nonzero(np.isfinite(observed) & np.isfinite(made))
    rows = _about(panel, node)
    rows["origin_start"] = panel.starts[origins[place]]
    rows["period_start"] = panel.starts[origins[place] + step + 1]
    rows["horizon"] = step + 1
    rows["model"] = model
    rows["estimate"] = made[place, step, node]
    for number, name in enumerate(QUANTILES):
        rows[name] = np.nan if limits is None else limits[number, place, step, node]
    rows["observed"] = observed[place, step, node]
    known = int(origins[-SCORED:][0]) + 1
    scale = np.array([naive_error(panel.values[:known, column], panel.season) for column in range(observed.shape[2])])
    rows["naive_error"] = scale[node]
    rows["is_baseline"] = naive[place, node] if model == rolling.COMBINED else model in rolling.BASELINES
    rows["is_scored"] = place >= len(origins) - SCORED
    return rows


def _about(panel: DemandPanel, node: np.ndarray) -> pd.DataFrame:
    rows = panel.nodes.iloc[node].reset_index(drop=True)
    return rows.assign(period=panel.period, leaf_level=panel.leaf_level)


def demand_forecasts(features: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the coming periods of every series and total.

    Args:
        features: `aid.demand_features`.
        past: `aid.forecast_out_of_sample`, from which the weights, the series better served seasonal naive and the
            intervals come.

    Returns:
        The columns of `aid.demand_forecasts`. Kinds of series without past forecasts have none.
    """
    parts = []
    for panel in demand_panels(features):
        earlier = _read_past(panel, past)
        if earlier is not None:
            parts.append(_coming_rows(panel, earlier))
    if not parts:
        return _no_rows().drop(columns=["observed", "naive_error", "is_scored", "origin_start"])
    return pd.concat(parts, ignore_index=True)


def _read_past(panel: DemandPanel, past: pd.DataFrame) -> PastForecasts | None:
    mine = past[(past["period"] == panel.period) & (past["leaf_level"] == panel.leaf_level)]
    nodes = pd.MultiIndex.from_frame(panel.nodes[["item_id", "level", "place_id"]])
    node = nodes.get_indexer(pd.MultiIndex.from_frame(mine[["item_id", "level", "place_id"]]))
    origin = panel.starts.get_indexer(pd.DatetimeIndex(mine["origin_start"]))
    usable = (node >= 0) & (origin >= 0) & (mine["horizon"] <= panel.horizon).to_numpy()
    if not usable.any():
        return None
    mine, node = mine[usable], node[usable]
    origins, place = np.unique(origin[usable], return_inverse=True)
    step = mine["horizon"].to_numpy(int) - 1
    shape = (len(origins), panel.horizon, len(nodes))
    observed = np.full(shape, np.nan)
    observed[place, step, node] = mine["observed"].to_numpy(float)
    made = {}
    for model in mine["model"].unique():
        its = (mine["model"] == model).to_numpy()
        made[str(model)] = np.full(shape, np.nan)
        made[str(model)][place[its], step[its], node[its]] = mine["estimate"].to_numpy(float)[its]
    return PastForecasts(origins, made, observed)


def _coming_rows(panel: DemandPanel, past: PastForecasts) -> pd.DataFrame:
    last = np.array([len(panel.values) - 1])
    now = candidate_forecasts(panel, last, last)
    forecast, naive = _served(panel, past, now)
    limits = _quantiles(panel, rolling.COMBINED, past, forecast[0], int(last[0]))
    step, node = (part.ravel() for part in np.indices(forecast[0].shape))
    rows = _about(panel, node)
    rows["period_start"] = panel.coming[step]
    rows["horizon"] = step + 1
    rows["model"] = np.where(naive[node], rolling.SEASONAL_NAIVE, rolling.COMBINED)
    rows["estimate"] = forecast[0][step, node]
    for number, name in enumerate(QUANTILES):
        rows[name] = limits[number, step, node]
    rows["is_baseline"] = naive[node]
    return rows
