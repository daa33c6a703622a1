"""Where a model is asked about areas unlike all it learned from: the area of applicability. Estimates nothing.

Meyer and Pebesma 2021, Methods in Ecology and Evolution 12:1620-1633.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dissimilarity:
    """How unlike each row is to the nearest row that was learned from.

    Attributes:
        index: (n,) distance to the nearest row learned from, in mean distances between rows learned from.
        threshold: the greatest index that is usual among rows learned from, each against those of other folds.
        unlike: (n,) number of the covariate that makes most of that distance.
    """

    index: np.ndarray
    threshold: float
    unlike: np.ndarray

    @property
    def outside(self) -> np.ndarray:
        """(n,) whether the row is outside the area of applicability."""
        return self.index > self.threshold


def dissimilarity(table: np.ndarray, weights: np.ndarray, folds: np.ndarray) -> Dissimilarity:
    """The dissimilarity index of each row, and its threshold.

    Covariates are standardised on the rows learned from and stretched by their weight; a missing one counts as the
    mean. The threshold is the upper whisker of the indices of the rows learned from: the greatest one within 1.5
    interquartile ranges of the third quartile.

    Args:
        table: (n, k) covariates; may hold missing values.
        weights: (k,) importance of each covariate, not negative.
        folds: (n,) fold of each row learned from, at least two folds; -1 for rows not learned from, which are
            compared with all that were.

    Raises:
        ValueError: shapes that differ, negative weights, or fewer than two folds.
    """
    values, weight, fold = np.asarray(table, dtype=np.float64), np.asarray(weights, dtype=np.float64), np.asarray(folds)
    if weight.shape != values.shape[1:] or fold.shape != values.shape[:1] or not (weight >= 0).all():
        raise ValueError(f"Weights {weight.shape} or folds {fold.shape} do not fit a table of shape {values.shape}.")
    numbers = np.unique(fold[fold >= 0])
    if len(numbers) < 2:
        raise ValueError("The threshold needs rows of at least two folds.")
    scaled = _scaled(values, weight, fold >= 0)
    learned = scaled[fold >= 0]
    usual = _mean_distance(learned)
    index, unlike = np.zeros(len(values)), np.zeros(len(values), dtype=int)
    for number in [*numbers, -1]:
        asked = np.flatnonzero(fold == number)
        known = scaled[(fold >= 0) & (fold != number)]
        if len(asked):
            distance, nearest = _nearest(scaled[asked], known)
            index[asked] = distance / usual if usual > 0 else 0.0
            unlike[asked] = np.abs(scaled[asked] - known[nearest]).argmax(axis=1)
    return Dissimilarity(index, _upper_whisker(index[fold >= 0]), unlike)


def _scaled(values: np.ndarray, weight: np.ndarray, learned: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = np.maximum(known[learned].sum(axis=0), 1)
    mean = np.where(known, values, 0.0)[learned].sum(axis=0) / count
    centred = np.where(known, values - mean, 0.0)
    spread = np.sqrt((centred[learned] ** 2).sum(axis=0) / count)
    return centred / np.where(spread > 0, spread, 1.0) * weight


def _mean_distance(rows: np.ndarray, chunk: int = 1000) -> float:
    """Mean distance between two different rows."""
    from sklearn.metrics.pairwise import euclidean_distances

    total = sum(
        float(euclidean_distances(rows[start : start + chunk], rows).sum()) for start in range(0, len(rows), chunk)
    )
    return total / max(len(rows) * (len(rows) - 1), 1)


def _nearest(asked: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest known row, and which that is."""
    from sklearn.neighbors import NearestNeighbors

    distance, nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(known).kneighbors(asked)
    return distance[:, 0], nearest[:, 0]


def _upper_whisker(values: np.ndarray) -> float:
    """The greatest value within 1.5 interquartile ranges of the third quartile (Tukey 1977)."""
    first, third = np.quantile(values, [0.25, 0.75])
    return float(values[values <= third + 1.5 * (third - first)].max())
