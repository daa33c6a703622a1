"""How far a machine's sensors are from a short stretch in which all was well. For stations with a long past: detectors.

A sensor that wanders slowly within that stretch will wander on, so that its level says little of a fault; one that only
shakes about a level comes back to it. Which is which is told by the autocorrelation of the stretch itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

LEAST_SHARE = 1e-3
"""Least spread of a sensor as a share of its level: a sensor that stood still is not infinitely sure."""


@dataclass(frozen=True)
class ShortTraining:
    """How scores are made of a short training part.

    Attributes:
        window: rows whose mean is judged.
        slow: autocorrelation at one row from which a sensor wanders.
        slow_weight: what the level of such a sensor counts.
    """

    window: int = 20
    slow: float = 0.8
    slow_weight: float = 0.0


def off_training(values: np.ndarray, training: int, how: ShortTraining) -> np.ndarray:
    """Score every row by the sensor furthest off.

    Args:
        values: (n, sensors) readings at even times.
        training: first rows in which all was well.
        how: how scores are made.

    Returns:
        (n,) distance of the mean of the last rows from the training part's median, in the greatest distance that the
        training part itself has; each row knows none after it.
    """
    frame = pd.DataFrame(values)
    known = frame.iloc[:training]
    smooth = frame.rolling(how.window, min_periods=1).mean().to_numpy()
    settled = smooth[how.window : training]
    level = np.median(settled, axis=0)
    spread = np.maximum(known.std().to_numpy(), LEAST_SHARE * np.abs(level) + 1e-6)
    greatest = np.maximum(np.abs(settled - level).max(axis=0), spread / np.sqrt(how.window))
    off = np.abs(smooth - level) / greatest
    wanders = np.array([_autocorrelation(known[name].to_numpy()) > how.slow for name in known])
    return np.where(wanders, how.slow_weight * off, off).max(axis=1)


def _autocorrelation(values: np.ndarray) -> float:
    first, second = values[:-1] - values[:-1].mean(), values[1:] - values[1:].mean()
    size = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / size) if size > 0 else 0.0
