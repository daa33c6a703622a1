"""Quantiles around point forecasts of levels, from the relative errors of other panels. Makes no point forecast.

Split conformal prediction (Vovk, Gammerman and Shafer 2005) on the logarithm of what came over what was forecast, each
panel counting alike however many forecasts it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

UNIT = 50.0
"""Added to what came and to what was forecast, so that a camp of nobody has a relative error too."""


def relative_errors(observed: np.ndarray, point: np.ndarray, unit: float = UNIT) -> np.ndarray:
    """Logarithm of what came over what was forecast, ``unit`` added to both; NaN where either is missing."""
    return np.log((observed + unit) / (point + unit))


def error_quantiles(panels: Sequence[np.ndarray], levels: np.ndarray) -> np.ndarray:
    """(levels,) quantiles of errors pooled over panels; the median is taken for 0, since the point forecast is kept.

    Args:
        panels: errors (n,) of each panel, NaN where there is none; each panel has the same weight.
        levels: (levels,) ascending.

    Raises:
        ValueError: no panel has an error.
    """
    known = [errors[np.isfinite(errors)] for errors in panels]
    known = [errors for errors in known if len(errors)]
    if not known:
        raise ValueError("No error is known, so there is nothing to take quantiles of.")
    pooled = np.concatenate(known)
    weights = np.concatenate([np.full(len(errors), 1.0 / len(errors)) for errors in known])
    found = np.quantile(pooled, levels, weights=weights, method="inverted_cdf")
    found = np.where(levels < 0.5, np.minimum(found, 0.0), np.maximum(found, 0.0))
    return np.where(levels == 0.5, 0.0, found)


def around(point: np.ndarray, errors: np.ndarray, unit: float = UNIT) -> np.ndarray:
    """Quantiles in the series' unit, not below 0.

    Args:
        point: (…) medians.
        errors: (levels, …) quantiles of relative errors, ascending, that broadcast with ``point``.
        unit: as in `relative_errors`.

    Returns:
        (levels, …); that of an error of 0 is the point itself.
    """
    moved = (point + unit) * np.exp(errors) - unit
    return np.where(errors == 0.0, point, np.maximum(moved, 0.0))
