"""Quantiles of forecasts that hold what they promise: conformal correction from past origins. Makes no forecast."""

from __future__ import annotations

import numpy as np


def corrections(
    observed: np.ndarray, quantiles: np.ndarray, levels: np.ndarray, groups: np.ndarray, least: int = 50
) -> dict[object, np.ndarray]:
    """How far each quantile must be moved, in units of the forecast's own spread, so that it held in the past.

    Conformalised quantile regression (Romano, Patterson and Candès 2019) for each level by itself: the shift is the
    quantile, at that level and with the finite-sample rank, of past misses over the spread.

    Args:
        observed: (rows,) what came, NaN where not reported.
        quantiles: (rows, levels) ascending forecasts made before.
        levels: (levels,) of the quantiles.
        groups: (rows,) label of the group whose errors are alike, such as item and periods ahead.
        least: groups with fewer reports use the correction of all rows, under the key None.

    Returns:
        (levels,) shifts by group.
    """
    unit = spread(quantiles)
    known = np.isfinite(observed) & np.isfinite(quantiles).all(axis=1)
    misses = (observed[:, None] - quantiles) / unit[:, None]
    made: dict[object, np.ndarray] = {None: _shifts(misses[known], levels)}
    for group in dict.fromkeys(groups.tolist()):
        rows = known & (groups == group)
        if rows.sum() >= least:
            made[group] = _shifts(misses[rows], levels)
    return made


def corrected(
    quantiles: np.ndarray, levels: np.ndarray, groups: np.ndarray, shifts: dict[object, np.ndarray]
) -> np.ndarray:
    """(rows, levels) quantiles moved by `corrections`, ascending and not below zero; the median stays."""
    moves = np.stack([shifts.get(group, shifts[None]) for group in groups.tolist()]) if len(groups) else 0.0
    middle = np.asarray(levels) == 0.5
    moved = quantiles + np.where(middle, 0.0, moves * spread(quantiles)[:, None])
    centre = quantiles[:, middle]
    # Lower quantiles stay at or below the median and upper ones at or above it.
    moved = np.where(np.asarray(levels) < 0.5, np.minimum(moved, centre), moved)
    moved = np.where(np.asarray(levels) > 0.5, np.maximum(moved, centre), moved)
    return np.sort(np.maximum(moved, 0.0), axis=1)


def spread(quantiles: np.ndarray) -> np.ndarray:
    """(rows,) distance from the third-lowest to the third-highest quantile (the 80 % interval), at least a little."""
    outer = min(2, (quantiles.shape[1] - 1) // 2)
    width = quantiles[:, -1 - outer] - quantiles[:, outer]
    return np.maximum(width, 0.1 * np.sqrt(np.maximum(quantiles[:, quantiles.shape[1] // 2], 0.0)) + 0.05)


def _shifts(misses: np.ndarray, levels: np.ndarray) -> np.ndarray:
    if not len(misses):
        return np.zeros(len(levels))
    size = len(misses)
    # The finite-sample rank is taken away from the median, on either side of it.
    ranks = [min(1.0, level * (size + 1) / size) if level > 0.5 else max(0.0, level - (1 - level) / size)
             for level in levels]  # fmt: skip
    return np.array([np.quantile(misses[:, place], rank) for place, rank in enumerate(ranks)])
