"""The vault's canonical tables: what landed about persons, each key once and naming nothing unknown. Judges nobody."""

from pathlib import Path
from typing import Any

from socialai_assets.children import tables_contracts as contracts
from socialai_assets.factories.sql_tables import sql_table

SQL = Path(__file__).with_name("sql")
_CHILDREN: dict[str, Any] = {"children": "children.children"}
PERSONAL = (
    "staff",
    "children",
    "households",
    "enrolments",
    "attendance",
    "marks",
    "cases",
    "support",
    "outcomes",
    "reviews",
)
"""Canonical inputs about persons."""

staff = sql_table(contracts.Staff, "mart", SQL / "staff.sql", raw="children.raw_staff")
children = sql_table(
    contracts.Children,
    "mart",
    SQL / "children.sql",
    raw="children.raw_children",
    households="children.raw_households",
)
households = sql_table(contracts.Households, "mart", SQL / "households.sql", raw="children.raw_households")
enrolments = sql_table(
    contracts.Enrolments,
    "mart",
    SQL / "enrolments.sql",
    raw="children.raw_enrolments",
    schools="children.schools",
    **_CHILDREN,
)
attendance = sql_table(contracts.Attendance, "mart", SQL / "attendance.sql", raw="children.raw_attendance", **_CHILDREN)
marks = sql_table(
    contracts.Marks, "mart", SQL / "marks.sql", raw="children.raw_marks", terms="children.terms", **_CHILDREN
)
cases = sql_table(contracts.Cases, "mart", SQL / "cases.sql", raw="children.raw_cases", **_CHILDREN)
support = sql_table(
    contracts.Support,
    "mart",
    SQL / "support.sql",
    raw="children.raw_support",
    interventions="children.interventions",
    services="children.services",
    staff="children.staff",
    **_CHILDREN,
)
outcomes = sql_table(
    contracts.Outcomes, "mart", SQL / "outcomes.sql", raw="children.raw_outcomes", support="children.support"
)
reviews = sql_table(contracts.Reviews, "mart", SQL / "reviews.sql", raw="children.raw_reviews", **_CHILDREN)
_EVERY: dict[str, Any] = {
    **{name: f"children.{name}" for name in ("schools", "terms", "interventions", "services", *PERSONAL)},
    **{f"raw_{name}": f"children.raw_{name}" for name in PERSONAL},
}
refused_rows = sql_table(contracts.RefusedRows, "mart", SQL / "refused_rows.sql", areas="geography.areas", **_EVERY)
