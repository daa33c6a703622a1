"""Forecasts from many past origins, and which of them is served, chosen on earlier origins only. No intervals here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting import boosting
from socialai_assets.methods.forecasting.combination import best_weights, combine, served_by_baseline
from socialai_assets.methods.forecasting.panel import rolling_mean
from socialai_assets.methods.forecasting.windows import Windows

SEASONAL_NAIVE, MEAN_OF_FOUR, LAST_VALUE, BOOSTING = "seasonal_naive", "mean_of_4", "last_value", "boosting"
BASELINES = (SEASONAL_NAIVE, MEAN_OF_FOUR, LAST_VALUE)
COMBINED = "combination"
FEWEST_ORIGINS = 3


@dataclass(frozen=True)
class Choice:
    """What is served: weights of models by group, and the series a baseline forecasts better.

    Args:
        weights: share of each model by group of series; they add up to one.
        baseline: (series,) whether seasonal naive is served instead.
    """

    weights: Mapping[str, Mapping[str, float]]
    baseline: np.ndarray


def baselines(values: np.ndarray, origins: Sequence[int], horizon: int, season: int) -> dict[str, np.ndarray]:
    """The naive forecasts (origins, horizon, series) of a matrix (periods, series), all series at once.

    Seasonal naive takes the nearest season before that was reported, else the last value; 0 before a first report.
    """
    rows = np.asarray(origins)
    last = np.nan_to_num(pd.DataFrame(values).ffill().to_numpy())[rows]
    mean = np.nan_to_num(pd.DataFrame(rolling_mean(values, 4)).ffill().to_numpy())[rows]
    seasonal = np.repeat(last[:, None], horizon, axis=1)
    found = np.zeros(seasonal.shape, bool)
    for step in range(horizon):
        first = step // season + 1
        for years in range(first, len(values) // season + 1):
            place = rows + step + 1 - years * season
            then = np.where((place >= 0)[:, None], values[np.maximum(place, 0)], np.nan)
            taken = np.isfinite(then) & ~found[:, step]
            seasonal[:, step] = np.where(taken, then, seasonal[:, step])
            found[:, step] |= taken
    return {
        SEASONAL_NAIVE: seasonal,
        MEAN_OF_FOUR: np.repeat(mean[:, None], horizon, axis=1),
        LAST_VALUE: np.repeat(last[:, None], horizon, axis=1),
    }


def boosted(
    windows: Windows, origins: Sequence[int], horizon: int, how: boosting.Boosting, refits: Sequence[int]
) -> np.ndarray:
    """Forecasts (origins, horizon, series) by global boosting, fitted anew at some of the origins.

    Args:
        windows: the panel's windows.
        origins: last known period of each forecast, ascending.
        horizon: periods ahead.
        how: how the model is fitted; one for all periods ahead.
        refits: origins at which it is fitted, on what had come by then; the first is not after the first origin.
    """
    made = np.full((len(origins), horizon, windows.values.shape[1]), np.nan)
    edges = [*refits[1:], np.inf]
    for refit, edge in zip(refits, edges, strict=True):
        chosen = [place for place, origin in enumerate(origins) if refit <= origin < edge]
        if chosen:
            models = boosting.fit(windows, refit + 1, horizon, replace(how, together=True))
            made[chosen] = boosting.forecast(models, windows, [origins[place] for place in chosen])
    return made


def choose(observed: np.ndarray, forecasts: Mapping[str, np.ndarray], groups: np.ndarray, parts: int = 4) -> Choice:
    """Weights per group of series with the least absolute error on past origins, and series better served naively.

    Args:
        observed: (origins, horizon, series) what came, NaN where not reported or not yet known.
        forecasts: likewise by model; seasonal naive among them.
        groups: (series,) group of each series.
        parts: weights are in steps of 1 / parts.

    Returns:
        The choice; with fewer than three origins the models that are not baselines share equally, and no series is
        served seasonal naive.
    """
    names = [name for name in forecasts if name != SEASONAL_NAIVE]
    weights: dict[str, Mapping[str, float]] = {}
    baseline = np.zeros(len(groups), bool)
    known = np.isfinite(observed).any(axis=(1, 2)).sum()
    for group in np.unique(groups):
        members = groups == group
        if known < FEWEST_ORIGINS:
            strong = [name for name in names if name not in BASELINES] or [MEAN_OF_FOUR]
            weights[str(group)] = {name: 1 / len(strong) for name in strong}
            continue
        came = observed[:, :, members]

        def loss(made: np.ndarray, came: np.ndarray = came) -> float:
            return float(np.nansum(np.abs(came - made)))

        given = {name: forecasts[name][:, :, members] for name in names}
        weights[str(group)] = best_weights(given, loss, parts)
        best = combine(given, weights[str(group)])
        reported = np.isfinite(came).any(axis=(0, 1))
        baseline[members] = served_by_baseline(came, best, forecasts[SEASONAL_NAIVE][:, :, members]) & reported
    return Choice(weights, baseline)


def chosen(forecasts: Mapping[str, np.ndarray], choice: Choice, groups: np.ndarray) -> np.ndarray:
    """The forecasts (origins, horizon, series) that a choice serves; seasonal naive where no model made one."""
    naive = forecasts[SEASONAL_NAIVE]
    made = np.full(naive.shape, np.nan)
    for group, weights in choice.weights.items():
        members = groups == group
        made[:, :, members] = combine({name: forecasts[name][:, :, members] for name in weights}, weights)
    return np.where(choice.baseline | ~np.isfinite(made), naive, made)
