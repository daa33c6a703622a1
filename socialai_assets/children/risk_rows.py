"""Features and labels of children by date, made from what was known on each. The SQL is in `sql/`; learns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.factories.sql_tables import queried

if TYPE_CHECKING:
    import pyarrow

EVENT_TABLES = ("children", "households", "enrolments", "attendance", "marks", "cases", "support")


def last_known(tables: Mapping[str, pd.DataFrame]) -> pd.Timestamp:
    """The last day from which anything of persons is known, over all of `EVENT_TABLES`; NaT where nothing is."""
    days = [pd.to_datetime(tables[name]["knowledge_date"]).max() for name in EVENT_TABLES]
    return pd.Series(days).max()


def risk_dates(terms: pd.DataFrame, tables: Mapping[str, pd.DataFrame], settings: RiskSettings) -> pd.DataFrame:
    """Dates at which risk is looked at, up to the last day anything is known of.

    Args:
        terms: `starts_on, ends_on`.
        tables: `EVENT_TABLES`.
        settings: how often, and how much attendance must be known before.

    Returns:
        `as_of_date, next_term_ends_on`: the end of the first term that begins after the date; missing where the
        calendar ends before. No row where nothing is known.
    """
    calendar = terms.assign(starts_on=pd.to_datetime(terms["starts_on"]), ends_on=pd.to_datetime(terms["ends_on"]))
    calendar = calendar.sort_values("starts_on")
    first = pd.to_datetime(tables["attendance"]["knowledge_date"]).min()
    last = last_known(tables)
    if pd.isna(first) or pd.isna(last):
        days = pd.DatetimeIndex([])
    else:
        begin = first + pd.DateOffset(months=settings.dates.history_months)
        if settings.dates.every == "month":
            days = pd.date_range(begin, last, freq="MS", normalize=True)
        else:
            days = pd.DatetimeIndex(calendar.loc[calendar["starts_on"].between(begin, last), "starts_on"])
    following = calendar["starts_on"].searchsorted(days, side="right")
    ends = calendar["ends_on"].reset_index(drop=True).reindex(following)
    return pd.DataFrame({"as_of_date": days.date, "next_term_ends_on": ends.dt.date.to_numpy()})


def risk_features(
    dates: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    terms: pd.DataFrame,
    area_poverty: pd.DataFrame,
    settings: RiskSettings,
) -> pd.DataFrame:
    """What was known of each enrolled child on each date: columns of `children.risk_features`.

    Args:
        dates: `risk_dates`.
        tables: `EVENT_TABLES`, canonical columns; `children` with `is_synthetic`.
        terms: the calendar, which is known beforehand.
        area_poverty: `area_id, estimate` (%), today's figure for all dates: it rests on nothing about the children.
        settings: the mark that passes.
    """
    given = {name: tables[name] for name in EVENT_TABLES}
    return _query(
        "risk_features.sql",
        {**given, "dates": dates, "terms": terms, "area_poverty": area_poverty[["area_id", "estimate"]]},
        {"pass_mark": settings.features.pass_mark},
    )


def risk_labels(
    dates: pd.DataFrame, features: pd.DataFrame, tables: Mapping[str, pd.DataFrame], settings: RiskSettings
) -> pd.DataFrame:
    """What became of each child with features within each label's timespan: columns of `children.risk_labels`."""
    return _query(
        "risk_labels.sql",
        {
            "dates": dates,
            "features": features[["child_id", "as_of_date"]],
            "enrolments": tables["enrolments"],
            "cases": tables["cases"],
        },
        {
            "case_days": settings.labels.case_days,
            "settling_days": settings.labels.settling_days,
            "last_known": last_known(tables).date(),
        },
    )


def _query(file: str, tables: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    text = files("socialai_assets.children").joinpath("sql", file).read_text("utf-8")
    return queried(text, {name: _with_days(frame) for name, frame in tables.items()}, dict(parameters))


def _with_days(frame: pd.DataFrame) -> pyarrow.Table:
    """A table whose columns of days are days, whatever pandas made of them."""
    import pyarrow

    made = pyarrow.Table.from_pandas(frame, preserve_index=False)
    for name in frame.columns:
        if name.endswith(("_date", "_on")) or name in ("month", "birth_month"):
            days = pyarrow.array(pd.to_datetime(frame[name]).dt.date, pyarrow.date32(), from_pandas=True)
            made = made.set_column(made.column_names.index(name), name, days)
    return made
