"""ETS(A,Ad,N), exponential smoothing with a damped trend, of panels with gaps; all series share the smoothing.

Too few reports are known of a new series to fit its own: the three parameters come from other panels. In periods
without a report the trend goes on, damped; nothing is learned. Source: Hyndman, Koehler, Ord and Snyder (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from socialai_assets.methods.forecasting.levels import Levels


@dataclass(frozen=True)
class Smoothing:
    """Parameters of ETS(A,Ad,N).

    Args:
        level: share of a report's error that is taken into the level (alpha).
        trend: share of it, a period, that is taken into the trend (beta).
        damping: what is left of the trend a period later (phi).
    """

    level: float
    trend: float
    damping: float


CANDIDATES = tuple(Smoothing(*found) for found in product((0.7, 1.0), (0.1, 0.25, 0.5), (0.7, 0.8, 0.9)))


def damped_trends(levels: Levels, horizon: int, how: Smoothing) -> np.ndarray:
    """(periods, horizon, series) forecasts, not below 0; NaN before a series begins."""
    size, series = levels.values.shape
    level, trend = np.full(series, np.nan), np.zeros(series)
    since = np.ones(series)
    damped = np.cumsum(how.damping ** np.arange(1, horizon + 1))[:, None]
    made = np.full((size, horizon, series), np.nan)
    for period in range(size):
        begins = levels.begun[period] & np.isnan(level)
        trend = how.damping * trend
        expected = level + trend
        told = levels.reported[period] & levels.begun[period] & ~begins
        error = np.where(told, levels.values[period] - expected, 0.0)
        level = np.where(begins, levels.values[period], expected + how.level * error)
        trend = np.where(begins, 0.0, trend + how.trend * error / since)
        since = np.where(told | begins, 1.0, since + 1.0)
        made[period] = level + damped * trend
    return np.maximum(made, 0.0)
