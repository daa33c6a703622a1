"""OULAD's four tables as the rest works with them: columns of these only, numbers as numbers, known misprints mended.

OULAD (Open University Learning Analytics Dataset, CC BY 4.0) is about adult students: a stand-in for pupils.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

COURSE = ["code_module", "code_presentation"]
STUDENT = ["id_student", *COURSE]
MISPRINTED_BANDS = {"20-Oct": "10-20%", "10-20": "10-20%"}
"""A spreadsheet took the second tenth of deprivation for a day of October."""
_TEXTS = {
    "courses": COURSE,
    "assessments": [*COURSE, "id_assessment", "assessment_type"],
    "students": [
        *STUDENT,
        "gender",
        "region",
        "highest_education",
        "imd_band",
        "age_band",
        "disability",
        "final_result",
    ],
    "submissions": ["id_assessment", "id_student"],
}
_NUMBERS = {
    "courses": ["module_presentation_length"],
    "assessments": ["date", "weight"],
    "students": ["num_of_prev_attempts", "studied_credits"],
    "submissions": ["date_submitted", "is_banked", "score"],
}


@dataclass(frozen=True)
class Records:
    """OULAD's tables; columns as OULAD names them, codes as text, numbers as float64 with missing ones as NaN."""

    courses: pd.DataFrame
    assessments: pd.DataFrame
    students: pd.DataFrame
    submissions: pd.DataFrame


def records(
    courses: pd.DataFrame, assessments: pd.DataFrame, students: pd.DataFrame, submissions: pd.DataFrame
) -> Records:
    """The tables as they landed, other columns left out, codes as text, misprints mended.

    Raises:
        KeyError: a column is absent.
    """
    given = {"courses": courses, "assessments": assessments, "students": students, "submissions": submissions}
    made = {}
    for name, frame in given.items():
        texts = frame[_TEXTS[name]].astype(object)
        numbers = frame[_NUMBERS[name]].apply(lambda column: column.astype("Float64").astype("float64"))
        made[name] = pd.concat([texts.map(str).where(texts.notna()), numbers], axis=1).reset_index(drop=True)
    bands = made["students"]["imd_band"]
    made["students"]["imd_band"] = bands.replace(MISPRINTED_BANDS)
    return Records(**made)
