"""Demand features: figures of the periods before and never of the period itself, against a plain recomputation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.demand_features import calendar_days, lagged_features, time_of_year

VALUES = st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(first=VALUES, second=VALUES)
def test_figures_are_those_of_the_periods_before(first: list[int | None], second: list[int | None]) -> None:
    series = pd.Series([0] * len(first) + [1] * len(second))
    quantity = pd.Series([*first, *second], dtype=float)
    found = lagged_features(quantity, series, 12)
    for start, values in ((0, quantity[: len(first)]), (len(first), quantity[len(first) :])):
        for position in range(len(values)):
            row = {name: found[name].iloc[start + position] for name in found}
            before = values.iloc[:position]
            for lag, name in ((1, "lag_1"), (2, "lag_2"), (4, "lag_4"), (12, "lag_year")):
                expected = before.iloc[-lag] if len(before) >= lag else np.nan
                assert row[name] == expected or (np.isnan(row[name]) and np.isnan(expected))
            assert row["mean_4"] == pytest.approx(before.tail(4).mean(), nan_ok=True)
            assert row["mean_13"] == pytest.approx(before.tail(13).mean(), nan_ok=True)
            assert row["stdev_13"] == pytest.approx(before.tail(13).std(), nan_ok=True, abs=1e-6)
            share = (before.tail(26).dropna() > 0).mean() if before.tail(26).notna().any() else np.nan
            assert row["nonzero_share_26"] == pytest.approx(share, nan_ok=True)
            known = np.flatnonzero(before.notna())
            since = position - known[-1] if len(known) else None
            assert (pd.isna(row["periods_since_report"]) and since is None) or row["periods_since_report"] == since


def test_changing_the_future_changes_nothing_before() -> None:
    random = np.random.default_rng(0)
    quantity, series = pd.Series(random.poisson(3, 60).astype(float)), pd.Series([0] * 60)
    later = quantity.copy()
    later.iloc[30:] += 100
    pd.testing.assert_frame_equal(
        lagged_features(quantity, series, 52).head(31), lagged_features(later, series, 52).head(31)
    )


def test_calendar_counts_days_where_the_place_is() -> None:
    periods = pd.DataFrame(
        {
            "area_id": ["A", "B", "A"],
            "period": ["week", "week", "month"],
            "period_start": ["2024-02-25", "2024-02-25", "2024-02-01"],
        }
    )
    calendar = pd.DataFrame(
        [
            ("2024-03-02", None, "holiday"),
            ("2024-03-02", "A", "holiday"),
            ("2024-03-03", None, "holiday"),
            ("2024-02-26", "P", "closure"),
            ("2024-02-29", "B", "closure"),
        ],
        columns=["day", "area_id", "kind"],
    )
    days = calendar_days(periods, calendar, {"A": ("P",)}, ("holiday", "closure"))
    # The week ends on Saturday 2 March; a day named twice counts once; A lies in P.
    assert days["holiday_days"].tolist() == [1, 1, 0]
    assert days["closure_days"].tolist() == [1, 1, 1]


def test_time_of_year_turns_once() -> None:
    found = time_of_year(pd.Series(["2024-01-01", "2024-07-01"]))
    assert found["month"].tolist() == [1, 7]
    assert found["year_sine"].tolist() == pytest.approx([0, 0], abs=0.03)
    assert found["year_cosine"].tolist() == pytest.approx([1, -1], abs=0.01)
