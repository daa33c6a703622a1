"""The naive forecasts others are measured by, Naive2 of M4 among them. Nothing that is fitted beyond a mean."""

from __future__ import annotations

import numpy as np


def last_value(history: np.ndarray, horizon: int) -> np.ndarray:
    """The last reported value of a history (n,), for each of ``horizon`` periods; 0 where nothing was reported."""
    known = history[np.isfinite(history)]
    return np.full(horizon, known[-1] if len(known) else 0.0)


def mean_of_last(history: np.ndarray, horizon: int, periods: int = 4) -> np.ndarray:
    """The mean of the last ``periods`` reported values, for each period of the horizon; 0 where none was."""
    known = history[np.isfinite(history)][-periods:]
    return np.full(horizon, known.mean() if len(known) else 0.0)


def seasonal_naive(history: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """The value one season before, or the nearest season before that was reported; else the last value.

    Args:
        history: (n,) values, NaN where nothing was reported.
        horizon: periods ahead.
        season: periods of a season, 52 for weeks of a year.

    Returns:
        (horizon,) forecasts.
    """
    forecast = last_value(history, horizon)
    size = len(history)
    for step in range(horizon):
        place = size + step - season * (step // season + 1)
        while place >= 0 and not np.isfinite(history[place]):
            place -= season
        if place >= 0:
            forecast[step] = history[place]
    return forecast


def is_seasonal(history: np.ndarray, season: int) -> bool:
    """M4's test of seasonality: the autocorrelation at one season is significant at 90 % (Bartlett's limits)."""
    if season == 1 or len(history) < 3 * season:
        return False
    deviation = history - history.mean()
    variance = float(deviation @ deviation)
    if variance == 0:
        return False
    correlations = np.array([float(deviation[lag:] @ deviation[:-lag]) / variance for lag in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * float((correlations[:-1] ** 2).sum())) / len(history))
    return bool(abs(correlations[-1]) > limit)


def naive2(history: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """Naive2 of M4: the last value of the seasonally adjusted series, the season put back where the test finds one.

    The adjustment is the classical multiplicative decomposition, as in M4's benchmark code. Weekly series have
    frequency 1 there, so that Naive2 is the last value. Source: Makridakis et al. (2020), The M4 Competition.
    """
    if not is_seasonal(history, season):
        return last_value(history, horizon)
    indices = _multiplicative_indices(history, season)
    adjusted = history / np.resize(indices, len(history))
    return adjusted[-1] * indices[(len(history) + np.arange(horizon)) % season]


def _multiplicative_indices(history: np.ndarray, season: int) -> np.ndarray:
    # A centred moving average over one season; with an even one the two ends count half.
    window = np.ones(season) if season % 2 else np.array([0.5, *np.ones(season - 1), 0.5])
    trend = np.convolve(history, window / season, mode="valid")
    start = season // 2
    ratio = history[start : start + len(trend)] / trend
    place = (start + np.arange(len(trend))) % season
    indices = np.array([ratio[place == index].mean() for index in range(season)])
    return indices / indices.mean()
