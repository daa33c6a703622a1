"""What a forecast may know of each period of many demand series: lags, running figures, calendar. Fits no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERIODS_A_YEAR = {"week": 52, "month": 12}
LAGS = (1, 2, 4)
_DAYS_A_YEAR = 365.25


def lagged_features(quantity: pd.Series, series: pd.Series, lag_year: int) -> pd.DataFrame:
    """Figures of the periods before each, none of the period itself or later.

    Periods must be complete and in order within each series: the row before is the period before. What was not
    reported is missing, and running figures are over what was reported.

    Args:
        quantity: units needed; missing where nothing was reported.
        series: the series each row belongs to, on the same index.
        lag_year: periods a year.

    Returns:
        `lag_1`, `lag_2`, `lag_4`, `lag_year`, `mean_4`, `mean_13`, `stdev_13` (over at least two), `nonzero_share_26`
        and `periods_since_report` (Int64), on the same index.
    """
    grouped = quantity.groupby(series, sort=False)
    features = pd.DataFrame({f"lag_{lag}": grouped.shift(lag) for lag in LAGS}, index=quantity.index)
    features["lag_year"] = grouped.shift(lag_year)
    before = grouped.shift(1)
    position = series.groupby(series, sort=False).cumcount().to_numpy()
    for periods in (4, 13):
        count, total, squares = _running(before, position, periods)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count
            features[f"mean_{periods}"] = np.where(count > 0, mean, np.nan)
            if periods == 13:
                variance = np.clip(squares / count - mean**2, 0, None) * count / (count - 1)
                features["stdev_13"] = np.where(count > 1, np.sqrt(variance), np.nan)
    nonzero = before.where(before.isna(), (before > 0).astype(float))
    count, total, _ = _running(nonzero, position, 26)
    with np.errstate(invalid="ignore", divide="ignore"):
        features["nonzero_share_26"] = np.where(count > 0, total / count, np.nan)
    reported = pd.Series(np.where(quantity.notna(), position, np.nan), quantity.index)
    last = reported.groupby(series, sort=False).ffill().groupby(series, sort=False).shift(1)
    features["periods_since_report"] = (position - last).astype("Int64")
    return features


def _running(
    values: pd.Series, position: NDArray[np.int64], periods: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Number, sum and sum of squares of the known values of this row and those before, `periods` rows at most.

    Summed lag by lag and not from cumulative sums, so that a series does not feel the rounding of the one before.
    """
    numbers = values.to_numpy(float)
    known = np.isfinite(numbers)
    filled = np.where(known, numbers, 0.0)
    count, total, squares = (np.zeros(len(numbers)) for _ in range(3))
    for back in range(min(periods, len(numbers))):
        inside = position[back:] >= back
        end = len(numbers) - back
        count[back:] += np.where(inside, known[:end], 0)
        total[back:] += np.where(inside, filled[:end], 0.0)
        squares[back:] += np.where(inside, filled[:end] ** 2, 0.0)
    return count, total, squares


def time_of_year(period_start: pd.Series) -> pd.DataFrame:
    """`month` (1 to 12), `year_sine` and `year_cosine` of the first day of each period, on the same index."""
    days = pd.to_datetime(period_start)
    turn = 2 * np.pi * (days.dt.dayofyear - 1) / _DAYS_A_YEAR
    return pd.DataFrame(
        {"month": days.dt.month.astype(int), "year_sine": np.sin(turn), "year_cosine": np.cos(turn)},
        index=period_start.index,
    )


def calendar_days(
    periods: pd.DataFrame, calendar: pd.DataFrame, parents: Mapping[str, tuple[str, ...]], kinds: tuple[str, ...]
) -> pd.DataFrame:
    """Days of each kind in each period, where the place is: its area, one above it, or everywhere.

    Args:
        periods: `area_id`, `period` (week or month) and `period_start`.
        calendar: `day`, `area_id` (missing: everywhere) and `kind`; days named twice count once.
        parents: the areas above each area.
        kinds: kinds to count, each as `<kind>_days`.

    Returns:
        One column of whole numbers a kind, on the index of `periods`.
    """
    starts = pd.to_datetime(periods["period_start"])
    weekly = (periods["period"] == "week").to_numpy()
    ends = starts.where(~weekly, starts + pd.Timedelta(days=7)).where(weekly, starts + pd.offsets.DateOffset(months=1))
    first, last = (part.to_numpy().astype("datetime64[D]").astype(np.int64) for part in (starts, ends))
    days = pd.DataFrame(
        {
            "day": pd.to_datetime(calendar["day"]).to_numpy().astype("datetime64[D]").astype(np.int64),
            "area_id": calendar["area_id"].to_numpy(dtype=object),
            "kind": calendar["kind"].to_numpy(dtype=object),
        }
    )
    everywhere = days["area_id"].isna()
    by_area = {str(area): rows for area, rows in days[~everywhere].groupby("area_id")}
    counts = pd.DataFrame(0, index=periods.index, columns=[f"{kind}_days" for kind in kinds])
    for area, rows in periods.groupby("area_id", sort=False).indices.items():
        there = [by_area[place] for place in (str(area), *parents.get(str(area), ())) if place in by_area]
        known = pd.concat([days[everywhere], *there])
        for column, kind in enumerate(kinds):
            on = np.unique(known.loc[known["kind"] == kind, "day"].to_numpy())
            found = np.searchsorted(on, last[rows]) - np.searchsorted(on, first[rows])
            counts.iloc[rows, column] = found
    return counts
