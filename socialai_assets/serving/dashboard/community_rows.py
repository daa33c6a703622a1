"""What is known of each water system of a community and what happens next, for the page. Reads no table."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pandas as pd

from socialai_assets.water.report_words import OLD_DAYS

FIRST = ("dry", "untreated", "unknown", "old", "fine")
"""What a system is in, what needs somebody first ahead: `old` is what was fine, too long ago to say so now."""


@dataclass(frozen=True)
class Village:
    """A water system as the community's page shows it.

    Attributes:
        system_id: its code, to say which is meant.
        name: its name.
        management: who runs it; None where nobody wrote it down.
        state: one of `FIRST`.
        seen_on: day of the last visit.
        visit_on: day a crew is to come; None where none is planned.
        is_proposed: whether its repair is proposed.
        is_synthetic: whether it is made up.
    """

    system_id: str
    name: str
    management: str | None
    state: str
    seen_on: datetime.date | None
    visit_on: datetime.date | None
    is_proposed: bool
    is_synthetic: bool


def villages(
    systems: pd.DataFrame,
    points: pd.DataFrame,
    failures: pd.DataFrame,
    repairs: pd.DataFrame,
    visits: pd.DataFrame,
    today: datetime.date,
) -> list[Village]:
    """All systems, what needs somebody first ahead.

    Args:
        systems: `water.systems`.
        points: `water.points` of these.
        failures: `water.supply_failures`.
        repairs: chosen repairs of `water.repair_plan`.
        visits: planned rows of `water.inspection_stops`.
        today: the day the page is read; visits of the past are not told.
    """
    from socialai_assets.water.report_documents import system_states

    states = system_states(systems, points, failures)
    proposed = set(repairs["system_id"].dropna())
    days = {row.system_id: _day(row.day) for row in visits.itertuples()}
    made = []
    for state, row in zip(states, systems.to_dict("records"), strict=True):
        seen, visit = _day(row["last_report"]), days.get(row["system_id"])
        is_old = seen is None or (today - seen).days > OLD_DAYS
        made.append(
            Village(
                system_id=row["system_id"],
                name=row["name"] if isinstance(row["name"], str) else row["system_id"],
                management=row["management"] if isinstance(row["management"], str) else None,
                state="old" if state == "fine" and is_old else str(state),
                seen_on=seen,
                visit_on=visit if visit is not None and visit >= today else None,
                is_proposed=row["system_id"] in proposed,
                is_synthetic=bool(row["is_synthetic"]),
            )
        )
    return sorted(made, key=lambda one: (FIRST.index(one.state), one.name, one.system_id))


def _day(value: object) -> datetime.date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()  # type: ignore[arg-type]
