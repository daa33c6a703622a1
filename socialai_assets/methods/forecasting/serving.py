"""What is served of several forecasts: combined, coherent, corrected, at past origins by the origins before only.

Models and their fitting are elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from socialai_assets.methods.forecasting.calibration import corrected, corrections
from socialai_assets.methods.forecasting.coherence import Hierarchy, reconciled
from socialai_assets.methods.forecasting.system import Choice, choose

LEAST_BEFORE = 3
"""Origins that must have gone before, for weights and for the covariance of errors to be told."""

Trees = Sequence[tuple[Hierarchy, np.ndarray]]


def served(
    points: Mapping[str, np.ndarray],
    choice: Choice,
    groups: np.ndarray,
    trees: Trees,
    before: Mapping[str, np.ndarray],
    came: np.ndarray,
) -> np.ndarray:
    """Combined forecasts made to add up.

    Args:
        points: (origins, horizon, series) by model.
        choice: weights, and the series that the baseline serves.
        groups: (series,) label of the series that share weights.
        trees: hierarchies, each with its columns among the series.
        before: (past origins, horizon, series) by model.
        came: (past origins, horizon, series) what came, NaN where not reported.

    Returns:
        (origins, horizon, series), each node of a hierarchy the sum of its places.
    """
    made = choice.point(points, groups)
    if len(came):
        residuals = (came - choice.point(before, groups)).reshape(-1, made.shape[-1]).T
    else:
        residuals = np.empty((made.shape[-1], 0))
    flat = np.nan_to_num(made).reshape(-1, made.shape[-1])
    for tree, columns in trees:
        flat[:, columns] = reconciled(flat[:, columns].T, residuals[columns], tree).T
    return flat.reshape(made.shape)


def served_at_past_origins(
    points: Mapping[str, np.ndarray], came: np.ndarray, groups: np.ndarray, trees: Trees
) -> np.ndarray:
    """What would have been served at each past origin, chosen and made coherent by the origins before it only.

    Args:
        points: (origins, horizon, series) by model, origins a horizon apart, oldest first.
        came: (origins, horizon, series) what came, NaN where not reported.
        groups: (series,) label of the series that share weights.
        trees: hierarchies, each with its columns among the series.

    Returns:
        (origins, horizon, series), NaN at the first `LEAST_BEFORE` origins (fewer where there are few).
    """
    made = np.full(came.shape, np.nan)
    for origin in range(max(1, min(LEAST_BEFORE, len(came) // 2)), len(came)):
        before = {name: values[:origin] for name, values in points.items()}
        now = {name: values[origin : origin + 1] for name, values in points.items()}
        choice = choose(before, came[:origin], groups)
        made[origin] = served(now, choice, groups, trees, before, came[:origin])[0]
    return made


def corrected_at_past_origins(
    quantiles: np.ndarray, came: np.ndarray, levels: np.ndarray, groups: Sequence[np.ndarray]
) -> np.ndarray:
    """Quantiles of past origins, each corrected by what came at the origins before it only.

    Args:
        quantiles: (levels, origins, horizon, series), ascending; NaN where nothing was served.
        came: (origins, horizon, series) what came, NaN where not reported.
        levels: (levels,) of the quantiles.
        groups: labels (series,) of series whose errors are alike, the finest grouping first, as `corrections` takes
            them.

    Returns:
        (levels, origins, horizon, series), NaN in the first half of the origins, when there is little to go by.
    """
    made = np.full_like(quantiles, np.nan)
    for origin in range(max(1, len(came) // 2), len(came)):
        shifts = shifts_by_group(quantiles[:, :origin], came[:origin], levels, groups)
        made[:, origin] = moved(quantiles[:, origin], levels, groups, shifts)
    return made


def shifts_by_group(
    quantiles: np.ndarray, came: np.ndarray, levels: np.ndarray, groups: Sequence[np.ndarray]
) -> dict[object, np.ndarray]:
    """Corrections (levels,) by group, from quantiles and what came as `corrected_at_past_origins` takes them."""
    return corrections(came.ravel(), _flat(quantiles), levels, _repeated(groups, came.shape))


def moved(
    quantiles: np.ndarray, levels: np.ndarray, groups: Sequence[np.ndarray], shifts: dict[object, np.ndarray]
) -> np.ndarray:
    """Quantiles (levels, …, series) corrected by `shifts_by_group`."""
    flat = corrected(_flat(quantiles), levels, _repeated(groups, quantiles.shape[1:]), shifts)
    return flat.T.reshape(quantiles.shape)


def _flat(quantiles: np.ndarray) -> np.ndarray:
    """(levels, …) as (rows, levels)."""
    return quantiles.reshape(len(quantiles), -1).T


def _repeated(groups: Sequence[np.ndarray], shape: tuple[int, ...]) -> list[np.ndarray]:
    """Labels of series as labels of the rows of arrays whose last axis is the series."""
    return [np.tile(labels, int(np.prod(shape[:-1]))) for labels in groups]
