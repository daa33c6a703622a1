"""How forecasts did against what came true, and whether they do worse than they did. Makes no forecast.

Forecasts of one week share what happened in it, so a week is one observation for every test here, however many places
it is forecast for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

NOMINAL = 0.8
"""What the interval from the 10 % to the 90 % quantile is to cover."""
LEAST_WEEKS = 4


def scored(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Forecasts with what was observed, and how far off they were.

    Args:
        forecasts: q025, q100, q500, q900, q975, observed (missing where nothing was); other columns are kept.

    Returns:
        The rows with an observation, with `error` (forecast less observed), `is_in_80` and `is_in_95`.
    """
    known = forecasts[forecasts["observed"].notna()]
    return known.assign(
        error=known["q500"] - known["observed"],
        is_in_80=known["observed"].between(known["q100"], known["q900"]),
        is_in_95=known["observed"].between(known["q025"], known["q975"]),
    )


def performance(rows: pd.DataFrame, by: Sequence[str], *, recent_weeks: int) -> pd.DataFrame:
    """Error and coverage of each group, over all weeks and over its most recent ones.

    Args:
        rows: as `scored` returns them, with `week_start` and `weeks_ago` (0 in the last week that is known).
        by: columns of the groups.
        recent_weeks: how many weeks count as recent.

    Returns:
        One row a group: `by`, first_week, last_week, forecasts, mae, wape, bias (sum of errors over sum of people),
        coverage_80, coverage_95; recent_forecasts, recent_wape, recent_coverage_80 (missing where there are none);
        wape_trend (change of the weekly WAPE from week to week over twice the recent weeks, by Theil and Sen; missing
        below four weeks).
    """
    found = []
    for key, own in rows.groupby(list(by), sort=True, dropna=False):
        recent = own[own["weeks_ago"] < recent_weeks]
        found.append(
            {
                **dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)),
                "first_week": own["week_start"].min(),
                "last_week": own["week_start"].max(),
                "forecasts": len(own),
                "mae": float(own["error"].abs().mean()),
                "wape": _wape(own),
                "bias": _over(own["error"].sum(), own["observed"].sum()),
                "coverage_80": float(own["is_in_80"].mean()),
                "coverage_95": float(own["is_in_95"].mean()),
                "recent_forecasts": len(recent),
                "recent_wape": _wape(recent),
                "recent_coverage_80": float(recent["is_in_80"].mean()) if len(recent) else np.nan,
                "wape_trend": _trend(own[own["weeks_ago"] < 2 * recent_weeks]),
            }
        )
    return pd.DataFrame(found)


def forecast_drift(
    rows: pd.DataFrame,
    within: str,
    by: Sequence[str],
    *,
    recent_weeks: int,
    error_ratio: float,
    coverage_tolerance: float,
    significance: float,
) -> pd.DataFrame:
    """Whether recent forecasts are worse than those before, or their intervals cover too little or too much.

    The error has drifted if the recent WAPE is `error_ratio` times the one before and recent weeks' WAPEs rank above
    the others' (Mann and Whitney 1947, one-sided); coverage has, if it is `coverage_tolerance` or more from `NOMINAL`
    and a binomial test by weeks makes chance unlikely. p-values are corrected (Holm 1979) within each value of
    `within`, as each of these asks for its own training.

    Args:
        rows: as `scored` returns them, with `week_start` and `weeks_ago`.
        within: column of what is judged by itself, such as the conflict.
        by: further columns of the groups, such as the horizon.
        recent_weeks: how many weeks count as recent.
        error_ratio: from which on an error is worse.
        coverage_tolerance: how far coverage may be from `NOMINAL`.
        significance: of the corrected tests.

    Returns:
        One row a group: within, by, reference_wape, recent_wape, recent_coverage_80, weeks (recent ones with an
        observation), error_p_value, coverage_p_value, has_drifted.
    """
    from scipy.stats import binomtest, mannwhitneyu

    found = []
    for key, own in rows.groupby([within, *by], sort=True):
        is_recent = own["weeks_ago"] < recent_weeks
        recent, before = own[is_recent], own[~is_recent]
        weeks = (_weekly_wape(recent), _weekly_wape(before))
        error_p = coverage_p = 1.0
        covered = float(recent["is_in_80"].mean()) if len(recent) else np.nan
        if len(weeks[0]) >= LEAST_WEEKS:
            # A week is one observation, covered as far as its places are.
            inside = round(float(recent.groupby("week_start")["is_in_80"].mean().sum()))
            coverage_p = float(binomtest(inside, len(weeks[0]), NOMINAL).pvalue)
            if len(weeks[1]) >= LEAST_WEEKS:
                error_p = float(mannwhitneyu(weeks[0], weeks[1], alternative="greater").pvalue)
        found.append(
            (*key, _wape(before), _wape(recent), covered, len(weeks[0]), error_p, coverage_p)  # pyright: ignore[reportGeneralTypeIssues]
        )
    names = [within, *by, "reference_wape", "recent_wape", "recent_coverage_80", "weeks"]
    table = pd.DataFrame(found, columns=[*names, "error_p_value", "coverage_p_value"])
    for name in ("error_p_value", "coverage_p_value"):
        table[name] = table.groupby(within)[name].transform(_holm)
    worse = (table["recent_wape"] >= error_ratio * table["reference_wape"]) & (table["error_p_value"] < significance)
    off = (table["recent_coverage_80"] - NOMINAL).abs() >= coverage_tolerance
    table["has_drifted"] = worse | (off & (table["coverage_p_value"] < significance))
    return table


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def _wape(rows: pd.DataFrame) -> float:
    """Sum of absolute errors over the sum of what was observed; missing where that is nothing."""
    return _over(rows["error"].abs().sum(), rows["observed"].sum())


def _weekly_wape(rows: pd.DataFrame) -> pd.Series:
    """WAPE by week in time's order."""
    sums = rows.assign(off=rows["error"].abs()).groupby("week_start")[["off", "observed"]].sum()
    return (sums["off"] / sums["observed"].where(sums["observed"] > 0)).dropna().sort_index()


def _trend(rows: pd.DataFrame) -> float:
    from scipy.stats import theilslopes

    weekly = _weekly_wape(rows)
    if len(weekly) < LEAST_WEEKS:
        return np.nan
    weeks = (pd.to_datetime(pd.Series(weekly.index)) - pd.Timestamp(weekly.index[0])).dt.days.to_numpy() / 7
    return float(theilslopes(weekly.to_numpy(), weeks)[0])


def _holm(values: pd.Series) -> pd.Series:
    order = values.sort_values(kind="stable")
    return (order * np.arange(len(order), 0, -1)).cummax().clip(upper=1.0).reindex(values.index)
