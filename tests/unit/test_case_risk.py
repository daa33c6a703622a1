"""Tests of what judges risks of single cases: lists of limited length, splits by date, regret, learners."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.case_risk.capacity import (
    calibration_curve,
    capacity_scores,
    chance_of_a_place,
    expected_calibration_error,
    list_stability,
    places,
)
from socialai_assets.methods.case_risk.temporal_validation import regrets, temporal_splits


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
