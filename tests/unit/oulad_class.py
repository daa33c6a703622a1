"""A small class in OULAD's shape, drawn at random, and learning on it with few small trees. No test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from socialai_assets.children import oulad_fairness, oulad_training
from socialai_assets.children.oulad_records import Records, records

PRESENTATIONS = ("2013B", "2013J", "2014B", "2014J")


def small_oulad(students: int = 120, *, seed: int = 0) -> Records:
    """Two modules over four presentations, some students in several; ``students`` in each course."""
    random = np.random.default_rng(seed)
    courses = pd.DataFrame(
        [(m, p, 240) for m in ("AAA", "BBB") for p in PRESENTATIONS],
        columns=["code_module", "code_presentation", "module_presentation_length"],
    )
    plan = [("TMA", 20, 20), ("CMA", 40, 10), ("TMA", 70, 30), ("TMA", 110, 40), ("Exam", None, 100)]
    assessments = pd.DataFrame(
        [
            (m, p, str(100 * number + place), kind, due, weight)
            for number, (m, p) in enumerate(zip(courses["code_module"], courses["code_presentation"], strict=True))
            for place, (kind, due, weight) in enumerate(plan)
        ],
        columns=["code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"],
    )
    people, work = [], []
    for course in courses.itertuples():
        ids = random.choice(6 * students, students, replace=False)
        keen = random.normal(0, 1, students) - 0.5 * (ids % 3 == 0)
        failed = random.uniform(size=students) < 1 / (1 + np.exp(1.5 * keen))
        own = assessments[
            (assessments["code_module"] == course.code_module)
            & (assessments["code_presentation"] == course.code_presentation)
            & (assessments["assessment_type"] != "Exam")
        ]
        for who, zeal, fails in zip(ids, keen, failed, strict=True):
            result = random.choice(["Fail", "Withdrawn"]) if fails else random.choice(["Pass", "Distinction"])
            told = (f"s{who}", "FM"[who % 2], ("Wales", "Scotland")[who % 2], "HE Qualification")
            told += (("20-Oct", "90-100%", None)[who % 3], "0-35", 0, 60, "Y" if who % 5 == 0 else "N", result)
            people.append((course.code_module, course.code_presentation, *told))
            for task in own.itertuples():
                if random.uniform() < 1 / (1 + np.exp(-1 - 1.5 * zeal)):
                    given = int(task.date) + int(random.integers(-9, 3))
                    mark = float(np.clip(65 + 12 * zeal + random.normal(0, 8), 0, 100).round())
                    work.append((task.id_assessment, f"s{who}", given, 0, mark))
    students_table = pd.DataFrame(
        people,
        columns=[
            *("code_module", "code_presentation", "id_student", "gender", "region", "highest_education", "imd_band"),
            *("age_band", "num_of_prev_attempts", "studied_credits", "disability", "final_result"),
        ],
    )
    submissions = pd.DataFrame(work, columns=["id_assessment", "id_student", "date_submitted", "is_banked", "score"])
    parts = (courses, assessments, students_table, submissions)
    return records(*parts)


@contextlib.contextmanager
def few_trees() -> Iterator[None]:
    """Fewer settings are tried, with fewer trees, and fewer groups compared than on 30,000 students."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oulad_training, "TREES", ({"most_leaves": 4}, {"most_leaves": 8}))
        patch.setattr(oulad_training, "FORESTS", ({"trees": 10},))
        patch.setattr(oulad_training, "BOOSTINGS", ({"trees": 30}, {"trees": 30, "most_leaves": 4}))
        patch.setattr(oulad_training, "UNTUNED", {**oulad_training.UNTUNED, "trees": 20})
        patch.setattr(oulad_fairness, "DAYS", (60,))
        patch.setattr(oulad_fairness, "ATTRIBUTES", oulad_fairness.ATTRIBUTES[:2])
        patch.setattr(oulad_fairness, "GROUPS", (("sex",), ("deprivation",), ("sex", "deprivation")))
        yield
