"""Which forecasts are combined, and how, chosen on past origins only. Fits no model of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

Loss = Callable[[np.ndarray], float]


def shares(models: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to give ``parts`` equal parts of the weight to a number of models."""
    if models == 1:
        yield (parts,)
        return
    for first in range(parts, -1, -1):
        for rest in shares(models - 1, parts - first):
            yield (first, *rest)


def combine(forecasts: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> np.ndarray:
    """The weighted mean of forecasts of one shape; models that made none (NaN) leave their weight to the others."""
    total, weight = 0.0, 0.0
    for name, share in weights.items():
        made = np.isfinite(forecasts[name])
        total = total + np.where(made, share * np.nan_to_num(forecasts[name]), 0.0)
        weight = weight + share * made
    with np.errstate(all="ignore"):
        return np.where(np.asarray(weight) > 0, total / np.asarray(weight), np.nan)


def best_weights(forecasts: Mapping[str, np.ndarray], loss: Loss, parts: int = 5) -> dict[str, float]:
    """The weights with the least loss on past origins, in steps of 1 / ``parts``.

    Coarse steps and few models guard against fitting the past's noise (the "forecast combination puzzle": Stock and
    Watson 2004). Ties go to the model named first.

    Args:
        forecasts: forecasts of the same past values by model, any one shape.
        loss: the loss of a combined forecast of that shape, least is best.
        parts: see above.

    Returns:
        Weights above zero, which add up to one.
    """
    names = list(forecasts)
    best, least = {names[0]: 1.0}, np.inf
    for given in shares(len(names), parts):
        weights = {name: share / parts for name, share in zip(names, given, strict=True) if share}
        value = loss(combine(forecasts, weights))
        if value < least - 1e-12:
            best, least = weights, value
    return best


def served_by_baseline(observed: np.ndarray, candidate: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Which series a baseline forecast better than the candidate on past origins.

    Args:
        observed: (…, series) what came, NaN where not reported.
        candidate: likewise, the candidate's forecasts.
        baseline: likewise, the baseline's.

    Returns:
        (series,) whether the baseline's sum of absolute errors is the smaller; also where nothing was reported.
    """
    axes = tuple(range(observed.ndim - 1))
    known = np.isfinite(observed) & np.isfinite(candidate) & np.isfinite(baseline)
    ours = np.where(known, np.abs(observed - candidate), 0.0).sum(axis=axes)
    theirs = np.where(known, np.abs(observed - baseline), 0.0).sum(axis=axes)
    return (theirs < ours) | ~known.any(axis=axes)
