"""How many observations intervals of many levels hold, each calibrated on rows it is not judged on. No plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.intervals import cross_conformal
from socialai_assets.methods.scores import coverage

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def coverage_by_level(
    observed: np.ndarray,
    estimate: np.ndarray,
    folds: np.ndarray,
    *,
    difficulty: np.ndarray,
    calibrated_by: Iterable,
    judged: Mapping[str, np.ndarray],
    within: tuple[float, float],
    levels: Sequence[float] = LEVELS,
) -> pd.DataFrame:
    """Share of observations inside cross-conformal intervals of each level, over all rows and by group.

    Args:
        observed: (n,) observed values.
        estimate: (n,) out-of-fold estimates.
        folds: (n,) fold of each row; each is calibrated on the others.
        difficulty: (n,) see `intervals.calibrate`.
        calibrated_by: (n,) group whose errors each row's interval is calibrated on.
        judged: group to (n,) membership.
        within: range the intervals are cut to.
        levels: nominal levels, between 0 and 1.

    Returns:
        `group, nominal, covered, areas`, the group `all` first.
    """
    labels = list(calibrated_by)
    everybody = {"all": np.ones(len(observed), dtype=bool), **judged}
    rows = []
    for level in levels:
        lower, upper = cross_conformal(
            observed, estimate, folds, level=level, difficulty=difficulty, groups=labels, within=within
        )
        rows += [
            {
                "group": group,
                "nominal": level,
                "covered": coverage(observed[members], lower[members], upper[members]),
                "areas": int(members.sum()),
            }
            for group, members in everybody.items()
        ]
    return pd.DataFrame(rows)
