"""Tests of geographic targeting: the budget holds, the plan is the best one, and its errors are shares."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.targeting import allocate, plan_scores, reached_gain

AREAS = st.lists(st.tuples(st.integers(1, 50_000), st.floats(0, 1)), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(AREAS, st.floats(0, 1.2), st.booleans(), st.floats(0.01, 900))
def test_a_plan_keeps_the_budget_and_its_errors_are_shares(
    areas: list, part: float, whole: bool, benefit: float
) -> None:
    population = np.array([float(people) for people, _ in areas])
    poor = population * [rate for _, rate in areas]
    cost = population * benefit
    budget = part * cost.sum()
    made = allocate(poor, cost, budget, whole=whole)
    assert made.share @ cost <= budget * (1 + 1e-9)
    assert ((made.share >= 0) & (made.share <= 1)).all()
    assert not whole or set(made.share) <= {0.0, 1.0}
    scores = plan_scores(made.share, population, poor)
    for error in ("exclusion_error", "inclusion_error"):
        assert np.isnan(scores[error]) or 0 <= scores[error] <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300)), min_size=2, max_size=8), st.floats(0.1, 0.9))
def test_whole_areas_are_the_best_of_all_combinations(areas: list, part: float) -> None:
    need, cost = (np.array(column, dtype=float) for column in zip(*areas, strict=True))
    budget = part * cost.sum()
    possible = (np.array(chosen) for chosen in itertools.product((0, 1), repeat=len(areas)))
    best = max(chosen @ need for chosen in possible if chosen @ cost <= budget)
    assert allocate(need, cost, budget).share @ need >= best * (1 - 1e-3) - 1e-6


def test_shares_fill_the_poorest_area_first() -> None:
    share = allocate([80, 30, 50], [100, 100, 100], 150, whole=False).share
    assert share.tolist() == [1.0, 0.0, 0.5]


def test_scores_and_gain_by_hand() -> None:
    population, poor = np.array([100.0, 100.0, 200.0]), np.array([80.0, 20.0, 100.0])
    scores = plan_scores(np.array([1.0, 0.0, 0.5]), population, poor)
    assert scores == {
        "people_reached": 200.0, "poor_reached": 130.0, "exclusion_error": 0.35, "inclusion_error": 0.35,
    }  # fmt: skip
    gain, lower, upper = reached_gain(np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), poor, ["a", "b", "c"])
    assert gain == 60 and lower < 60 < upper


def test_figures_that_are_missing_or_negative_are_refused() -> None:
    for need, cost, budget in (([np.nan], [1], 1), ([1], [-1], 1), ([1], [1, 2], 1), ([1], [1], -1)):
        with pytest.raises(ValueError):
            allocate(need, cost, budget)
