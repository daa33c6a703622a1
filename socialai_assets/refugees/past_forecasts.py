"""Forecasts and plans as they were made, kept beside what came true. Pure: reads no lake, makes no forecast."""

from __future__ import annotations

import pandas as pd

from socialai_assets.methods.forecasting.monitoring import forecast_drift, performance, scored
from socialai_assets.refugees.feedback_contracts import ALL, OUT_OF_SAMPLE, SERVED
from socialai_assets.refugees.feedback_settings import ForecastFeedback

COMBINATION = "combination"
"""Model of past forecasts made afterwards that would have been served."""
QUANTILES = ("q025", "q100", "q500", "q900", "q975")
_FORECAST_KEY = ["camp_id", "origin_week", "week_start"]


def kept_forecasts(kept: pd.DataFrame | None, served: pd.DataFrame) -> pd.DataFrame:
    """Every forecast as it was first served from its origin.

    One that is made again from the same origin, by a model that learned of what came later, does not replace it.

    Args:
        kept: `refugees.served_forecasts` so far; None at first.
        served: `refugees.population_forecasts`.
    """
    columns = ["conflict_id", *_FORECAST_KEY, "horizon", "model", *QUANTILES, "is_synthetic"]
    both = [served[columns]] if kept is None or kept.empty else [kept[columns], served[columns]]
    return (
        pd.concat(both, ignore_index=True)
        .drop_duplicates(_FORECAST_KEY, keep="first")
        .sort_values(_FORECAST_KEY, ignore_index=True)
    )


def kept_plans(kept: pd.DataFrame | None, plan: pd.DataFrame) -> pd.DataFrame:
    """What each camp was to get, week by week, by the last plan that had the week.

    Args:
        kept: `refugees.served_plans` so far; None at first.
        plan: rows of `refugees.supply_plan` of one scenario; weeks before its first one are kept as they were.
    """
    columns = ["camp_id", "conflict_id", "item_id", "week_start", "plan_start", "planned", "needed", "minimum"]
    columns = [*columns, "is_synthetic"]
    made = plan.drop_duplicates(["camp_id", "item_id", "week_start"]).rename(columns={"received": "planned"})
    # Conflicts have calendars of their own, so each has a first week of its own.
    week = pd.to_datetime(made["week_start"])
    first = week.groupby(made["conflict_id"]).min()
    made = made.assign(plan_start=pd.to_datetime(made["conflict_id"].map(first)).dt.date)[columns]
    if kept is None or kept.empty:
        rows = made
    elif made.empty:
        rows = kept[columns]
    else:
        begins = pd.to_datetime(kept["conflict_id"].map(first))
        is_over = begins.isna() | (pd.to_datetime(kept["week_start"]) < begins)
        rows = pd.concat([kept.loc[is_over, columns], made], ignore_index=True)
    return rows.assign(
        **{name: pd.to_datetime(rows[name]).dt.date for name in ("week_start", "plan_start")}
    ).sort_values(["camp_id", "item_id", "week_start"], ignore_index=True)


def judged(served: pd.DataFrame, past: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Past forecasts with what was reported: served ones, and those made afterwards where none was served.

    Args:
        served: `refugees.served_forecasts`.
        past: `refugees.population_out_of_sample`.
        population: `refugees.camp_population`.

    Returns:
        Rows as `methods.forecasting.monitoring.scored` returns them, with `basis`, `week_start` and `weeks_ago`.
    """
    reports = population.loc[~population["is_carried_forward"], ["camp_id", "week_start", "people"]]
    known = served.merge(reports.rename(columns={"people": "observed"}), on=["camp_id", "week_start"], how="inner")
    afterwards = past[past["model"] == COMBINATION].assign(basis=OUT_OF_SAMPLE)
    was_served = pd.MultiIndex.from_frame(known[_FORECAST_KEY])
    afterwards = afterwards[~pd.MultiIndex.from_frame(afterwards[_FORECAST_KEY]).isin(was_served)]
    columns = ["conflict_id", *_FORECAST_KEY, "horizon", *QUANTILES, "observed", "is_synthetic", "basis"]
    parts = [part[columns] for part in (known.assign(basis=SERVED), afterwards) if len(part)]
    if not parts:
        return scored(pd.DataFrame(columns=[*columns, "weeks_ago"]))
    rows = scored(pd.concat(parts, ignore_index=True))
    last = pd.to_datetime(reports["week_start"]).groupby(population["conflict_id"]).max()
    ago = rows["conflict_id"].map(last) - pd.to_datetime(rows["week_start"])
    return rows.assign(weeks_ago=ago.dt.days // 7)


def performance_table(rows: pd.DataFrame, settings: ForecastFeedback) -> pd.DataFrame:
    """The rows of `refugees.forecast_performance`: by camp, by conflict and all together."""
    if rows.empty:
        return pd.DataFrame()
    by = ["conflict_id", "camp_id", "horizon", "basis"]
    levels = (rows, rows.assign(camp_id=ALL), rows.assign(conflict_id=ALL, camp_id=ALL))
    parts = [performance(level, by, recent_weeks=settings.recent_weeks) for level in levels]
    table = pd.concat(parts, ignore_index=True).drop_duplicates(by)
    synthetic = rows.groupby("conflict_id")["is_synthetic"].any()
    return table.assign(is_synthetic=table["conflict_id"].map(synthetic).fillna(bool(synthetic.any())).astype(bool))


def drift_table(rows: pd.DataFrame, settings: ForecastFeedback) -> pd.DataFrame:
    """The rows of `refugees.forecast_drift`: by conflict and weeks ahead, whatever the forecasts' basis."""
    watched = rows[rows["horizon"].isin(list(settings.horizons))]
    if watched.empty:
        return pd.DataFrame()
    table = forecast_drift(
        watched,
        "conflict_id",
        ["horizon"],
        recent_weeks=settings.recent_weeks,
        error_ratio=settings.error_ratio,
        coverage_tolerance=settings.coverage_tolerance,
        significance=settings.significance,
    )
    return table.assign(
        is_synthetic=table["conflict_id"].map(rows.groupby("conflict_id")["is_synthetic"].any()).astype(bool)
    )
