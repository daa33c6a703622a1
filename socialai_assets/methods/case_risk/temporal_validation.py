"""Which dates teach and which test, and which model regrets least over the tests. Fits nothing.

Only labels that were known on the test date may teach: a label made on a date is known a timespan later, so a gap as
long as the timespan lies between the last date that teaches and the one that tests (Ackermann et al. 2018, triage).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TemporalSplit:
    """One date that is tested, and the rows that teach for it.

    Attributes:
        test_date: as-of date of the rows tested.
        train: (n,) rows whose label was known by then.
        test: (n,) rows of that date.
    """

    test_date: pd.Timestamp
    train: np.ndarray
    test: np.ndarray


def temporal_splits(
    as_of_dates: Iterable, label_known_on: Iterable, *, test_dates: Sequence | None = None, least_rows: int = 1
) -> list[TemporalSplit]:
    """Splits by date, the earliest test first: whatever was known when a test began teaches, nothing else.

    Args:
        as_of_dates: (n,) date each row's features are of.
        label_known_on: (n,) date each row's label was known (as-of date plus timespan, or later); missing where it
            is not known yet: such a row neither teaches nor tests.
        test_dates: dates to test; all if None.
        least_rows: a date with fewer rows to learn from is left out.

    Raises:
        ValueError: lengths differ, or a label that was known before its own as-of date (a leak).
    """
    as_of = pd.to_datetime(pd.Series(list(as_of_dates))).reset_index(drop=True)
    known = pd.to_datetime(pd.Series(list(label_known_on))).reset_index(drop=True)
    if len(as_of) != len(known):
        raise ValueError(f"{len(as_of)} dates but {len(known)} labels: one of each is needed for every row.")
    early = (known < as_of).to_numpy()
    if early.any():
        raise ValueError(f"{int(early.sum())} labels were known before the date of their features, a leak.")
    dates = sorted(as_of.unique()) if test_dates is None else sorted(pd.Timestamp(day) for day in test_dates)
    made = []
    for day in dates:
        train = (known.le(day) & as_of.lt(day)).to_numpy()
        test = (as_of.eq(day) & known.notna()).to_numpy()
        if train.sum() >= least_rows and test.any():
            made.append(TemporalSplit(pd.Timestamp(day), train, test))
    return made


def regrets(scores: pd.DataFrame, *, higher_is_better: bool = True) -> pd.DataFrame:
    """How far each model was behind the best one of each test date, over all dates.

    Args:
        scores: `model, test_date, value`; a model without a value on a date is left out of the choice altogether.
        higher_is_better: whether more of the value is better.

    Returns:
        One row a model, the one to choose first: `model, mean_value, mean_regret, max_regret, dates`, ordered by mean
        regret, then the worst one, then the name.

    Raises:
        ValueError: no model has a value on every date.
    """
    table = scores.pivot(index="model", columns="test_date", values="value")
    table = table.dropna()
    if table.empty:
        raise ValueError("No model has a score on every test date.")
    best = table.max() if higher_is_better else table.min()
    behind = (best - table if higher_is_better else table - best).clip(lower=0)
    found = pd.DataFrame(
        {
            "mean_value": table.mean(axis=1),
            "mean_regret": behind.mean(axis=1),
            "max_regret": behind.max(axis=1),
            "dates": table.shape[1],
        }
    ).reset_index()
    return found.sort_values(["mean_regret", "max_regret", "model"], ignore_index=True)
