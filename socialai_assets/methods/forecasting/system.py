"""Forecasts of a panel from models to calibrated, combined quantiles, on past origins and for the future.

Which models there are and when they are fitted anew is decided here; places, items and tables are the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from socialai_assets.methods.forecasting import boosting, quantile_network
from socialai_assets.methods.forecasting.baselines import statistical_forecasts
from socialai_assets.methods.forecasting.boosting import Boosting
from socialai_assets.methods.forecasting.combination import best_weights, combine, served_by_baseline
from socialai_assets.methods.forecasting.naive import last_value, mean_of_last, seasonal_naive
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.forecasting.scores import wape
from socialai_assets.methods.forecasting.windows import Windows
from socialai_assets.methods.one_thread import on_one_thread

BASELINE = "seasonal_naive"
NAIVE = (BASELINE, "last_value", "mean_of_four")
COMBINED = ("boosting", "quantile_network", "SES", "mean_of_four")
"""Models that may have a weight in the combination; the first is the one served where nothing tells them apart."""


@dataclass(frozen=True)
class System:
    """How much work is done.

    Args:
        horizon: periods ahead.
        season: periods of a year.
        origins: number of past origins forecasts are tried at, one horizon apart, so that no period counts twice.
        refits: how often global models are fitted anew over the past origins.
        rows: most rows of windows a period ahead.
        rounds: trees of the boosting.
        epochs: most epochs of the network.
        seed: of drawing and fitting.
    """

    horizon: int = 4
    season: int = 52
    origins: int = 13
    refits: int = 2
    rows: int = 12_000
    rounds: int = 80
    epochs: int = 8
    seed: int = 0


@dataclass(frozen=True)
class Forecasts:
    """Forecasts made at some origins.

    Args:
        origins: (origins,) number of the last period known.
        points: (origins, horizon, series) by model.
        quantiles: (levels, origins, horizon, series) of the network.
    """

    origins: np.ndarray
    points: Mapping[str, np.ndarray]
    quantiles: np.ndarray


def past_origins(periods: int, how: System) -> np.ndarray:
    """The past origins, oldest first; fewer where there is less than a year and a quarter before them."""
    last = periods - 1 - how.horizon
    wanted = last - how.horizon * np.arange(how.origins)[::-1]
    least = max(2 * how.horizon, min(how.season + how.season // 4, periods // 2))
    return wanted[wanted >= least]


@on_one_thread
def forecasts(windows: Windows, origins: Sequence[int] | np.ndarray, how: System) -> Forecasts:
    """Forecasts made at the end of some periods; global models are fitted ``refits`` times on what came before."""
    origins = np.asarray(origins)
    parts = [block for block in np.array_split(origins, min(how.refits, len(origins))) if len(block)]
    made = [_with_one_fit(windows, block, how) for block in parts]
    names = made[0].points
    return Forecasts(
        origins,
        {name: np.concatenate([part.points[name] for part in made]) for name in names},
        np.concatenate([part.quantiles for part in made], axis=1),
    )


def _with_one_fit(windows: Windows, origins: np.ndarray, how: System) -> Forecasts:
    end = int(origins[0]) + 1
    trees = Boosting(rounds=how.rounds, rows=how.rows, seed=how.seed, rate=0.08, drawn=True)
    models = boosting.fit(windows, end, how.horizon, trees)
    network = quantile_network.fit(
        windows, end, how.horizon, rows=how.rows * how.horizon, epochs=how.epochs, seed=how.seed
    )
    quantiles = network.forecast(windows, origins, how.horizon)
    points = {
        "boosting": boosting.forecast(models, windows, origins),
        "quantile_network": quantiles[QUANTILES.index(0.5)],
    }
    return Forecasts(origins, points | _alone(windows.values, origins, how), quantiles)


def _alone(values: np.ndarray, origins: np.ndarray, how: System) -> dict[str, np.ndarray]:
    """Forecasts of each series by itself: (origins, horizon, series) by model."""
    made: dict[str, list[np.ndarray]] = {name: [] for name in (*NAIVE, "SES")}
    for origin in origins:
        known = values[: origin + 1]
        columns = list(known.T)
        made[BASELINE].append(np.column_stack([seasonal_naive(one, how.horizon, how.season) for one in columns]))
        made["last_value"].append(np.column_stack([last_value(one, how.horizon) for one in columns]))
        made["mean_of_four"].append(np.column_stack([mean_of_last(one, how.horizon) for one in columns]))
        made["SES"].append(statistical_forecasts(known, how.horizon, how.season, ["SES"], last=104)["SES"])
    return {name: np.stack(parts) for name, parts in made.items()}


def observed(values: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """(origins, horizon, series) what came after each origin, NaN where not reported or not yet there."""
    periods = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)[None, :]
    inside = periods < len(values)
    return np.where(inside[..., None], values[np.minimum(periods, len(values) - 1)], np.nan)


@dataclass(frozen=True)
class Choice:
    """What past origins say: weights by group of series, and the series served by the baseline."""

    weights: Mapping[str, Mapping[str, float]]
    baseline: np.ndarray

    def point(self, points: Mapping[str, np.ndarray], groups: np.ndarray) -> np.ndarray:
        """(origins, horizon, series) what is served."""
        served = np.empty_like(points[BASELINE])
        for group, weights in self.weights.items():
            members = groups == group
            served[..., members] = combine({name: points[name][..., members] for name in weights}, weights)
        return np.where(self.baseline | ~np.isfinite(served), points[BASELINE], served)


def choose(points: Mapping[str, np.ndarray], came: np.ndarray, groups: np.ndarray) -> Choice:
    """Weights of each group of series (least WAPE), and which series seasonal naive forecasts better than they do.

    Args:
        points: (origins, horizon, series) by model.
        came: (origins, horizon, series) what came, NaN where not reported.
        groups: (series,) label of the series that share weights, such as items.
    """
    weights: dict[str, dict[str, float]] = {}
    for group in dict.fromkeys(groups.tolist()):
        members = groups == group
        parts = {name: points[name][..., members] for name in COMBINED}
        truth = came[..., members]
        if np.isfinite(truth).any() and np.nansum(truth) > 0:

            def loss(forecast: np.ndarray, truth: np.ndarray = truth) -> float:
                return wape(np.where(np.isfinite(forecast), truth, np.nan), forecast)

            weights[group] = best_weights(parts, loss)
        else:
            weights[group] = {COMBINED[-1]: 1.0}
    choice = Choice(weights, np.zeros(len(groups), bool))
    return Choice(weights, served_by_baseline(came, choice.point(points, groups), points[BASELINE]))


def quantiles_around(point: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """(levels, …) the network's quantiles moved so that their median is the point forecast, never below 0."""
    moved = quantiles - quantiles[QUANTILES.index(0.5)] + point
    return np.maximum(np.where(np.isfinite(moved), moved, point), 0.0)
