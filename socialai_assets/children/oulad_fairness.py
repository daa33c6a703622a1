"""OULAD's students as the fairness tables ask for people: groups, features, outcomes. Adults, a stand-in for pupils."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from socialai_assets.children import fairness_rows as rows
from socialai_assets.children.fairness_contracts import OULAD
from socialai_assets.children.fairness_settings import FairnessSettings
from socialai_assets.children.oulad_features import AGES
from socialai_assets.children.oulad_records import STUDENT, Records
from socialai_assets.children.oulad_training import PRESENTATIONS, TEST, learning_rows
from socialai_assets.methods.case_risk.fairness import Withholding
from socialai_assets.methods.case_risk.learners import GradientBoosting

DAYS = (0, 60)
LABEL = "fails_or_withdraws"
PUBLIC = Withholding(least_people=50, least_cell=1)
"""OULAD is public person by person, so that counts tell nothing; small groups are left out as too uncertain."""
ATTRIBUTES = (
    rows.Attribute("sex", ("is_female",)),
    rows.Attribute("age", ("age_band",)),
    rows.Attribute("disability", ("has_disability",)),
    rows.Attribute("deprivation", ("deprivation_tenth",)),
)
GROUPS = (
    ("sex",),
    ("age",),
    ("disability",),
    ("deprivation",),
    ("region",),
    ("sex", "age"),
    ("sex", "disability"),
    ("sex", "deprivation"),
    ("disability", "deprivation"),
)
DEPRIVATION = {"most deprived": (1, 3), "middle": (4, 7), "least deprived": (8, 10)}
"""Bands of the tenths of deprivation, from and to."""


def with_groups(features: pd.DataFrame) -> pd.DataFrame:
    """The features with the columns of `GROUPS`: sex, age, disability, deprivation, region."""
    tenth = features["deprivation_tenth"].astype("Float64").astype(float)
    band = pd.Series(None, index=features.index, dtype=object)
    for name, (least, most) in DEPRIVATION.items():
        band[tenth.between(least, most)] = name
    return features.assign(
        age=features["age_band"].astype(float).map(dict(enumerate(AGES))),
        disability=np.where(features["has_disability"].astype(float) > 0, "declared", "not declared"),
        deprivation=band,
    )


def fairness(estimates: pd.DataFrame, features: pd.DataFrame, model: str, settings: FairnessSettings) -> pd.DataFrame:
    """Rows of `children.fairness` on the test presentation.

    Args:
        estimates: `children.oulad_out_of_sample`.
        features: `children.oulad_features`.
        model: whose estimates are looked at.
        settings: of fairness.
    """
    parts = []
    for day in DAYS:
        own = estimates[(estimates["day"] == day) & (estimates["code_presentation"] == TEST)]
        people = own[[*STUDENT, "day", "observed", model]].merge(with_groups(features), on=[*STUDENT, "day"])
        people = people.rename(columns={model: "estimate", "id_student": "person"})
        people = people.assign(score=people["estimate"], date=TEST)
        told = _told(day) | {"model": model}
        parts.append(rows.fairness_rows(people, GROUPS, settings.capacities, settings, withholding=PUBLIC, told=told))
    return pd.concat(parts, ignore_index=True)


def options(records: Records, tables: Mapping[int, pd.DataFrame], settings: FairnessSettings) -> pd.DataFrame:
    """Rows of `children.fairness_options` on the test presentation; thresholds are set on the one before it.

    Args:
        records: OULAD's tables.
        tables: day to `oulad_features.features`.
        settings: of fairness.
    """
    parts = []
    for day in DAYS:
        cases, names = learning_rows(records, tables[day])
        cases = with_groups(cases).rename(columns={"failed": "observed"})
        cases["person"] = cases["id_student"]
        test = cases[cases["code_presentation"] == TEST]
        train = cases[cases["code_presentation"] != TEST]
        is_last = train["code_presentation"] == PRESENTATIONS[-2]
        before, earlier = train[~is_last], train[is_last]
        told = _told(day) | {"model": "gradient_boosting"}
        learner = GradientBoosting(names, settings.seed)
        parts.append(
            rows.option_rows(learner, before, earlier, train, test, ATTRIBUTES, settings, withholding=PUBLIC, told=told)
        )
    return pd.concat(parts, ignore_index=True)


def _told(day: int) -> dict[str, object]:
    return {"population": OULAD, "label": LABEL, "as_of": f"{TEST}, day {day}", "is_synthetic": False}
