"""Quantiles of forecasts that hold what they promise: conformal correction from past origins. Makes no forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def corrections(
    observed: np.ndarray, quantiles: np.ndarray, levels: np.ndarray, groups: Sequence[np.ndarray], least: int = 30
) -> dict[object, np.ndarray]:
    """How far each quantile must be moved, in units of the forecast's own spread, so that it held in the past.

    Split conformal quantile regression (Romano, Patterson and Candès 2019) for each level by itself: the shift is the
    quantile, at that level and with the finite-sample rank, of past misses over the spread, over all forecasts of a
    group. The forecasts must have been made without what came.

    Args:
        observed: (rows,) what came, NaN where not reported.
        quantiles: (rows, levels) ascending forecasts made before.
        levels: (levels,) of the quantiles.
        groups: labels (rows,) of the group whose errors are alike, the finest grouping first, such as the level's
            places of one item, then of all items; no label in two groupings.
        least: groups with fewer reports have no correction of their own: the next wider one stands in, at last that of
            all rows, under the key None.

    Returns:
        (levels,) shifts by group.
    """
    unit = spread(quantiles)
    known = np.isfinite(observed) & np.isfinite(quantiles).all(axis=1)
    misses = (observed[:, None] - quantiles) / unit[:, None]
    made: dict[object, np.ndarray] = {None: _shifts(misses[known], levels)}
    for labels in groups:
        for group in dict.fromkeys(labels.tolist()):
            rows = known & (labels == group)
            if rows.sum() >= least:
                made[group] = _shifts(misses[rows], levels)
    return made


def corrected(
    quantiles: np.ndarray, levels: np.ndarray, groups: Sequence[np.ndarray], shifts: dict[object, np.ndarray]
) -> np.ndarray:
    """(rows, levels) quantiles moved by `corrections`, ascending and not below zero; the median stays."""
    moves = np.tile(shifts[None], (len(quantiles), 1))
    for labels in reversed(groups):
        for group in dict.fromkeys(labels.tolist()):
            if group in shifts:
                moves[labels == group] = shifts[group]
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


def mean_of(quantiles: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(rows,) mean of the distribution whose quantiles these are: the integral of its quantile function.

    Quantiles are joined by straight lines; beyond the outermost levels the outermost quantile stands for all.

    Args:
        quantiles: (rows, levels) ascending.
        levels: (levels,) of the quantiles, ascending.
    """
    edges = np.concatenate([[0.0], np.asarray(levels, float), [1.0]])
    held = np.column_stack([quantiles[:, :1], quantiles, quantiles[:, -1:]])
    return np.trapezoid(held, edges, axis=1)


def _shifts(misses: np.ndarray, levels: np.ndarray) -> np.ndarray:
    if not len(misses):
        return np.zeros(len(levels))
    size = len(misses)
    # The finite-sample rank is taken away from the median, on either side of it.
    ranks = [min(1.0, level * (size + 1) / size) if level > 0.5 else max(0.0, level - (1 - level) / size)
             for level in levels]  # fmt: skip
    return np.array([np.quantile(misses[:, place], rank) for place, rank in enumerate(ranks)])
