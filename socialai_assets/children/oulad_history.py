"""What was known of an OULAD student from courses before, and of a module from its presentations before. No labels.

Everything goes by calendar day: presentations overlap, and of one that still runs only what had happened counts.
"""

from __future__ import annotations

import pandas as pd

from socialai_assets.children.oulad_records import COURSE

RESULT_DAYS = 30
"""Days from the end of a presentation until its results were known; OULAD does not say, results come weeks after."""
FAILED = ("Fail", "Withdrawn")
PRIOR_STUDENTS = 50.0


def starts_on(presentations: pd.Series) -> pd.Series:
    """First day of presentations: `2013B` began in February, `2013J` in October (OULAD says no day: the 1st)."""
    month = presentations.str[4].map({"B": "-02-01", "J": "-10-01"})
    return pd.to_datetime(presentations.str[:4] + month)


def earlier_presentations(
    students: pd.DataFrame,
    courses: pd.DataFrame,
    assessments: pd.DataFrame,
    submissions: pd.DataFrame,
    rows: pd.DataFrame,
) -> pd.DataFrame:
    """Each student's earlier presentations, as far as they were known on the row's day.

    Args:
        students, courses, assessments, submissions: OULAD's tables.
        rows: `id_student, code_module, code_presentation, as_of_date`, index unique.

    Returns:
        On the index of ``rows``: `earlier_modules, earlier_same_module, earlier_known, earlier_failed,
        earlier_withdrawn, earlier_passed, earlier_credits, earlier_submitted_share, earlier_score,
        earlier_same_submitted_share, earlier_last_day`; counts 0 where there are none, the rest missing.
    """
    before = _dated(students, courses).rename(columns={name: f"{name}_before" for name in COURSE})
    asked = rows[["id_student", *COURSE, "as_of_date"]].reset_index(names="row")
    asked["began"] = starts_on(asked["code_presentation"])
    pairs = asked.merge(before, on="id_student")
    pairs = pairs[pairs["starts_on"] < pairs["began"]].reset_index(drop=True)
    pairs["same"] = pairs["code_module"] == pairs["code_module_before"]
    known = pairs[pairs["known_on"] <= pairs["as_of_date"]]
    result = known["final_result"]
    work = _work_before(pairs, assessments, submissions)
    share = work.groupby(["row", "code_module_before", "code_presentation_before"]).agg(
        share=("submitted", "mean"), score=("score", "mean"), last=("date_submitted", "max"), same=("same", "first")
    )
    same = share[share["same"]]

    def of(values: pd.Series) -> pd.Series:
        return values.reindex(rows.index).astype(float)

    return pd.DataFrame(
        {
            "earlier_modules": of(pairs.groupby("row").size()).fillna(0.0),
            "earlier_same_module": of(pairs.groupby("row")["same"].sum()).fillna(0.0),
            "earlier_known": of(known.groupby("row").size()).fillna(0.0),
            "earlier_failed": of(result.eq("Fail").groupby(known["row"]).sum()),
            "earlier_withdrawn": of(result.eq("Withdrawn").groupby(known["row"]).sum()),
            "earlier_passed": of((~result.isin(FAILED)).groupby(known["row"]).sum()),
            "earlier_credits": of(pairs.groupby("row")["studied_credits"].sum()),
            "earlier_submitted_share": of(share.groupby("row")["share"].mean()),
            "earlier_score": of(share.groupby("row")["score"].mean()),
            "earlier_same_submitted_share": of(same.groupby("row")["share"].max()),
            "earlier_last_day": of(share.groupby("row")["last"].max()),
        }
    )


def rates_of_modules(students: pd.DataFrame, courses: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """`module_rate`: share of a module's students who failed or withdrew in presentations known by the row's day.

    It is shrunk towards the share of all modules known by then, and missing where none was.
    """
    dated = _dated(students, courses)
    dated["failed"] = dated["final_result"].isin(FAILED)
    ended = dated.groupby(COURSE).agg(
        failed=("failed", "sum"), students=("failed", "size"), known_on=("known_on", "first")
    )
    ended = ended.reset_index()
    asked = rows[["code_module", "as_of_date"]].drop_duplicates()
    rates = {}
    for module, day in asked.itertuples(index=False):
        known = ended[ended["known_on"] <= day]
        own = known[known["code_module"] == module]
        if known.empty:
            rates[module, day] = float("nan")
            continue
        overall = known["failed"].sum() / known["students"].sum()
        rates[module, day] = (own["failed"].sum() + PRIOR_STUDENTS * overall) / (own["students"].sum() + PRIOR_STUDENTS)
    keys = zip(rows["code_module"], rows["as_of_date"], strict=True)
    return pd.DataFrame({"module_rate": [rates[key] for key in keys]}, index=rows.index)


def _dated(students: pd.DataFrame, courses: pd.DataFrame) -> pd.DataFrame:
    """Students with the first day of their presentation, and the day from which its result was known."""
    dated = students[["id_student", *COURSE, "final_result", "studied_credits"]].merge(courses, on=COURSE)
    dated["starts_on"] = starts_on(dated["code_presentation"])
    lasts = pd.to_timedelta(dated["module_presentation_length"] + RESULT_DAYS, "D")
    return dated.assign(known_on=dated["starts_on"] + lasts)


def _work_before(pairs: pd.DataFrame, assessments: pd.DataFrame, submissions: pd.DataFrame) -> pd.DataFrame:
    """Assessments of earlier presentations that were due or handed in by the row's day."""
    planned = assessments[assessments["assessment_type"] != "Exam"].rename(
        columns={name: f"{name}_before" for name in COURSE}
    )
    work = pairs.merge(planned, on=[f"{name}_before" for name in COURSE])
    given = submissions[["id_student", "id_assessment", "date_submitted", "score"]]
    work = work.merge(given, on=["id_student", "id_assessment"], how="left")
    elapsed = (work["as_of_date"] - work["starts_on"]).dt.days
    work["submitted"] = work["date_submitted"] <= elapsed
    work[["score", "date_submitted"]] = work[["score", "date_submitted"]].where(work["submitted"])
    return work[work["submitted"] | (work["date"] <= elapsed)]
