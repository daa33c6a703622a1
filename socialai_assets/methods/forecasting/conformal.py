"""Quantiles of a forecast from how far past forecasts were off (conformal prediction). Makes no forecast itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVELS = (0.025, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.975)
FEWEST_ERRORS = 80


def quantiles(
    forecasts: np.ndarray,
    scales: np.ndarray,
    groups: np.ndarray,
    past_errors: np.ndarray,
    past_groups: np.ndarray,
    levels: Sequence[float] = LEVELS,
    fewest: int = FEWEST_ERRORS,
) -> np.ndarray:
    """Quantile forecasts by split conformal prediction with signed errors, per group and periods ahead.

    The level p is the k-th smallest past error, k = p (n + 1) rounded outwards, so that coverage is kept where errors
    are few (Vovk et al. 2005; Romano et al. 2019). Where a group has fewer errors at a number of periods ahead, those
    of the nearest ones are taken as well, then those of all groups.

    Args:
        forecasts: (horizon, series) forecasts, not negative.
        scales: (series,) what errors are measured in, above 0.
        groups: (series,) group of each series, such as its level and size.
        past_errors: (origins, horizon, series) observed minus forecast over the scale at that origin; NaN: not known
            when the forecast is made. Whoever calls leaves out what came after the origin.
        past_groups: (origins, series) group of each series at each origin.
        levels: levels of the quantiles, ascending.
        fewest: errors that a group should have.

    Returns:
        (levels, horizon, series), ascending and not negative; NaN where there is no past error at all.
    """
    horizon, _ = forecasts.shape
    made = np.full((len(levels), *forecasts.shape), np.nan)
    for group in np.unique(groups):
        members = groups == group
        own = _by_step(past_errors, past_groups == group)
        for step in range(horizon):
            errors = _enough(own, step, fewest)
            if len(errors) < fewest / 2:
                everyone = _by_step(past_errors, np.ones(past_groups.shape, bool))
                errors = np.concatenate([errors, _enough(everyone, step, fewest)])
            if len(errors):
                shift = _outward(np.sort(errors), levels)
                made[:, step, members] = forecasts[step, members] + shift[:, None] * scales[members]
    return np.sort(np.maximum(made, 0.0), axis=0)


def _by_step(errors: np.ndarray, chosen: np.ndarray) -> list[np.ndarray]:
    parts = [errors[:, step][chosen] for step in range(errors.shape[1])]
    return [part[np.isfinite(part)] for part in parts]


def _enough(by_step: Sequence[np.ndarray], step: int, fewest: int) -> np.ndarray:
    errors = by_step[step]
    for away in range(1, len(by_step)):
        if len(errors) >= fewest:
            break
        near = [place for place in (step - away, step + away) if 0 <= place < len(by_step)]
        errors = np.concatenate([errors, *(by_step[place] for place in near)])
    return errors


def _outward(ordered: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    size = len(ordered)
    found = []
    for level in levels:
        if level == 0.5:
            found.append(float(np.median(ordered)))
            continue
        rank = level * (size + 1)
        place = int(np.ceil(rank)) - 1 if level > 0.5 else int(np.floor(rank)) - 1
        found.append(float(ordered[np.clip(place, 0, size - 1)]))
    return np.array(found)
