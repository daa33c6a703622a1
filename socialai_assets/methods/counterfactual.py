"""How little a few named covariates would have to differ for an estimate to pass a mark. What they mean is not here.

The model is asked again with other values; nothing says that an intervention would have that effect (Wachter and others
2017, Harvard Journal of Law and Technology 31:841-887, for counterfactual explanations).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Shifts that are tried, in shares of all areas: up or down the ranking by the covariate.
SHIFTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Alternatives:
    """Estimates of every area with one lever moved, for each lever and shift.

    Attributes:
        levers: (m,) name of each.
        shifts: (m,) signed share of all areas by which the covariates were moved.
        estimates: (m, n) what the model estimates then; missing where nothing could be moved so far.
    """

    levers: tuple[str, ...]
    shifts: np.ndarray
    estimates: np.ndarray


def shifted(values: np.ndarray, among: np.ndarray, shift: float) -> np.ndarray:
    """Values moved up or down the distribution of all areas.

    Args:
        values: (n,) covariate of the areas asked about; missing ones stay missing.
        among: (m,) the covariate of all areas.
        shift: signed share of all areas to move past, kept between the least and the greatest.

    Returns:
        (n,) the values then, never moved against the shift.
    """
    known = np.sort(among[np.isfinite(among)])
    if not len(known):
        return values.copy()
    place = (np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")) / 2 / len(known)
    moved = np.quantile(known, np.clip(place + shift, 0, 1))
    moved = np.maximum(values, moved) if shift > 0 else np.minimum(values, moved)
    return np.where(np.isfinite(values), moved, values)


def alternatives(
    estimate: Callable[[np.ndarray], np.ndarray],
    table: np.ndarray,
    among: np.ndarray,
    levers: Mapping[str, Sequence[int]],
    *,
    shifts: Sequence[float] = SHIFTS,
) -> Alternatives:
    """Ask the model again with each lever moved by each shift, up and down.

    Args:
        estimate: (n, k) table to (n,) estimates.
        table: (n, k) what the model sees of the areas asked about.
        among: (m, k) what it sees of all areas.
        levers: name to the columns that are moved together, by the same shift.
        shifts: positive shares of all areas.
    """
    names, signed, tables, moved = [], [], [], []
    for lever, columns in levers.items():
        for shift in sorted([*shifts, *(-shift for shift in shifts)], key=abs):
            changed = table.copy()
            for column in columns:
                changed[:, column] = shifted(table[:, column], among[:, column], shift)
            different = ((changed != table) & np.isfinite(table)).any(axis=1)
            names.append(lever)
            signed.append(shift)
            moved.append(different)
            tables.append(changed[different])
    estimates = np.full((len(names), len(table)), np.nan)
    if names:
        estimates[np.array(moved)] = estimate(np.vstack(tables))
    return Alternatives(tuple(names), np.array(signed), estimates)


def smallest_change(made: Alternatives, reached: np.ndarray) -> np.ndarray:
    """The alternative with the smallest shift that reaches what was wanted.

    Args:
        made: the alternatives.
        reached: (m, n) whether each alternative does for each area.

    Returns:
        (n,) number of the alternative, -1 where none does; of equal shifts the first.
    """
    if not len(made.levers):
        return np.full(reached.shape[1], -1)
    size = np.where(reached & np.isfinite(made.estimates), np.abs(made.shifts)[:, np.newaxis], np.inf)
    best = size.argmin(axis=0)
    return np.where(np.isfinite(size.min(axis=0)), best, -1)
