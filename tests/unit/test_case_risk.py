"""Tests of what judges risks of single cases: lists of limited length, splits by date, regret, learners."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.area_model import load
from socialai_assets.methods.area_regression import AreaMean
from socialai_assets.methods.case_risk.capacity import (
    calibration_curve,
    capacity_scores,
    chance_of_a_place,
    expected_calibration_error,
    list_stability,
    places,
)
from socialai_assets.methods.case_risk.evaluation import ENSEMBLE, least_regretted, out_of_time, scores_by_date
from socialai_assets.methods.case_risk.learners import (
    CaseNetwork,
    DecisionTree,
    GradientBoosting,
    RandomForest,
    variants,
)
from socialai_assets.methods.case_risk.points_score import PointsScore
from socialai_assets.methods.case_risk.temporal_validation import regrets, temporal_splits
from socialai_assets.methods.scores import auc


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), min_size=2, max_size=7), st.data())
def test_ties_count_as_the_mean_over_every_order_of_the_rows(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    observed, scores = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    capacity = data.draw(st.integers(1, len(rows)))
    precisions = [
        np.mean([observed[i] for i in sorted(order, key=lambda i: -scores[i])[:capacity]])
        for order in itertools.permutations(range(len(rows)))
    ]
    found = capacity_scores(observed, scores, capacity)
    assert found["precision"] == pytest.approx(np.mean(precisions))
    if observed.any():
        assert found["recall"] == pytest.approx(np.mean(precisions) * capacity / observed.sum())
    assert chance_of_a_place(scores, capacity).sum() == pytest.approx(capacity)


def test_a_capacity_is_a_number_or_a_share() -> None:
    assert [places(capacity, 50) for capacity in (3, 0.1, 0.001, 80)] == [3, 5, 1, 50]
    for capacity in (0, -1, 2.5, float("nan")):
        with pytest.raises(ValueError, match="capacity"):
            places(capacity, 50)
    with pytest.raises(ValueError, match="missing"):
        chance_of_a_place([0.1, float("nan")], 1)


def test_a_list_is_compared_with_the_next_among_those_who_are_on_both_dates() -> None:
    months = pd.DataFrame(
        {
            "child": ["a", "b", "c", "d", "a", "b", "c", "e"],
            "month": [1] * 4 + [2] * 4,
            "risk": [0.9, 0.8, 0.1, 0.99, 0.9, 0.1, 0.8, 1.0],
        }
    )
    found = list_stability(months, 2, person="child", date="month", score="risk")
    assert found.to_dict("records") == [{"from_date": 1, "to_date": 2, "people": 3, "jaccard": pytest.approx(1 / 3)}]


def test_calibration_error_is_the_distance_of_rates_and_probabilities() -> None:
    random = np.random.default_rng(0)
    said = random.uniform(0.1, 0.9, 20_000)
    happened = (random.uniform(size=len(said)) < said).astype(float)
    assert expected_calibration_error(happened, said) < 0.015
    assert expected_calibration_error(happened, np.clip(said + 0.1, 0, 1)) == pytest.approx(0.1, abs=0.015)
    assert calibration_curve(happened, np.full(len(said), 0.4))["people"].tolist() == [20_000]


def test_only_labels_known_on_the_test_date_teach() -> None:
    as_of = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01", "2025-04-01"])
    known = as_of + pd.Timedelta(days=60)
    splits = temporal_splits(as_of, known.where([True] * 4 + [False]))
    assert [split.test_date.month for split in splits] == [4]
    # 1 February plus 60 days is 2 April, a day too late to teach for the first.
    assert splits[0].train.tolist() == [True, False, False, False, False]
    assert splits[0].test.tolist() == [False, False, False, True, False]
    with pytest.raises(ValueError, match="leak"):
        temporal_splits(as_of, as_of - pd.Timedelta(days=1))


def test_the_model_that_is_never_far_behind_is_chosen() -> None:
    scores = pd.DataFrame(
        [("steady", 1, 0.70), ("steady", 2, 0.70), ("moody", 1, 0.75), ("moody", 2, 0.50), ("absent", 1, 0.99)],
        columns=["model", "test_date", "value"],
    )
    found = regrets(scores)
    assert found["model"].tolist() == ["steady", "moody"]
    assert found["max_regret"].tolist() == pytest.approx([0.05, 0.20])
    assert regrets(scores.assign(value=-scores["value"]), higher_is_better=False)["model"][0] == "steady"


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    """Four dates of 400 people whose outcome follows from two columns; one is noise, one is often missing."""
    random = np.random.default_rng(3)
    people = 1600
    frame = pd.DataFrame(
        {
            "as_of_date": np.repeat(pd.date_range("2025-01-01", periods=4, freq="90D"), people // 4),
            "absent": random.gamma(2, 3, people),
            "mark": np.where(random.uniform(size=people) < 0.3, np.nan, random.normal(12, 3, people)),
            "noise": random.normal(size=people),
            "never": np.nan,
            "school": random.integers(0, 5, people).astype(str),
        }
    )
    odds = 0.35 * (frame["absent"] - 8) - 0.3 * (frame["mark"].fillna(10) - 12)
    frame["outcome"] = (random.uniform(size=people) < 1 / (1 + np.exp(-odds))).astype(float)
    frame["known_on"] = frame["as_of_date"] + pd.Timedelta(days=90)
    return frame


FEATURES = ("absent", "mark", "noise", "never")


@pytest.mark.parametrize("learner", [DecisionTree, RandomForest, GradientBoosting, PointsScore, CaseNetwork])
def test_learners_share_one_interface_and_come_back_from_a_folder(
    learner: type, cases: pd.DataFrame, tmp_path: Path
) -> None:
    train, test = cases[:1200], cases[1200:]
    model = learner(features=FEATURES).fit(train, train["outcome"])
    said = model.predict_proba(test)
    assert said.shape == (400, 2) and np.allclose(said.sum(axis=1), 1)
    assert auc(test["outcome"].to_numpy(), said[:, 1]) > 0.7
    assert np.array_equal(said, learner(features=FEATURES).fit(train, train["outcome"]).predict_proba(test))
    model.save(tmp_path)
    assert np.allclose(load(tmp_path).predict(test), said[:, 1])
    with pytest.raises(ValueError, match="0 or 1"):
        learner(features=FEATURES).fit(train, np.full(len(train), 2.0))


def test_points_can_be_added_up_by_hand(cases: pd.DataFrame) -> None:
    model = PointsScore(FEATURES, most_conditions=3).fit(cases, cases["outcome"])
    lines = model.lines()
    assert 1 <= len(lines) <= 3 and any("absent above" in line for line in lines)
    assert not any("never" in line for line in lines)
    assert set(np.unique(model.points(cases))) <= set(range(16))
    assert model.points(pd.DataFrame({name: [np.nan] for name in FEATURES})).tolist() == [0]


def test_judged_by_date_the_ensemble_is_calibrated_on_earlier_dates_only(cases: pd.DataFrame) -> None:
    splits = temporal_splits(cases["as_of_date"], cases["known_on"], least_rows=100)
    assert len(splits) == 3
    models = {"tree": DecisionTree(FEATURES), "boosting": GradientBoosting(FEATURES), "random": AreaMean()}
    kept: dict = {}
    found = out_of_time(cases, "outcome", models, splits, ensemble=("tree", "boosting"), kept=kept)
    assert len(found) == 3 * 400 * 4
    last = found[(found["model"] == ENSEMBLE) & (found["test_date"] == splits[-1].test_date)]
    assert np.allclose(kept[ENSEMBLE].predict(cases.loc[splits[-1].test]), last["estimate"])
    # What happens on the last date changes no estimate.
    flipped = cases.assign(outcome=cases["outcome"].where(~splits[-1].test, 1 - cases["outcome"]))
    again = out_of_time(flipped, "outcome", models, splits, ensemble=("tree", "boosting"))
    assert np.array_equal(found["estimate"], again["estimate"])
    table = scores_by_date(found, capacities=(40,)).set_index(["model", "test_date", "metric"])["value"]
    day = splits[-1].test_date
    assert table[ENSEMBLE, day, "auc"] > 0.75 and table["random", day, "auc"] == 0.5
    rate = cases.loc[splits[-1].test, "outcome"].mean()
    assert table["random", day, "precision"] == pytest.approx(rate)
    assert table[ENSEMBLE, day, "precision"] > rate + 0.2


def test_settings_are_chosen_where_they_regret_least(cases: pd.DataFrame) -> None:
    splits = temporal_splits(cases["as_of_date"], cases["known_on"])
    candidates = variants(DecisionTree(FEATURES), [{"features": ("noise",)}, {"features": FEATURES}])
    chosen, figures = least_regretted(cases, "outcome", candidates, splits)
    assert chosen == candidates[1] and figures["mean_regret"].iloc[0] == 0
