"""A small programme with children, staff and records of help whose effects are known; the same for the same seed."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from socialai_assets.children.help_contracts import BenefitEstimates

DATES = [pd.Timestamp(2025, month, 1) for month in (4, 5, 6, 7)]
TRUE_EFFECT = 0.6
BOOL = {"source": "test", "is_synthetic": True}


def interventions() -> pd.DataFrame:
    rows = [
        ("talks", "leaves_school", "irregular_attendance", 6, 18, 4.0, 5.0, 8, "school_counsellor", 0.12),
        ("grant", "leaves_school", "poor_household", 6, 18, 2.0, 260.0, 36, "programme", 0.29),
        ("early", "leaves_school", "any", 3, 5, 2.0, 10.0, 10, "school_counsellor", 0.5),
        ("visits", "case_opens", "protection", 0, 18, 20.0, 40.0, 20, "social_worker", 0.21),
    ]
    names = ["intervention_id", "acts_on", "need", "min_age", "max_age", "hours_per_child", "cost_usd"]
    frame = pd.DataFrame(rows, columns=[*names, "duration_weeks", "delivered_by", "relative_effect"])
    return frame.assign(name=frame["intervention_id"].str.title(), evidence="expert", evidence_source=None, **BOOL)


def schools() -> pd.DataFrame:
    return pd.DataFrame(
        {"school_id": ["s0", "s1", "far"], "area_id": ["a0", "a1", "a9"], "lat_deg": [-6.0, -6.05, -3.0],
         "lon_deg": [-79.0, -79.0, -75.0]}
    )  # fmt: skip


def places() -> pd.DataFrame:
    names = {"school_id": "place_id", "lat_deg": "latitude", "lon_deg": "longitude"}
    return schools().rename(columns=names)[list(names.values())]


def services() -> pd.DataFrame:
    frame = pd.DataFrame(
        [("g0", "grant", "a0", None, 12), ("g1", "grant", "a1", "s1", 6), ("t0", "talks", "a0", None, 40)],
        columns=["service_id", "intervention_id", "area_id", "school_id", "places"],
    )
    return frame.assign(lat_deg=[-6.0, -6.05, -6.02], lon_deg=-79.0, **BOOL)


def staff() -> pd.DataFrame:
    frame = pd.DataFrame(
        [("c0", "school_counsellor", 10.0, 20), ("c1", "school_counsellor", 4.0, 8), ("w0", "social_worker", 6.0, 5)],
        columns=["staff_id", "role", "hours_per_week", "most_children"],
    )
    return frame.assign(area_id="a0", lat_deg=-6.01, lon_deg=-79.0, **BOOL)


def features(children: int = 500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    trait = random.normal(size=children)
    parts = []
    for date in DATES:
        absent = np.clip(0.12 + 0.07 * trait + random.normal(0, 0.03, children), 0, 1)
        parts.append(
            pd.DataFrame(
                {
                    "child_id": [f"c{number:05}" for number in range(children)],
                    "as_of_date": date.date(),
                    "school_id": np.where(np.arange(children) % 50 == 7, "far", np.array(["s0", "s1"])[
                        np.arange(children) % 2]),
                    "area_id": "a0",
                    "sex": np.where(np.arange(children) % 2, "F", "M"),
                    "language": "es",
                    "age_years": 7.0 + np.arange(children) % 10,
                    "absence_recent": absent,
                    "subjects_failing": (trait > 1).astype(int),
                    "school_km": 1.0,
                    "income_per_member_usd": 150 - 50 * trait,
                    "language_share_at_school": 0.9,
                    "cases_before": (trait > 1.5).astype(int),
                    "siblings_with_case": 0,
                    "has_open_case": trait > 2.0,
                    "is_synthetic": True,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def risk_of(rows: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(3.0 - 9.0 * rows["absence_recent"].to_numpy()))


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores of the last two dates, the highest fifth flagged."""
    made = []
    for date in DATES[-2:]:
        own = rows[rows["as_of_date"] == date.date()]
        for label, factor in (("leaves_school", 1.0), ("case_opens", 0.4)):
            score = risk_of(own) * factor
            made.append(
                pd.DataFrame(
                    {
                        "child_id": own["child_id"],
                        "label": label,
                        "as_of_date": date.date(),
                        "score": score,
                        "rank": pd.Series(-score).rank(method="first").astype(int).to_numpy(),
                        "flagged": score >= np.quantile(score, 0.8),
                        "reasons": "absent more than others",
                        "would_change": "being there",
                        "expires_on": date.date() + datetime.timedelta(45),
                        "state": "open",
                        "is_synthetic": True,
                    }
                )
            )
    return pd.concat(made, ignore_index=True)


def history(rows: pd.DataFrame, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Labels, support and enrolments: talks go to the absent more often and take `TRUE_EFFECT` of the risk away."""
    random = np.random.default_rng(seed)
    risk = risk_of(rows)
    absent = rows["absence_recent"].to_numpy() >= 0.1
    helped = absent & (random.random(len(rows)) < np.clip(rows["absence_recent"].to_numpy() * 1.2, 0, 0.6))
    first = ~pd.Series(helped).groupby(rows["child_id"].to_numpy()).cumsum().gt(1).to_numpy()
    helped &= first
    outcome = random.random(len(rows)) < risk * np.where(helped, 1 - TRUE_EFFECT, 1.0)
    day = pd.to_datetime(rows["as_of_date"])
    labels = rows[["child_id", "as_of_date"]].assign(label="leaves_school", outcome=outcome)
    given = rows[helped]
    support = pd.DataFrame(
        {
            "support_id": [f"u{number}" for number in range(len(given))],
            "child_id": given["child_id"].to_numpy(),
            "intervention_id": "talks",
            "service_id": "t0",
            "staff_id": "c0",
            "offered_on": (day[helped] + pd.Timedelta(9, "D")).to_numpy(),
            "started_on": (day[helped] + pd.Timedelta(12, "D")).to_numpy(),
            "ended_on": (day[helped] + pd.Timedelta(25, "D")).to_numpy(),
            "knowledge_date": (day[helped] + pd.Timedelta(10, "D")).to_numpy(),
        }
    )
    left = rows[outcome]
    enrolments = pd.DataFrame(
        {"child_id": left["child_id"].to_numpy(), "event": "left",
         "event_date": (day[outcome] + pd.Timedelta(80, "D")).to_numpy()}
    )  # fmt: skip
    return labels, support, enrolments


def no_cases() -> pd.DataFrame:
    return pd.DataFrame({"child_id": pd.Series(dtype=str), "event": pd.Series(dtype=str), "event_date": pd.NaT})


def estimates() -> pd.DataFrame:
    """What the catalogue alone says."""
    kinds = interventions()
    rows = [
        {
            "intervention_id": kind.intervention_id, "label": kind.acts_on, "band": band, "helped": 0, "compared": 0,
            "why_not": "no records", "catalogue_effect": kind.relative_effect, "used_effect": kind.relative_effect,
            "used_lower": kind.relative_effect / 2, "used_upper": min(kind.relative_effect * 1.5, 1.0),
            "basis": "catalogue", "is_synthetic": True,
        }
        for kind in kinds.itertuples()
        for band in ("all", "lower", "middle", "highest")
    ]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(BenefitEstimates.to_schema().columns))
