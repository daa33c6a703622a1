"""High, medium and low risk: where the classes begin, and which of them are given. Fits nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from socialai_assets.methods.failure_probability import share_bounds
from socialai_assets.water.risk_contracts import RISK_CLASSES

RATIO_HIGH, RATIO_LOW = 1.5, 2 / 3
"""A risk is high from so many times the overall rate on, low up to so many times: fixed, so that nothing is tuned."""


def classes_of(risk: np.ndarray, rate: float, given: Sequence[str] = RISK_CLASSES) -> np.ndarray:
    """(n,) high, medium or low: against the overall rate of failing; None where the risk is missing.

    What would be in a class that is not given is medium.
    """
    known = ~np.isnan(risk)
    made = np.full(len(risk), None, dtype=object)
    made[known] = "medium"
    if "high" in given:
        made[known & (np.nan_to_num(risk) >= RATIO_HIGH * rate)] = "high"
    if "low" in given:
        made[known & (np.nan_to_num(risk, nan=1.0) <= RATIO_LOW * rate)] = "low"
    return made


def classes_given(observed: np.ndarray, estimate: np.ndarray) -> tuple[str, ...]:
    """Classes whose held-out visits certainly failed more, or less, often than all did; medium is always given.

    By the bounds of Jeffreys' 90 % interval (Brown, Cai and DasGupta 2001).
    """
    rate = float(observed.mean())
    classes = classes_of(estimate, rate)
    lower, _ = share_bounds(observed[classes == "high"])
    _, upper = share_bounds(observed[classes == "low"])
    return (*(["high"] if lower > rate else []), "medium", *(["low"] if upper < rate else []))
