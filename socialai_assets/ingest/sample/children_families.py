"""Synthetic children and their households, with the hidden traits that what happens to them follows from.

No record is written here, and nothing happens yet: children_lives.py lets time pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import generator, logistic, standardised
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE
from socialai_assets.ingest.sample.children_places import (
    FIRST_YEAR,
    LAST_GRADE,
    SchoolPlaces,
)

CHILDREN, LEAST_CHILDREN = 6_000, 300
CHILD_CODES = 99_000_000
"""Children's codes look like national numbers; none so high has been given out."""
SCHOOL_LANGUAGE, OTHER_LANGUAGE = "spa", "que"
FAR_KM = 3.0
_COHORTS = (-1, LAST_GRADE)
# How the effect of each kind of help runs from children at least to those at most risk, 0 to 1.
_SHAPES = {
    "tutoring": "middle",
    "attendance_mentor": "middle",
    "attendance_talk": "low",
    "transport": "middle",
    "school_grant": "middle",
    "mother_tongue": "low",
    "returns_information": "low",
    "family_visits": "high",
    "parenting_group": "middle",
    "family_grant": "flat",
    "counselling": "middle",
}
# The true effect is not always what the evidence says: a talk does less, transport more.
_TRUE_TO_EVIDENCE = {"attendance_talk": 0.3, "transport": 1.5, "parenting_group": 1.4}
_WITHOUT_NEED = 0.25


@dataclass(frozen=True, eq=False)
class SampleFamilies:
    """Children and households as they are, known and hidden.

    Attributes:
        children: one row a child by `child_number` (from 0): `child_id`, `household` (row of `households`), `sex`,
            `language`, `disability`, `birth_month`, `area_id`, `first_grade` (grade in the first school year; below
            1: not at school yet), `late_years` (behind those of the same age), and hidden
            `ability`, `truancy`, `leave_frailty`, `case_frailty`.
        households: `household_id`, `area_id`, `members`, `adults`, `caregiver_school_years`, `wealth` (hidden,
            standardised), `school_km`, `has_electricity`, `has_piped_water`, `receives_aid`, `area_poverty`
            (standardised).
        needs: whether each child needs each kind of help, shape (children, kinds of help).
        effects: share of the monthly hazard that each kind of help takes away from each child, same shape.
    """

    children: pd.DataFrame
    households: pd.DataFrame
    needs: np.ndarray
    effects: np.ndarray


def child_codes(number: int, seed: int) -> list[str]:
    """The landed identifiers of the children 0 to `number` - 1: truth files name children by number only.

    So that nothing but a landed file, which is sealed, holds an identifier.
    """
    random = generator(seed, "codes of children")
    return (CHILD_CODES + random.choice(1_000_000, number, replace=False)).astype(str).tolist()


def draw_families(places: SchoolPlaces, poverty: pd.DataFrame, scale: float, seed: int) -> SampleFamilies:
    """Households near the schools and the children in them, thirteen years of birth.

    Args:
        places: where the schools are.
        poverty: `area_id`, `true_rate_pct` and `indigenous_language_pct` of areas.
        scale: number of children, 1 is 6,000.
        seed: seed of all random numbers.
    """
    random = generator(seed, "families")
    number = max(LEAST_CHILDREN, round(CHILDREN * scale))
    households = _households(random, places, poverty.set_index("area_id"), number)
    siblings = 1 + random.poisson(0.6, len(households))
    household = np.repeat(np.arange(len(households)), siblings)[:number]
    households = households.iloc[: household.max() + 1].copy()
    own = households.iloc[household].reset_index(drop=True)
    wealth = own["wealth"].to_numpy()
    frailty = random.normal(0, 1, (2, len(households)))[:, household]
    first_grade = random.integers(_COHORTS[0], _COHORTS[1] + 1, number)
    late_years = (random.uniform(size=number) < 0.14 - 0.06 * wealth).astype(int) * (first_grade > 1)
    late_years += (random.uniform(size=number) < 0.05).astype(int) * (first_grade > 4)
    year = FIRST_YEAR - 5 - first_grade - late_years
    month = random.integers(1, 13, number)
    caregiver = own["caregiver_school_years"].to_numpy()
    ability = 0.85 * random.normal(size=number) + 0.35 * (caregiver - 8) / 4 + 0.15 * wealth
    children = pd.DataFrame(
        {
            "child_number": np.arange(number),
            "child_id": child_codes(number, seed),
            "household": household,
            "sex": random.choice(["F", "M"], number),
            "language": np.where(own["speaks_other"], OTHER_LANGUAGE, SCHOOL_LANGUAGE),
            "disability": random.uniform(size=number) < 0.05,
            "birth_month": pd.to_datetime({"year": year, "month": month, "day": 1}),
            "area_id": own["area_id"],
            "first_grade": first_grade,
            "late_years": late_years,
            "ability": ability,
            "truancy": 0.6 * random.normal(size=number) - 0.2 * wealth + 0.25 * np.log1p(own["school_km"]),
            "leave_frailty": 0.4 * frailty[0] + 0.35 * random.normal(size=number),
            "case_frailty": 0.75 * frailty[1] + 0.25 * random.normal(size=number),
        }
    )
    needs = _needs(children, own)
    return SampleFamilies(children, households, needs, _effects(random, children, own, needs))


def standing_leave_risk(children: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    """What makes a child leave school that does not change from month to month, on the logit scale."""
    return (
        0.55 * np.log1p(own["school_km"].to_numpy())
        - 0.35 * own["wealth"].to_numpy()
        + 0.25 * own["area_poverty"].to_numpy()
        + 0.45 * (children["language"] == OTHER_LANGUAGE).to_numpy()
        + 0.4 * children["disability"].to_numpy()
        + 0.5 * children["late_years"].to_numpy()
        - 0.35 * children["ability"].to_numpy()
        + 0.5 * children["truancy"].to_numpy()
        + children["leave_frailty"].to_numpy()
    )


def standing_case_risk(children: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    """Likewise what makes harm to a child likely, whether or not a case is opened."""
    return (
        -0.45 * own["wealth"].to_numpy()
        - 0.09 * (own["caregiver_school_years"].to_numpy() - 8)
        + 0.55 * (own["adults"].to_numpy() <= 1)
        + 0.12 * (own["members"].to_numpy() - 4)
        + 0.3 * own["area_poverty"].to_numpy()
        + 0.5 * children["disability"].to_numpy()
        + children["case_frailty"].to_numpy()
    )


def _households(random: np.random.Generator, places: SchoolPlaces, poverty: pd.DataFrame, number: int) -> pd.DataFrame:
    """As many households as there are children at most, where the schools are."""
    area_ids = random.choice(places.schools["area_id"].to_numpy(), number)
    rate = poverty.loc[area_ids, "true_rate_pct"].to_numpy(float)
    poor = standardised(np.log(rate / (100 - rate)))
    wealth = standardised(-0.55 * poor + 0.85 * random.normal(size=number))
    adults = np.maximum(1, random.binomial(3, 0.55 + 0.04 * np.clip(wealth, -2, 2)))
    caregiver = np.clip(np.round(8 + 2.6 * wealth + 2.4 * random.normal(size=number)), 0, 18)
    other = poverty.loc[area_ids, "indigenous_language_pct"].to_numpy(float) / 100
    return pd.DataFrame(
        {
            "household_id": [f"H{code:07}" for code in random.choice(10_000_000, number, replace=False)],
            "area_id": area_ids,
            "members": adults + 1 + random.poisson(np.clip(1.3 - 0.25 * wealth, 0.2, None)),
            "adults": adults,
            "caregiver_school_years": caregiver,
            "wealth": wealth,
            "area_poverty": poor,
            "speaks_other": random.uniform(size=number) < np.clip(other - 0.05 * wealth, 0.01, 0.95),
            "school_km": np.round(np.exp(0.1 + 0.3 * poor - 0.15 * wealth + 0.75 * random.normal(size=number)), 2),
            "has_electricity": random.uniform(size=number) < logistic(2.6 + 1.1 * wealth),
            "has_piped_water": random.uniform(size=number) < logistic(1.2 + 0.9 * wealth),
            "receives_aid": random.uniform(size=number) < logistic(-1.4 - 1.1 * wealth),
        }
    )


def _needs(children: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    """Which needs stand out in a child, by kind of help."""

    def most(values: np.ndarray, share: float) -> np.ndarray:
        return np.asarray(values >= np.quantile(values, 1 - share))

    by_need = {
        "irregular_attendance": most(children["truancy"].to_numpy(), 0.3),
        "failing_marks": most(-children["ability"].to_numpy(), 0.3),
        "far_from_school": (own["school_km"] >= FAR_KM).to_numpy(),
        "poor_household": most(-own["wealth"].to_numpy(), 0.35),
        "language_differs": (children["language"] == OTHER_LANGUAGE).to_numpy(),
        "protection": most(standing_case_risk(children, own), 0.2),
        "any": np.ones(len(children), dtype=bool),
    }
    return np.column_stack([by_need[kind.need] for kind in CATALOGUE])


def _effects(random: np.random.Generator, children: pd.DataFrame, own: pd.DataFrame, needs: np.ndarray) -> np.ndarray:
    """True effects: less without the need, some of them most at middling risk, next to none at the highest."""
    ranks = {
        "leaves_school": pd.Series(standing_leave_risk(children, own)).rank(pct=True).to_numpy(),
        "case_opens": pd.Series(standing_case_risk(children, own)).rank(pct=True).to_numpy(),
    }
    shapes = {
        "flat": lambda rank: np.ones(len(rank)),
        "low": lambda rank: 1.6 * (1 - rank),
        "middle": lambda rank: 0.03 + 2.1 * np.exp(-(((rank - 0.6) / 0.2) ** 2)),
        "high": lambda rank: 0.4 + 0.9 * rank,
    }
    columns = []
    for position, kind in enumerate(CATALOGUE):
        name = kind.intervention_id
        scale = kind.relative_effect * _TRUE_TO_EVIDENCE.get(name, 1.0)
        effect = scale * shapes[_SHAPES[name]](ranks[kind.acts_on])
        effect = effect * np.where(needs[:, position], 1.0, _WITHOUT_NEED) * random.lognormal(0, 0.15, len(children))
        columns.append(np.clip(effect, 0.0, 0.9))
    return np.column_stack(columns)
