"""Series side by side: a matrix of periods by series, made from Nixtla's long frames and read back. No models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Panel:
    """Series of one period side by side.

    Args:
        values: (periods, series), NaN where nothing was reported or before a series begins.
        ids: names of the series, as many as columns.
        starts: (periods,) dates periods begin on, or their numbers.
    """

    values: np.ndarray
    ids: tuple[str, ...]
    starts: np.ndarray

    def until(self, period: int) -> Panel:
        """The panel as it was known before the period of that number."""
        return Panel(self.values[:period], self.ids, self.starts[:period])


def panel(frame: pd.DataFrame) -> Panel:
    """A long frame ``unique_id, ds, y`` as a panel; periods without a row are NaN: not reported, which is not zero.

    Raises:
        ValueError: a series has two values of one period.
    """
    twice = frame.duplicated(["unique_id", "ds"])
    if twice.any():
        first = frame.loc[twice].iloc[0]
        raise ValueError(f"Series {first.unique_id} has two values of period {first.ds}.")
    wide = frame.pivot(index="ds", columns="unique_id", values="y").sort_index()
    return Panel(wide.to_numpy(np.float64), tuple(map(str, wide.columns)), wide.index.to_numpy())


def right_aligned(series: Mapping[str, np.ndarray]) -> Panel:
    """Series of unknown dates, put side by side so that all end in the last period; NaN before they begin."""
    periods = max(len(values) for values in series.values())
    matrix = np.full((periods, len(series)), np.nan)
    for column, values in enumerate(series.values()):
        matrix[periods - len(values) :, column] = values
    return Panel(matrix, tuple(series), np.arange(periods))


def shifted(matrix: np.ndarray, periods: int) -> np.ndarray:
    """A matrix moved down by a number of periods (up where negative), NaN where nothing comes from."""
    moved = np.full_like(matrix, np.nan)
    if periods == 0:
        moved[:] = matrix
    elif abs(periods) < len(matrix):
        moved[max(periods, 0) : len(matrix) + min(periods, 0)] = matrix[
            max(-periods, 0) : len(matrix) - max(periods, 0)
        ]
    return moved


def rolling_mean(matrix: np.ndarray, periods: int) -> np.ndarray:
    """Mean of the reported values among the last ``periods``, the present one included; NaN where none is."""
    return pd.DataFrame(matrix).rolling(periods, min_periods=1).mean().to_numpy()
