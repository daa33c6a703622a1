"""Scores of children: flags at capacity, reasons in words, what would change them, expiry, and recourse."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import pytest

from socialai_assets.children.risk_contracts import RiskScores, feature_names
from socialai_assets.children.risk_drift import drift_rows
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_scoring import kept_dates, score_children, without_later_facts
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import as_numbers, cases_of, learned_columns
from socialai_assets.children.risk_wording import DRIVER_OF, DRIVERS, LEVERS
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.case_risk.learners import CalibratedEnsemble, GradientBoosting
from socialai_assets.methods.failure_probability import Calibration
from tests.unit.children_frames import area_poverty, canonical, terms

SETTINGS = RiskSettings()
LABEL = "leaves_school"
NOBODY = pd.DataFrame(columns=["review_id", "child_id", "label", "decision", "decided_on", "knowledge_date"])


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return canonical(200, seed=1)


@pytest.fixture(scope="module")
def dates(tables) -> pd.DataFrame:
    return risk_dates(terms(), tables, SETTINGS)


@pytest.fixture(scope="module")
def features(tables, dates) -> pd.DataFrame:
    return risk_features(dates, tables, terms(), area_poverty(), SETTINGS)


@pytest.fixture(scope="module")
def model(tables, dates, features) -> CalibratedEnsemble:
    rows = cases_of(features, risk_labels(dates, features, tables, SETTINGS), LABEL)
    fitted = GradientBoosting(learned_columns(SETTINGS), trees=40).fit(rows, rows["outcome"])
    return CalibratedEnsemble((fitted,)).assembled([fitted], len(rows), [1.0]).calibrated(Calibration(0.0, 1.0))


def _scored(model, features, tables, dates, reviews=NOBODY, settings=SETTINGS) -> pd.DataFrame:
    def remade(day: pd.Timestamp, cleared: pd.Series) -> pd.DataFrame:
        of_day = dates[dates["as_of_date"] == day.date()]
        return risk_features(of_day, without_later_facts(tables, cleared), terms(), area_poverty(), settings)

    made = score_children(model, LABEL, features, reviews, remade, settings)
    return validate(made.assign(label_timespan="next_term", model="boosting", model_version=1), RiskScores)


@pytest.fixture(scope="module")
def scored(model, features, tables, dates) -> pd.DataFrame:
    return _scored(model, features, tables, dates)


def _newest(scored: pd.DataFrame) -> pd.DataFrame:
    return scored[scored["as_of_date"] == scored["as_of_date"].max()].set_index("child_id")


def _review(child: str, day: datetime.date, decision: str = "cleared") -> dict:
    told = {"review_id": f"{child}-{day}", "child_id": child, "label": LABEL, "decision": decision}
    return told | {"decided_on": day, "knowledge_date": day}


def test_every_feature_belongs_to_one_driver():
    assert sorted(DRIVER_OF) == sorted(feature_names())
    assert sum(map(len, DRIVERS.values())) == len(DRIVER_OF)
    assert {name for names in LEVERS.values() for name in names} <= set(DRIVER_OF)


def test_as_many_are_flagged_as_can_be_looked_at(scored, features):
    newest = _newest(scored)
    assert newest["flagged"].sum() == round(0.05 * len(newest))
    assert newest.loc[newest["flagged"].to_numpy(bool), "rank"].max() == newest["flagged"].sum()
    assert sorted(newest["rank"]) == list(range(1, len(newest) + 1))
    assert scored["as_of_date"].nunique() == SETTINGS.scores.kept_dates
    assert {
        (row.expires_on - row.as_of_date).days for row in newest.assign(as_of_date=newest["as_of_date"]).itertuples()
    } == {45}


def test_reasons_add_up_and_tell_the_childs_own_figures(scored, features):
    newest = _newest(scored)
    assert newest["reasons"].notna().sum() == round(SETTINGS.scores.explained_share * len(newest))
    first = newest.sort_values("rank").iloc[0]
    own = as_numbers(features)
    own = own[(own["child_id"] == first.name) & (own["as_of_date"] == pd.Timestamp(first["as_of_date"]))].iloc[0]
    assert first["reasons"].startswith(f"{first['score']:.0%}, against ")
    assert f"missed {own['absence_recent']:.0%} of days" in first["reasons"]
    assert "Raised by" in first["reasons"] and first.name not in first["reasons"]


def test_what_would_change_a_flag_does_change_it(scored, model, features):
    newest = _newest(scored)
    flagged = newest[newest["flagged"].to_numpy(bool)]
    assert flagged["would_change"].notna().all()
    assert newest.loc[~newest["flagged"].to_numpy(bool), "would_change"].isna().all()
    told = flagged[flagged["would_change"].str.startswith("If it missed")]
    assert len(told)
    then, now = (float(n) for n in re.findall(r"([\d.]+)%", told["would_change"].iloc[0].split(",")[0]))
    assert then < now


def test_a_cleared_flag_stays_cleared_and_its_place_goes_to_the_next(scored, model, features, tables, dates):
    newest = _newest(scored)
    first = newest["rank"].idxmin()
    day = max(newest["as_of_date"])
    again = _newest(_scored(model, features, tables, dates, pd.DataFrame([_review(first, day)])))
    assert again.loc[first, "state"] == "cleared" and not again.loc[first, "flagged"]
    assert again["flagged"].sum() == newest["flagged"].sum()
    assert again.loc[first, "score"] == newest.loc[first, "score"]
    contested = pd.DataFrame([_review(first, day), _review(first, day + datetime.timedelta(1), "contested")])
    told = _newest(_scored(model, features, tables, dates, contested))
    assert told.loc[first, "state"] == "contested" and told.loc[first, "flagged"]


def test_a_cleared_flag_is_raised_again_by_new_facts_only(scored, model, features, tables, dates):
    """Cleared a year ago: whose absences rose since is flagged again, who has the same facts is not."""
    day = kept_dates(features, SETTINGS)[-1]
    newest = _newest(scored)
    first = newest["rank"].idxmin()
    long_ago = pd.DataFrame([_review(first, datetime.date(2024, 1, 10))])
    settings = SETTINGS.model_copy(update={"scores": SETTINGS.scores.model_copy(update={"reopen_above": 0.0001})})
    raised = _newest(_scored(model, features, tables, dates, long_ago, settings))
    assert raised.loc[first, "state"] == "reopened" and raised.loc[first, "flagged"]
    # Without a fact since, time alone reopens nothing.
    same = without_later_facts(tables, pd.Series({first: pd.Timestamp(2024, 1, 10)}))
    still = risk_features(dates, same, terms(), area_poverty(), settings)
    kept = _newest(_scored(model, still, same, dates, long_ago, settings))
    assert kept.loc[first, "state"] == "cleared" and not kept.loc[first, "flagged"]
    # Facts that change too little do not either.
    strict = SETTINGS.model_copy(update={"scores": SETTINGS.scores.model_copy(update={"reopen_above": 1.0})})
    assert _newest(_scored(model, features, tables, dates, long_ago, strict)).loc[first, "state"] == "cleared"
    assert day.date() == newest["as_of_date"].iloc[0]


def test_what_moved_since_a_model_learned_asks_for_a_training(model, features, tables, dates):
    labels = risk_labels(dates, features, tables, SETTINGS)
    until = pd.to_datetime(labels["as_of_date"]).max()
    same = drift_rows(model, LABEL, features, labels, until, SETTINGS).set_index("what")
    assert not same.loc[["outcomes", "mark_last", "school_km"], "asks_for_training"].any()
    newest = pd.to_datetime(features["as_of_date"]) == kept_dates(features, SETTINGS)[-1]
    often = (features["absence_recent"] + 0.2).clip(upper=1.0).where(newest, features["absence_recent"])
    moved = drift_rows(model, LABEL, features.assign(absence_recent=often), labels, until, SETTINGS).set_index("what")
    assert moved.loc["absence_recent", "reason"] == "moved" and not moved.loc["mark_last", "asks_for_training"]
    # Learned long ago: outcomes in plenty, and then outcomes nobody had foreseen.
    long_ago = pd.Timestamp("2024-01-01")
    few = SETTINGS.model_copy(update={"drift": SETTINGS.drift.model_copy(update={"retrain_after_outcomes": 100})})
    told = drift_rows(model, LABEL, features, labels, long_ago, few).set_index("what").loc["outcomes"]
    assert told["asks_for_training"]
    befell = labels.assign(outcome=True)
    told = drift_rows(model, LABEL, features, befell, long_ago, SETTINGS).set_index("what").loc["outcomes"]
    assert told["reason"] == "surprising"


def test_with_an_open_case_nobody_is_flagged_for_one(model, features, tables, dates):
    day = kept_dates(features, SETTINGS)[-1]
    opened = features.assign(has_open_case=True)
    made = score_children(model, "case_opens", opened, NOBODY, lambda *_: features, SETTINGS)
    assert not made["flagged"].any() and np.isfinite(made["score"]).all()
    assert day.date() in set(made["as_of_date"])
