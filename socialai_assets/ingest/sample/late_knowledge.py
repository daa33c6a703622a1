"""How long offices take to know what happened, and rows of theirs on something nobody knows. Draws no event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

UNKNOWN_CHILD = "97000001"
LATE_SHARE = 0.06


def known(random: np.random.Generator, days: pd.Series, mean_days: float | np.ndarray) -> pd.Series:
    """The day from which each event was known: some days after it, for a few of them months.

    Args:
        random: random numbers.
        days: when it happened.
        mean_days: mean delay, one for all or one each; one in sixteen takes one to four months longer.
    """
    delay = random.gamma(2.0, np.asarray(mean_days) / 2.0, len(days)).round()
    late = random.uniform(size=len(days)) < LATE_SHARE
    delay = np.where(late, delay + random.integers(30, 121, len(days)), delay)
    return days + pd.to_timedelta(delay, "D")


def planted(table: pd.DataFrame, changes: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """The table with copies of its first rows that name something unknown, after the good ones."""
    copies = table.head(len(changes)).copy()
    for position, change in enumerate(changes):
        for name, value in change.items():
            copies.iloc[position, copies.columns.get_loc(name)] = value  # type: ignore[index]
    return pd.concat([table, copies], ignore_index=True)
