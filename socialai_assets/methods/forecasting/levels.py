"""Panels of levels that begin at different times and are reported irregularly, with their naive forecasts. No models.

All forecasts are arrays (periods, horizon, series): one for each period as origin, made from what was known at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Levels:
    """Series of one panel, the last report carried forward.

    Args:
        values: (periods, series) what was known at the end of each period, not negative; NaN before the first report.
        reported: (periods, series) whether there was a report in the period.
    """

    values: np.ndarray
    reported: np.ndarray

    def __post_init__(self) -> None:
        if self.values.shape != self.reported.shape:
            raise ValueError(f"Values are {self.values.shape} and what was reported is {self.reported.shape}.")

    @property
    def begun(self) -> np.ndarray:
        """(periods, series) whether the series had a report at the end of the period."""
        return np.isfinite(self.values)

    @property
    def first(self) -> np.ndarray:
        """(series,) first period with a report; the number of periods where there is none."""
        return np.where(self.begun.any(axis=0), self.begun.argmax(axis=0), len(self.values))

    @property
    def last_report(self) -> np.ndarray:
        """(periods, series) the period of the last report so far; the first one's where it cannot be told."""
        periods = np.arange(len(self.values))[:, None]
        found = np.maximum.accumulate(np.where(self.reported & self.begun, periods, -1), axis=0)
        return np.maximum(found, np.minimum(self.first, periods))

    def before(self, periods: int) -> np.ndarray:
        """(periods, series) values some periods before; the first one where the series had not begun then."""
        size = len(self.values)
        rows = np.maximum(np.arange(size)[:, None] - periods, np.minimum(self.first, size - 1)[None, :])
        return np.where(self.begun, np.take_along_axis(self.values, np.maximum(rows, 0), axis=0), np.nan)


def last_values(levels: Levels, horizon: int) -> np.ndarray:
    """The last report, for every period ahead."""
    return np.repeat(levels.values[:, None, :], horizon, axis=1)


def drifts(levels: Levels, horizon: int) -> np.ndarray:
    """The straight line through the first and the last report (Hyndman and Athanasopoulos 2021, 5.2), not below 0.

    A series with one report keeps its level.
    """
    size = len(levels.values)
    first = np.minimum(levels.first, size - 1)
    start = np.take_along_axis(levels.values, first[None, :], axis=0)
    last = levels.last_report
    slope = (levels.values - start) / np.maximum(last - first, 1)
    # The line goes on from the day of the last report, not from the origin.
    ahead = np.arange(1, horizon + 1)[None, :, None] + (np.arange(size)[:, None] - last)[:, None, :]
    return np.maximum(levels.values[:, None, :] + ahead * slope[:, None, :], 0.0)


def outcomes(levels: Levels, horizon: int) -> np.ndarray:
    """What was reported in each period ahead of each origin; NaN without a report, or not yet there."""
    size = len(levels.values)
    target = np.arange(size)[:, None] + np.arange(1, horizon + 1)[None, :]
    told = np.where(levels.reported, levels.values, np.nan)
    return np.where((target < size)[..., None], told[np.minimum(target, size - 1)], np.nan)


def mean_steps(levels: Levels) -> np.ndarray:
    """(periods, series) mean absolute change from period to period so far: the scale of mase; NaN where none was."""
    steps = np.abs(np.diff(levels.values, axis=0, prepend=np.nan))
    known = np.isfinite(steps)
    total, count = np.cumsum(np.where(known, steps, 0.0), axis=0), np.cumsum(known, axis=0)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return np.where(mean > 0, mean, np.nan)
