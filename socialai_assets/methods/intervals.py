"""Prediction intervals from the errors a model made on rows it had not seen (conformal prediction). No models.

An interval is estimate plus or minus a quantile of absolute out-of-fold errors, with the finite-sample correction:
of n errors the ceil((n + 1) * level)-th smallest (Vovk et al. 2005; Lei et al. 2018, JASA 113:1094-1111). It
covers at least ``level`` of new rows as far as these are exchangeable with the calibration rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


def conformal_quantile(scores: np.ndarray, level: float) -> float:
    """The ceil((n + 1) * level)-th smallest score; infinite where there are too few scores for the level.

    Raises:
        ValueError: a level outside (0, 1), or a missing score.
    """
    if not 0 < level < 1:
        raise ValueError(f"The level of an interval lies between 0 and 1, got {level}.")
    scores = np.asarray(scores, dtype=np.float64)
    if np.isnan(scores).any():
        raise ValueError(f"{np.isnan(scores).sum()} of {len(scores)} calibration errors are missing.")
    # Rounded first: 0.9 * 10 is 9.000000000000002 in floating point, whose ceiling is one too many.
    rank = math.ceil(round((len(scores) + 1) * level, 9))
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else float("inf")


@dataclass(frozen=True)
class ConformalIntervals:
    """Calibrated half-widths, ready to be put around estimates and to be stored as JSON (`dataclasses.asdict`).

    Attributes:
        level: share of rows the intervals are to cover.
        half_width: half-width for everybody; multiplied by the difficulty where one was given to `calibrate`.
        half_width_of: half-width of each group that was large enough to have its own (Mondrian).
        normalised: whether half-widths are multiplied by a difficulty.
    """

    level: float
    half_width: float
    half_width_of: dict[str, float] = field(default_factory=dict)
    normalised: bool = False

    def bounds(
        self,
        estimate: np.ndarray,
        *,
        difficulty: np.ndarray | None = None,
        groups: Iterable | None = None,
        within: tuple[float, float] = (-math.inf, math.inf),
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bound around each estimate.

        Args:
            estimate: (n,) point estimates.
            difficulty: (n,) positive, exactly where the calibration had one.
            groups: (n,) group of each row; unknown groups get the common half-width.
            within: bounds are cut to this range, e.g. (0, 100) for a percentage.

        Raises:
            ValueError: a difficulty that is missing, not wanted or not positive.
        """
        estimate = np.asarray(estimate, dtype=np.float64)
        half_width = np.full(len(estimate), self.half_width)
        if groups is not None:
            own = pd.Series(list(groups)).astype(str).map(self.half_width_of).to_numpy(dtype=np.float64)
            half_width = np.where(np.isnan(own), half_width, own)
        half_width = half_width * _difficulty(difficulty, len(estimate), self.normalised)
        return np.clip(estimate - half_width, *within), np.clip(estimate + half_width, *within)


def _difficulty(difficulty: np.ndarray | None, rows: int, wanted: bool) -> np.ndarray:
    if (difficulty is not None) != wanted:
        raise ValueError("A difficulty is given both when intervals are calibrated and when used, or neither time.")
    if difficulty is None:
        return np.ones(rows)
    values = np.asarray(difficulty, dtype=np.float64)
    if values.shape != (rows,) or not (values > 0).all():
        raise ValueError(f"The difficulty must be one positive number for each of the {rows} rows.")
    return values


def calibrate(
    residuals: np.ndarray,
    *,
    level: float = 0.9,
    difficulty: np.ndarray | None = None,
    groups: Iterable | None = None,
    minimum_group: int = 100,
) -> ConformalIntervals:
    """Half-widths from out-of-fold errors.

    Args:
        residuals: (n,) observed minus out-of-fold estimate.
        level: share of rows to cover.
        difficulty: (n,) positive size the error is expected to have (spread of the trees, say): intervals get
            narrow where the model is sure (normalised conformal; Papadopoulos et al. 2011).
        groups: (n,) group of each row: each group is covered, not only the average (Mondrian conformal).
        minimum_group: smaller groups get the common half-width, since their own would be noise.

    Raises:
        ValueError: missing errors, a level outside (0, 1), or a difficulty that is not positive.
    """
    scores = np.abs(np.asarray(residuals, dtype=np.float64))
    scores = scores / _difficulty(difficulty, len(scores), difficulty is not None)
    half_width_of: dict[str, float] = {}
    if groups is not None:
        labels = np.asarray([str(group) for group in groups])
        if len(labels) != len(scores):
            raise ValueError(f"{len(scores)} errors but {len(labels)} groups.")
        for label in np.unique(labels):
            members = scores[labels == label]
            if len(members) >= minimum_group:
                half_width_of[str(label)] = conformal_quantile(members, level)
    return ConformalIntervals(level, conformal_quantile(scores, level), half_width_of, difficulty is not None)


def cross_conformal(
    observed: np.ndarray,
    estimate: np.ndarray,
    folds: np.ndarray,
    *,
    level: float = 0.9,
    difficulty: np.ndarray | None = None,
    groups: Iterable | None = None,
    minimum_group: int = 100,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals for out-of-fold estimates, each fold calibrated on the errors of the other folds only.

    So the coverage measured on them is that of rows which had no say in the width.

    Args:
        observed: (n,) observed values.
        estimate: (n,) out-of-fold estimates.
        folds: (n,) fold of each row, at least two.
        level: share of rows to cover.
        difficulty: see `calibrate`.
        groups: see `calibrate`.
        minimum_group: see `calibrate`.
        within: range the bounds are cut to.

    Returns:
        Lower and upper bounds, each (n,).

    Raises:
        ValueError: fewer than two folds, or what `calibrate` refuses.
    """
    observed, estimate = np.asarray(observed, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    folds = np.asarray(folds)
    labels = None if groups is None else np.asarray([str(group) for group in groups])
    if len(np.unique(folds)) < 2:
        raise ValueError("Cross-conformal intervals need at least two folds.")
    lower, upper = np.empty(len(estimate)), np.empty(len(estimate))

    def part(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
        return None if values is None else np.asarray(values)[rows]

    for fold in np.unique(folds):
        held_out = folds == fold
        calibrated = calibrate(
            (observed - estimate)[~held_out],
            level=level,
            difficulty=part(difficulty, ~held_out),
            groups=part(labels, ~held_out),
            minimum_group=minimum_group,
        )
        lower[held_out], upper[held_out] = calibrated.bounds(
            estimate[held_out],
            difficulty=part(difficulty, held_out),
            groups=part(labels, held_out),
            within=within,
        )
    return lower, upper
