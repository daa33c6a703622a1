"""Children as the fairness tables ask for people: groups, features, outcomes, list by list. Decides nothing."""

from __future__ import annotations

import pandas as pd

from socialai_assets.children import fairness_rows as rows
from socialai_assets.children.fairness_contracts import CHILDREN
from socialai_assets.children.fairness_groups import FEATURES_OF, with_groups
from socialai_assets.children.fairness_settings import FairnessSettings
from socialai_assets.children.risk_settings import RiskFairnessSettings, RiskSettings
from socialai_assets.children.risk_training import cases_of, learned_columns, splits_of
from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods.case_risk.learners import GradientBoosting
from socialai_assets.methods.case_risk.temporal_validation import temporal_splits

ATTRIBUTES = tuple(rows.Attribute(name, columns) for name, columns in FEATURES_OF.items())
GROUPS = (
    ("sex",),
    ("age",),
    ("disability_on_record",),
    ("deprivation",),
    ("first_language",),
    ("area",),
    ("sex", "age"),
    ("sex", "disability_on_record"),
    ("sex", "deprivation"),
    ("first_language", "deprivation"),
)


def _with_area(features: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    largest = areas.drop_duplicates("area_id").set_index("area_id")["admin1_name"]
    return with_groups(features).assign(area=features["area_id"].map(largest))


def fairness(
    held_out: pd.DataFrame,
    scores: pd.DataFrame,
    features: pd.DataFrame,
    areas: pd.DataFrame,
    settings: FairnessSettings,
    risk: RiskSettings,
) -> pd.DataFrame:
    """Rows of `children.fairness` of what the last training chose for each label, over the dates judged.

    Args:
        held_out: `children.out_of_sample`.
        scores: `children.model_scores`, which says what was chosen.
        features: `children.risk_features`.
        areas: `geography.areas`.
        settings: of fairness.
        risk: whose capacities are looked at.
    """
    names = [columns[0] for columns in GROUPS if len(columns) == 1]
    grouped = _with_area(features, areas)[["child_id", "as_of_date", *names]]
    parts = []
    for label, model in _served(scores).items():
        own = held_out[(held_out["label"] == label) & (held_out["model"] == model)]
        people = own.merge(grouped, on=["child_id", "as_of_date"], validate="one_to_one")
        if people.empty:
            continue
        people = people.rename(columns={"child_id": "person", "as_of_date": "date"})
        people = people.astype({"observed": float, "score": float, "estimate": float})
        told = _told(label, model, people, f"{people['date'].nunique()} dates judged")
        parts.append(
            rows.fairness_rows(
                people, GROUPS, risk.capacity.scored(label), settings, withholding=settings.withholding, told=told
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def options(
    features: pd.DataFrame, labels: pd.DataFrame, settings: FairnessSettings, risk: RiskSettings
) -> pd.DataFrame:
    """Rows of `children.fairness_options` for each label, on the last date judged.

    Args:
        features: `children.risk_features`.
        labels: `children.risk_labels`.
        settings: of fairness.
        risk: how models learn, and which option people chose.
    """
    parts = []
    for label in sorted(labels["label"].unique()):
        cases = cases_of(features, labels, label)
        judged, _ = splits_of(cases, risk)
        if not judged:
            continue
        last = judged[-1]
        taught = cases["as_of_date"].where(last.train)
        earlier = temporal_splits(cases["as_of_date"], cases["known_on"], test_dates=[taught.max()], least_rows=1)
        cases = with_groups(cases).rename(columns={"outcome": "observed"})
        cases["person"] = cases["child_id"]
        sides = [] if not earlier else [earlier[0].train & last.train, earlier[0].test & last.train]
        sides = [cases[side] for side in (*sides, last.train, last.test)]
        # With so few dates there is none to set thresholds on.
        if len(sides) < 4 or any(side["observed"].nunique() < 2 for side in sides):
            continue
        # What is compared with an option is a list without any.
        without = risk.model_copy(update={"fairness": RiskFairnessSettings()})
        learner = GradientBoosting(learned_columns(without), risk.training.seed)
        told = _told(label, "gradient_boosting", cases, "last date judged")
        before, shares, train, test = sides
        wanted = settings.model_copy(update={"compared_at": risk.capacity.of(label)})
        used = (risk.fairness.option, risk.fairness.attribute)
        parts.append(
            rows.option_rows(
                learner,
                before,
                shares,
                train,
                test,
                ATTRIBUTES,
                wanted,
                withholding=settings.withholding,
                used=used,
                told=told,
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _served(scores: pd.DataFrame) -> dict[str, str]:
    chosen = scores[scores["is_served"].astype(bool)].drop_duplicates("label")
    return dict(zip(chosen["label"], chosen["model"], strict=True))


def _told(label: str, model: str, people: pd.DataFrame, when: str) -> dict[str, object]:
    return {
        "population": CHILDREN,
        "label": label,
        "as_of": when,
        "model": model,
        "is_synthetic": any_synthetic(people),
    }
