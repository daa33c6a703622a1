"""Demand beside what a forecast may know of it: one pure function over frames. Assets are in features.py."""

from __future__ import annotations

import pandas as pd

from socialai_assets.aid.shared_columns import CALENDAR_KINDS
from socialai_assets.methods.demand_features import PERIODS_A_YEAR, calendar_days, lagged_features, time_of_year

SERIES = ["place_id", "item_id", "period"]


def demand_features(
    history: pd.DataFrame, calendar: pd.DataFrame, sites: pd.DataFrame, areas: pd.DataFrame, poverty: pd.DataFrame
) -> pd.DataFrame:
    """Features of each period of each series; nothing in a row is later than the day before its period begins.

    Args:
        history: `aid.demand_history`.
        calendar: `aid.calendar`; its days are known beforehand.
        sites: `aid.sites`.
        areas: `geography.areas`.
        poverty: `poverty.district_predictions`.

    Returns:
        The columns of `aid.demand_features`, by place, item and period.
    """
    frame = history.sort_values([*SERIES, "period_start"], ignore_index=True).drop(columns="source")
    place = areas.drop_duplicates("area_id").set_index("area_id")
    for name in ("admin2_id", "admin1_id", "population", "natural_region"):
        frame[name] = frame["area_id"].map(place[name])
    frame["people"] = frame["place_id"].map(sites.set_index("site_id")["people"]).astype(float)
    frame["people"] = frame["people"].where(frame["place_kind"] == "site", frame["population"])
    estimates = poverty.drop_duplicates("area_id").set_index("area_id")
    for name in ("estimate", "lower", "upper"):
        frame[f"poverty_{name}"] = frame["area_id"].map(estimates[name]).astype(float)
    guessed = frame["area_id"].map(estimates["is_synthetic"]).fillna(False).astype(bool)
    frame["is_synthetic"] = frame["is_synthetic"].astype(bool) | guessed

    series = pd.Series(frame.groupby(SERIES, sort=False).ngroup(), frame.index)
    parts = []
    for period, rows in frame.groupby("period", sort=False):
        parts.append(lagged_features(rows["quantity"], series[rows.index], PERIODS_A_YEAR[str(period)]))
    lagged = pd.concat(parts) if parts else lagged_features(frame["quantity"], series, 52)
    above = {
        area: tuple(p for p in (second, first) if isinstance(p, str))
        for area, second, first in zip(place.index, place["admin2_id"], place["admin1_id"], strict=True)
    }
    days = calendar_days(frame, calendar, above, CALENDAR_KINDS)
    return pd.concat([frame, lagged, time_of_year(frame["period_start"]), days], axis=1)
