"""Probabilities of a yes or no made to agree with what happens, and how far shares of areas stray from them.

No learners, no splits. Platt 1999 for the calibration; a beta-binomial for how outcomes of one place resemble each
other (Skellam 1948, JRSS B 10:257).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

LEAST_PROBABILITY = 0.01
LEAST_OVERDISPERSION, MOST_OVERDISPERSION = 0.001, 0.5


def logit(probability: np.ndarray) -> np.ndarray:
    """Log odds, (n,), of probabilities kept at least 1 % from their ends."""
    kept = np.clip(np.asarray(probability, dtype=np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.log(kept / (1 - kept))


@dataclass(frozen=True)
class Calibration:
    """Platt's scaling: log odds made ``intercept + slope`` times what they were."""

    intercept: float
    slope: float

    def __call__(self, probability: np.ndarray) -> np.ndarray:
        """(n,) calibrated probabilities."""
        return 1 / (1 + np.exp(-(self.intercept + self.slope * logit(probability))))


def calibrate(observed: np.ndarray, probability: np.ndarray) -> Calibration:
    """Fit Platt's scaling on out-of-sample probabilities, with a weak pull towards a slope of 0.

    A slope below 0 would rank the other way round than the model does, and is set to 0.

    Args:
        observed: (n,) outcomes, 0 or 1.
        probability: (n,) out-of-sample probabilities.
    """
    from sklearn.linear_model import LogisticRegression

    truth = np.asarray(observed).astype(int)
    rate = float(np.clip(truth.mean(), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    flat = Calibration(float(logit(np.array([rate]))[0]), 0.0)
    if len(np.unique(truth)) < 2:
        return flat
    line = LogisticRegression(C=10.0).fit(logit(probability)[:, None], truth)
    slope = float(line.coef_[0, 0])
    return Calibration(float(line.intercept_[0]), slope) if slope > 0 else flat


def cross_calibrated(observed: np.ndarray, probability: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Out-of-sample probabilities, (n,), those of each fold calibrated on the other folds."""
    made = np.empty(len(probability))
    for fold in np.unique(folds):
        held = folds == fold
        made[held] = calibrate(observed[~held], probability[~held])(probability[held])
    return made


def overdispersion(observed: np.ndarray, probability: np.ndarray, places: Iterable) -> float:
    """Correlation of what remains of outcomes within a place, by the method of moments.

    Args:
        observed: (n,) outcomes, 0 or 1.
        probability: (n,) out-of-sample probabilities.
        places: (n,) place of each row.

    Returns:
        The correlation, kept between 0.001 and 0.5.
    """
    spread = np.sqrt(np.clip(probability * (1 - probability), 1e-6, None))
    rest = (np.asarray(observed, dtype=np.float64) - probability) / spread
    by = pd.DataFrame({"place": list(places), "rest": rest, "square": rest**2}).groupby("place")
    summed = by.agg(rest=("rest", "sum"), square=("square", "sum"), rows=("rest", "size"))
    pairs = float((summed["rows"] * (summed["rows"] - 1)).sum())
    if pairs == 0:
        return LEAST_OVERDISPERSION
    together = float((summed["rest"] ** 2 - summed["square"]).sum()) / pairs
    return float(np.clip(together, LEAST_OVERDISPERSION, MOST_OVERDISPERSION))


def rate_interval(probability: np.ndarray, correlation: float, *, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Where the rate of failing of places lies whose points have a probability, beta-distributed.

    Args:
        probability: (n,) calibrated.
        correlation: see `overdispersion`.
        level: of the interval.

    Returns:
        (n,) lower and upper ends.
    """
    from scipy.stats import beta

    kept = np.clip(probability, 1e-4, 1 - 1e-4)
    strength = 1 / correlation - 1
    ends = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = (beta.ppf(end, kept * strength, (1 - kept) * strength) for end in ends)
    # A skewed beta's mean can lie outside its central interval.
    return np.minimum(lower, kept), np.maximum(upper, kept)


def share_interval(mean: float, rows: float, correlation: float, *, level: float = 0.9) -> tuple[float, float]:
    """Where the share that fails of some rows lies, as a beta with the variance of a beta-binomial share.

    Args:
        mean: expected share.
        rows: how many rows.
        correlation: see `overdispersion`, of places as large as this one.
        level: of the interval.
    """
    # Variance of the share over mean (1 - mean): that of a beta of the same mean.
    whole = min((1 + (rows - 1) * correlation) / max(rows, 1.0), 0.98)
    lower, upper = rate_interval(np.array([mean]), whole, level=level)
    return float(lower[0]), float(upper[0])
