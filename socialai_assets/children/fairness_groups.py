"""Groups of children by which lists are compared, and what models read of them. Compares nothing."""

from __future__ import annotations

import pandas as pd

from socialai_assets.methods.group_fairness import thirds

AGES = {"up to 8 years": (0, 9), "9 to 11 years": (9, 12), "12 to 14 years": (12, 15), "15 years and over": (15, 99)}
INCOME = ("poorest third", "middle third", "richest third")
"""Thirds of income per member of the household."""
FEATURES_OF: dict[str, tuple[str, ...]] = {
    "sex": ("is_girl",),
    "age": ("age_years", "years_over_age", "grade"),
    "disability_on_record": ("disability",),
    "deprivation": ("income_per_member_usd",),
    "first_language": ("language_share_at_school",),
}
"""Attribute to the columns models read of it, which the option `exclusion` leaves out."""


def with_groups(features: pd.DataFrame) -> pd.DataFrame:
    """The features with a column for each attribute: names of groups, missing where it is not known.

    Args:
        features: `children.risk_features`, or what `risk_training.as_numbers` makes of it.
    """
    years = features["age_years"].astype(float)
    age = pd.Series(None, index=features.index, dtype=object)
    for name, (least, below) in AGES.items():
        age[years.ge(least) & years.lt(below)] = name
    # Whether a disability is on record is missing where nobody asked.
    on_record = features["disability"].astype("Float64").astype(float)
    income = features["income_per_member_usd"].astype("Float64").astype(float)
    return features.assign(
        age=age,
        disability_on_record=on_record.map({1.0: "yes", 0.0: "no"}),
        deprivation=thirds(income, INCOME),
        first_language=features["language"],
    )
