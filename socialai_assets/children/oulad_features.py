"""What was known of an OULAD student on a day after the start of a course, one row a student and course. No labels.

OULAD's students are adults of a British university: a stand-in for pupils, of whom no such record is public. Days count
from the start of the presentation; a column rests only on rows whose own day is not after the day asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from socialai_assets.children.oulad_history import earlier_presentations, rates_of_modules, starts_on
from socialai_assets.children.oulad_records import COURSE, STUDENT, Records

DAYS = (0, 30, 60, 90, 120)
EDUCATION = (
    "No Formal quals",
    "Lower Than A Level",
    "A Level or Equivalent",
    "HE Qualification",
    "Post Graduate Qualification",
)
AGES = ("0-35", "35-55", "55<=")
DEPRIVATION = ("0-10%", "10-20%", *(f"{ten}-{ten + 10}%" for ten in range(20, 100, 10)))
OPEN_SHARE = 0.02
"""An assessment that is not due yet counts as open once this share of the class has handed it in."""


def features(records: Records, day: int, *, marking_days: int = 0) -> pd.DataFrame:
    """Features of every student and course on a day.

    Args:
        records: all of OULAD, or what of it was known by then: the result is the same.
        day: days after the start of the presentation.
        marking_days: days from handing in until a score was known; OULAD does not say, and handing in is what its
            users take.

    Returns:
        `id_student, code_module, code_presentation, day, as_of_date`, then what is in the contract `OuladFeatures`.
    """
    rows = records.students.merge(records.courses, on=COURSE, validate="many_to_one")
    rows["as_of_date"] = starts_on(rows["code_presentation"]) + pd.Timedelta(day, "D")
    work = _work(records, rows, day, marking_days)
    parts = [
        rows[STUDENT].assign(day=day, as_of_date=rows["as_of_date"]),
        _enrolment(rows),
        earlier_presentations(records.students, records.courses, records.assessments, records.submissions, rows),
        rates_of_modules(records.students, records.courses, rows),
        _handed_in(rows, work, day),
        _beside_the_class(rows, work),
    ]
    made = pd.concat(parts, axis=1)
    return pd.concat([made, _beside_modules(made)], axis=1)


def dummies(frame: pd.DataFrame, columns: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """The frame with a 0 or 1 for each given value of text columns, named `column=value`."""
    made = {f"{name}={one}": frame[name].eq(one).astype(float) for name, values in columns.items() for one in values}
    return pd.concat([frame, pd.DataFrame(made, index=frame.index)], axis=1)


def _ordered(values: pd.Series, names: tuple[str, ...], first: int = 0) -> pd.Series:
    return values.map({name: float(number) for number, name in enumerate(names, first)})


def _enrolment(rows: pd.DataFrame) -> pd.DataFrame:
    """What the form of enrolment said."""
    return pd.DataFrame(
        {
            "sex": rows["gender"],
            "region": rows["region"],
            "is_female": rows["gender"].eq("F").astype(float),
            "has_disability": rows["disability"].eq("Y").astype(float),
            "age_band": _ordered(rows["age_band"], AGES),
            "education_level": _ordered(rows["highest_education"], EDUCATION),
            "deprivation_tenth": _ordered(rows["imd_band"], DEPRIVATION, 1),
            "attempts_before": rows["num_of_prev_attempts"].astype(float),
            "credits": rows["studied_credits"].astype(float),
            "credits_above_class": rows["studied_credits"]
            - rows.groupby(COURSE)["studied_credits"].transform("median"),
            "modules_at_once": rows.groupby(["id_student", "code_presentation"])["id_student"]
            .transform("size")
            .astype(float),
            "starts_in_february": rows["code_presentation"].str.endswith("B").astype(float),
            "course_days": rows["module_presentation_length"].astype(float),
        }
    )


def _work(records: Records, rows: pd.DataFrame, day: int, marking_days: int) -> pd.DataFrame:
    """Assessments of each student's course that are due or handed in by the class, with what the student did."""
    planned = records.assessments[records.assessments["assessment_type"] != "Exam"]
    given = records.submissions[records.submissions["date_submitted"] <= day]
    given = given[["id_assessment", "id_student", "date_submitted", "is_banked", "score"]]
    marked = given["is_banked"].eq(1) | (given["date_submitted"] + marking_days <= day)
    given = given.assign(score=given["score"].where(marked))
    work = rows[STUDENT].reset_index(names="row").merge(planned, on=COURSE)
    work = work.merge(given, on=["id_student", "id_assessment"], how="left")
    work["submitted"] = work["date_submitted"].notna()
    work["due"] = work["date"] <= day
    by_assessment = work.groupby([*COURSE, "id_assessment"])
    work["class_share"] = by_assessment["submitted"].transform("mean")
    work = work[work["due"] | (work["class_share"] > OPEN_SHARE) | work["submitted"]].copy()
    weights = planned.groupby(COURSE)["weight"].sum().rename("whole_weight").reset_index()
    work = work.merge(weights, on=COURSE, how="left")
    work["weight_share"] = (work["weight"] / work["whole_weight"]).where(work["whole_weight"] > 0)
    work["missed"] = work["due"] & ~work["submitted"]
    work["own_work"] = work["submitted"] & work["is_banked"].ne(1)
    work["days_early"] = (work["date"] - work["date_submitted"]).where(work["own_work"])
    return work.sort_values(["row", "date", "id_assessment"], ignore_index=True)


def _handed_in(rows: pd.DataFrame, work: pd.DataFrame, day: int) -> pd.DataFrame:
    """What a student handed in, and what not, by the day."""
    own, given = work.groupby("row"), work[work["submitted"]].groupby("row")
    tutor = work[work["assessment_type"] == "TMA"]
    computer = work[work["assessment_type"] == "CMA"]
    due = work[work["due"]].groupby("row")

    def count(values: pd.Series) -> pd.Series:
        return values.reindex(rows.index).fillna(0.0).astype(float)

    made = {
        "due": count(own["due"].sum()),
        "submitted": count(own["submitted"].sum()),
        "missed": count(own["missed"].sum()),
        "missed_weight": count((work["weight_share"] * work["missed"]).groupby(work["row"]).sum()),
        "submitted_weight": count((work["weight_share"] * work["submitted"]).groupby(work["row"]).sum()),
        "banked": count(work["is_banked"].eq(1).groupby(work["row"]).sum()),
        "ahead": count(work[~work["due"]].groupby("row")["submitted"].sum()),
        "late": count(work["days_early"].lt(0).groupby(work["row"]).sum()),
        "missed_tutor_marked": count(tutor.groupby("row")["missed"].sum()),
        "missed_computer_marked": count(computer.groupby("row")["missed"].sum()),
        "score_mean": own["score"].mean(),
        "score_least": own["score"].min(),
        "score_last": given["score"].last(),
        "score_change": given["score"].last() - given["score"].first(),
        "score_tutor_marked": tutor.groupby("row")["score"].mean(),
        "score_computer_marked": computer.groupby("row")["score"].mean(),
        "days_early_mean": own["days_early"].mean(),
        "days_early_least": own["days_early"].min(),
        "days_since_submission": day - work[work["own_work"]].groupby("row")["date_submitted"].max(),
        "last_due_missed": due["missed"].last().astype(float),
        "days_since_due": day - due["date"].last(),
    }
    table = pd.DataFrame({name: values.reindex(rows.index) for name, values in made.items()}).astype(float)
    table["missed_share"] = (table["missed"] / table["due"]).where(table["due"] > 0)
    return table


def _beside_the_class(rows: pd.DataFrame, work: pd.DataFrame) -> pd.DataFrame:
    """Where a student stands in the class, so that courses with another plan of assessments can be compared."""
    one = work.groupby([*COURSE, "id_assessment"])
    gap = work["class_share"] - work["submitted"]
    spread = one["score"].transform("std").replace(0.0, np.nan)
    standard = ((work["score"] - one["score"].transform("mean")) / spread).clip(-4, 4)
    points = work["score"].fillna(0.0) * work["submitted"]
    due = work["due"]
    table = pd.DataFrame(
        {
            "behind_class_due": gap[due].groupby(work["row"]).mean(),
            "behind_class_open": gap[~due].groupby(work["row"]).sum(),
            "behind_class_most": gap.groupby(work["row"]).max(),
            "points_due": points[due].groupby(work["row"]).mean(),
            "points": points.groupby(work["row"]).sum(),
            "score_standard": standard.groupby(work["row"]).mean(),
            "score_standard_least": standard.groupby(work["row"]).min(),
            "score_rank": one["score"].rank(pct=True).groupby(work["row"]).mean(),
            "early_rank": one["days_early"].rank(pct=True).groupby(work["row"]).mean(),
            "early_rank_last": one["days_early"].rank(pct=True).groupby(work["row"]).last(),
        }
    ).reindex(rows.index)
    courses = [rows[name] for name in COURSE]
    table["points_due_rank"] = table["points_due"].groupby(courses).rank(pct=True)
    table["points_rank"] = table["points"].groupby(courses).rank(pct=True)
    return table.astype(float)


def _beside_modules(made: pd.DataFrame) -> pd.DataFrame:
    """What the student has done by that day in modules taken at the same time; missing where there are none."""
    several = made["modules_at_once"] > 1
    together = made.groupby(["id_student", "code_presentation"])
    names = ("submitted", "missed", "behind_class_due", "points_due")
    return pd.DataFrame(
        {
            f"other_modules_{name}": (together[name].transform("sum") - made[name].fillna(0.0)).where(several)
            for name in names
        }
    ).astype(float)


NOT_FEATURES = (*STUDENT, "day", "as_of_date", "sex", "region")
"""Columns of `features` that are no numbers to learn from."""
