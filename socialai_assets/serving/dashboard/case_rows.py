"""Rows about children as the pages show them: which come first, what stands beside what. Reads no table.

What is granted has been decided before; nothing here adds a column.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pandas as pd

WORKLISTS, FLAGS, ENROLMENTS = "children.worklists", "children.flags", "children.enrolments"
SCORES, REVIEWS = "children.risk_scores", "children.reviews"
OPEN_FLAGS = ("waits", "acknowledged")


def worklist(
    rows: pd.DataFrame,
    flags: pd.DataFrame,
    today: datetime.date,
    *,
    staff: str | None = None,
    state: str | None = None,
    children: set[str] | None = None,
) -> list[dict[str, Any]]:
    """The worklist's rows, what is due first ahead, each with the flag it goes with.

    Args:
        rows: those of `children.worklists` that are granted.
        flags: those of `children.flags`.
        today: the day that says what is late.
        staff: keep to this person's.
        state: keep to this state of review.
        children: keep to these.
    """
    kept = rows
    if staff is not None:
        kept = kept[kept["staff_id"] == staff]
    if state:
        kept = kept[kept["state"] == state]
    if children is not None:
        kept = kept[kept["child_id"].isin(children)]
    kept = kept.sort_values(["by_when", "place"], kind="stable")
    flag_of = {(flag["child_id"], flag["label"]): flag for flag in _records(open_flags(flags))}
    return [
        {
            **row,
            "is_late": pd.Timestamp(row["by_when"]).date() < today,
            "flag": flag_of.get((row["child_id"], row["label"])),
        }
        for row in _records(kept)
    ]


def open_flags(flags: pd.DataFrame) -> pd.DataFrame:
    """Flags that wait for somebody or that somebody has looked at."""
    return flags[flags["state"].isin(OPEN_FLAGS)]


def at_school(enrolments: pd.DataFrame, school: str) -> set[str]:
    """Children whose newest enrolment is at a school."""
    newest = enrolments.sort_values("event_date", kind="stable").drop_duplicates("child_id", keep="last")
    return set(newest.loc[newest["school_id"] == school, "child_id"])


def newest_scores(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """The newest score of each risk."""
    ordered = scores.sort_values("as_of_date", kind="stable").drop_duplicates("label", keep="last")
    return _records(ordered)


def case(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a case page shows of each risk of a child: score, task, flag, help proposed and why.

    Args:
        tables: those granted of the child, by name.
        names: of interventions, by code.
    """
    made = []
    for score in newest_scores(tables[SCORES]):
        label = score["label"]
        own = {
            name: _records(frame[frame["label"] == label])
            for name, frame in tables.items()
            if "label" in frame.columns and name != SCORES
        }
        proposed = own.get("children.assignments", [])
        recommended = sorted(
            own.get("children.recommendations", []),
            key=lambda row: (not row["eligible"], row["order"] if row["order"] is not None else 99),
        )
        for row in [*proposed, *recommended]:
            row["name"] = names.get(row["intervention_id"], row["intervention_id"])
        made.append(
            {
                **score,
                "task": next(iter(own.get(WORKLISTS, [])), None),
                "flag": next((flag for flag in own.get(FLAGS, []) if flag["state"] in OPEN_FLAGS), None),
                "held_back": next((flag for flag in own.get(FLAGS, []) if flag["state"] == "held back"), None),
                "proposed": proposed,
                "recommended": recommended,
                "unassigned": next(iter(own.get("children.unassigned", [])), None),
            }
        )
    return made


def history(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """What happened to a child, by table, the newest first; only tables and columns that are granted."""
    days = {
        "children.enrolments": "event_date",
        "children.cases": "event_date",
        "children.support": "offered_on",
        "children.support_outcomes": "offered_on",
        "children.reviews": "decided_on",
        "children.households": "report_date",
        "children.attendance": "month",
        "children.marks": "term_id",
    }
    made = {}
    for table, day in days.items():
        if table not in tables:
            continue
        rows = _records(tables[table].sort_values(day, ascending=False, kind="stable"))
        for row in rows:
            if "intervention_id" in row:
                row["name"] = names.get(row["intervention_id"], row["intervention_id"])
        made[table.removeprefix("children.")] = rows
    return made


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings, what is missing as None."""
    return [
        {name: None if value is None or value is pd.NA or value != value else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
