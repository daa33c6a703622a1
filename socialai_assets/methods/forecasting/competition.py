"""Places that compete for the arrivals of one panel, by distance and by what room they have. Knows no roads, no domain.

A gravity model (Zipf 1946; Wilson 1971, production-constrained): what arrives in all goes on, damped; a share of it
keeps to the places it went to of late, the rest goes where it is near and where there is room.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from socialai_assets.methods.forecasting.levels import Levels


@dataclass(frozen=True)
class Competition:
    """Parameters of the model.

    Args:
        moved: share of the arrivals that goes by distance and room, not where it went of late.
        reach_km: distance at which a place draws 1/e of what it would draw next to the origin.
        damping: what is left of arrivals a period later.
    """

    moved: float
    reach_km: float
    damping: float


CANDIDATES = tuple(Competition(*found) for found in product((0.0, 0.1, 0.25, 0.5), (150.0, 400.0), (0.7, 0.8, 0.9)))


def competing(
    levels: Levels, change: np.ndarray, km: np.ndarray, room: np.ndarray, horizon: int, how: Competition
) -> np.ndarray:
    """(periods, horizon, series) forecasts, not below 0; NaN before a series begins.

    Args:
        levels: people by period and place.
        change: (periods, series) recent change a period, what left negative.
        km: (periods, series) distance to where people come from, infinite where no way is open.
        room: (periods, series) share of the place that is free, 1 where its capacity is not known.
        horizon: periods ahead.
        how: parameters.
    """
    begun = levels.begun
    arrivals = np.where(begun, np.maximum(change, 0.0), 0.0)
    pull = np.where(begun, np.exp(-km / how.reach_km) * room, 0.0)
    summed = pull.sum(axis=1, keepdims=True)
    # Where nobody can be reached, people go on to where they went.
    share = np.where(summed > 0, pull / np.where(summed > 0, summed, 1.0), np.nan)
    total = arrivals.sum(axis=1, keepdims=True)
    drawn = np.where(np.isfinite(share), share * total, arrivals)
    a_period = (1 - how.moved) * arrivals + how.moved * drawn + np.minimum(np.nan_to_num(change), 0.0)
    damped = np.cumsum(how.damping ** np.arange(1, horizon + 1))[None, :, None]
    return np.maximum(levels.values[:, None, :] + damped * a_period[:, None, :], 0.0)
