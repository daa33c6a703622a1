"""A child's risk in plain words: what raises it, what would change it. No figures are computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

DRIVERS: dict[str, tuple[str, ...]] = {
    "absence": (
        "absence_last",
        "absence_recent",
        "absence_before",
        "absence_change",
        "absence_worst",
        "absence_over_school",
    ),
    "marks": (
        "mark_last",
        "mark_change",
        "mark_lowest",
        "mark_over_class",
        "subjects_failing",
        "subjects_failing_change",
    ),
    "grade": ("age_years", "grade", "years_over_age", "years_repeated"),
    "changes": ("school_changes", "times_left", "days_at_school"),
    "household": (
        "members",
        "dependants_per_adult",
        "caregiver_school_years",
        "income_per_member_usd",
        "receives_aid",
        "has_electricity",
        "has_piped_water",
    ),
    "way": ("school_km",),
    "siblings": ("siblings", "siblings_left", "siblings_with_case"),
    "cases": ("cases_before", "has_open_case", "days_since_case"),
    "support": ("support_now", "support_before"),
    "school": ("school_pupils", "school_left_share", "school_absence", "school_poverty_pct"),
    "area": ("area_poverty_pct",),
    "language": ("language_share_at_school",),
    "person": ("is_girl", "disability"),
    "records": (
        "month_of_year",
        "days_to_end_of_next_term",
        "months_since_attendance",
        "months_since_household_report",
    ),
}
"""Driver to the features it sums up."""
DRIVER_OF = {feature: driver for driver, features in DRIVERS.items() for feature in features}
LEVERS: dict[str, tuple[str, ...]] = {
    "absence": ("absence_last", "absence_recent", "absence_change", "absence_over_school"),
    "marks": ("mark_last", "mark_lowest", "mark_change", "mark_over_class"),
    "way": ("school_km",),
    "income": ("income_per_member_usd",),
}
"""What could change, with the features that would change with it; the first is told."""
BETTER = {"absence": -1, "marks": 1, "way": -1, "income": 1}
"""Which way is for the better."""
LEAST_TOLD = 0.005
MOST_RAISING, MOST_LOWERING = 3, 2
LABELS = {
    "leaves_school": "leaving school by the end of the next term",
    "case_opens": "a protection case within half a year",
}

Row = Mapping[str, float]


def _of(value: float, text: str) -> str:
    return text if pd.notna(value) else "not known"


_SAID: dict[str, Callable[[Row], str]] = {
    "absence": lambda r: _of(
        r["absence_recent"],
        f"missed {r['absence_recent']:.0%} of days in the last three months reported"
        + (f", {r['absence_before']:.0%} before" if pd.notna(r["absence_before"]) else ""),
    ),
    "marks": lambda r: _of(
        r["mark_last"], f"mean mark {r['mark_last']:.1f} of 20, {r['subjects_failing']:.0f} subjects failed"
    ),
    "grade": lambda r: f"{r['age_years']:.0f} years old in grade {r['grade']:.0f}",
    "changes": lambda r: f"{r['school_changes']:.0f} changes of school, left {r['times_left']:.0f} times before",
    "household": lambda r: _of(
        r["members"],
        f"household of {r['members']:.0f}"
        + (f" on {r['income_per_member_usd']:.0f} USD a month each" if pd.notna(r["income_per_member_usd"]) else ""),
    ),
    "way": lambda r: _of(r["school_km"], f"{r['school_km']:.1f} km to school"),
    "siblings": lambda r: (
        f"{r['siblings']:.0f} siblings, {r['siblings_left']:.0f} left school, "
        f"{r['siblings_with_case']:.0f} with a protection case"
    ),
    "cases": lambda r: f"{r['cases_before']:.0f} protection cases before",
    "support": lambda r: f"{r['support_now']:.0f} kinds of help now, {r['support_before']:.0f} before",
    "school": lambda r: f"{r['school_left_share']:.0%} left its school within a year",
    "area": lambda r: _of(r["area_poverty_pct"], f"poverty of its area {r['area_poverty_pct']:.0f} %"),
    "language": lambda r: f"{r['language_share_at_school']:.0%} of its school speak its first language",
    "person": lambda _: "sex and disability on record",
    "records": lambda _: "time of the year and age of the records",
}
NAMES = {
    "absence": "absences",
    "marks": "marks",
    "grade": "age for its grade",
    "changes": "changes of school",
    "household": "household",
    "way": "way to school",
    "siblings": "siblings",
    "cases": "earlier cases",
    "support": "help given",
    "school": "its school",
    "area": "its area",
    "language": "language",
    "person": "who it is",
    "records": "time and records",
}


def reasons(score: float, typical: float, effects: Mapping[str, float], row: Row) -> str:
    """What raises a child's score and what lowers it, the strongest first, with its own figures.

    Args:
        score: the probability.
        typical: that of a typical child.
        effects: driver to what it adds to the probability.
        row: the child's features.
    """
    ordered = sorted(effects.items(), key=lambda item: -abs(item[1]))
    parts = []
    for verb, sign, most in (("Raised by", 1, MOST_RAISING), ("Lowered by", -1, MOST_LOWERING)):
        told = [name for name, value in ordered if sign * value >= LEAST_TOLD][:most]
        if told:
            parts.append(
                f"{verb} "
                + "; ".join(f"{NAMES[name]} ({_SAID[name](row)}; {100 * effects[name]:+.0f})" for name in told)
            )
    return f"{score:.0%}, against {typical:.0%} for a typical child. {'. '.join(parts) or 'Nothing sets it apart'}."


_WOULD = {
    "absence": "If it missed {then:.1%} instead of {now:.1%} of days",
    "marks": "With a mean mark of {then:.1f} instead of {now:.1f}",
    "way": "With {then:.1f} km to school instead of {now:.1f}",
    "income": "With {then:.0f} USD a month for each member instead of {now:.0f}",
}
NOTHING_WOULD = "No single change of absences, marks, way to school or income would take it off the list."


def would_change(lever: str, now: float, then: float, score: float, score_then: float) -> str:
    """The smallest change that would take a child off the list; the model's answer, not a promise of any effect."""
    return f"{_WOULD[lever].format(now=now, then=then)}, the score would be {score_then:.1%} instead of {score:.1%}."
