"""Tests of maximal covering within a budget: against every possible choice, and by what no better method may break."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.covering.planning import cover_fairness_curve, highest_floor, maximal_cover, plan_cost
from socialai_assets.methods.covering.problem import CoverProblem
from socialai_assets.methods.covering.ranking import even_cover, greedy_cover, ranked_cover

EXACT: dict[str, Any] = {"gap": 0.0, "seconds": 20.0}


def drawn(seed: int, places: int = 9, candidates: int = 7) -> CoverProblem:
    random = np.random.default_rng(seed)
    covers = random.random((places, candidates)) < 0.3
    place, candidate = np.nonzero(covers)
    return CoverProblem(
        people=random.integers(0, 400, places).astype(float),
        weight=random.uniform(1, 2, places),
        group=random.integers(-1, 3, places),
        cost=random.uniform(1, 10, candidates),
        place=place,
        candidate=candidate,
    )


def gain(problem: CoverProblem, chosen: np.ndarray) -> float:
    return float(problem.gain @ problem.covered(chosen))


def every_choice(problem: CoverProblem, budget: float) -> list[np.ndarray]:
    choices = (np.array(choice) for choice in itertools.product([False, True], repeat=len(problem.cost)))
    return [choice for choice in choices if problem.cost[choice].sum() <= budget]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 40))
def test_the_optimum_is_the_best_of_every_choice_and_no_ranking_beats_it(seed: int, budget: float) -> None:
    problem = drawn(seed)
    plan = maximal_cover(problem, budget, **EXACT)
    best = max(gain(problem, choice) for choice in every_choice(problem, budget))
    assert plan.status == "optimal" and plan.gap == pytest.approx(0, abs=1e-6)
    assert best * (1 - 1e-6) - 1e-6 <= gain(problem, plan.chosen) <= best + 1e-9
    assert plan_cost(problem, plan) <= budget
    greedy = greedy_cover(problem, budget)
    assert plan_cost(problem, greedy) <= budget
    assert best / 3.2 - 1e-9 <= gain(problem, greedy.chosen) <= gain(problem, plan.chosen) + 1e-9
    for score in (problem.cost, -problem.cost):
        ranked = ranked_cover(problem, score, budget)
        assert plan_cost(problem, ranked) <= budget and gain(problem, ranked.chosen) <= best + 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 30), st.floats(0, 1))
def test_less_money_never_reaches_more(seed: int, budget: float, share: float) -> None:
    problem = drawn(seed, 14, 10)
    poorer = maximal_cover(problem, share * budget, **EXACT)
    richer = maximal_cover(problem, budget, **EXACT)
    assert gain(problem, poorer.chosen) <= gain(problem, richer.chosen) * (1 + 1e-6) + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(3, 40))
def test_the_highest_floor_is_that_of_every_choice_and_its_guarantee_is_kept(seed: int, budget: float) -> None:
    problem = drawn(seed)
    coverable = problem.coverable()
    own = coverable > 0
    if not own.any():
        return

    def least(choice: np.ndarray) -> float:
        return float((problem.of_groups(problem.people * problem.covered(choice))[own] / coverable[own]).min())

    highest = highest_floor(problem, budget, **EXACT)
    best = max(least(choice) for choice in every_choice(problem, budget))
    assert best - 1e-5 <= highest <= best + 1e-9
    even = even_cover(problem, budget)
    assert plan_cost(problem, even) <= budget and least(even.chosen) <= best + 1e-9
    curve = cover_fairness_curve(problem, budget, (0.0, 0.5, 1.0), **EXACT)
    assert (curve["least_share"] >= curve["share_of_floor"] * highest - 1e-5).all()
    assert (np.diff(curve["price_of_fairness"]) >= 0).all() and curve["price_of_fairness"][0] == 0
    assert (curve["cost_usd"] <= budget).all()


def test_what_cannot_be_guaranteed_is_refused_with_the_reason() -> None:
    problem = CoverProblem(
        people=np.array([10.0, 20.0]),
        weight=np.ones(2),
        group=np.array([0, 1]),
        cost=np.array([5.0, 5.0]),
        place=np.array([0, 1]),
        candidate=np.array([0, 1]),
    )
    short = maximal_cover(problem, 5.0, floors=np.array([1.0, 1.0]))
    assert (short.status, short.chosen.any()) == ("infeasible", False) and "budget" in short.reason
    many = maximal_cover(problem, 50.0, floors=np.array([11.0, 1.0]))
    assert many.status == "infeasible" and "more people than any choice" in many.reason
    assert maximal_cover(problem, 1.0, floors=np.array([1.0, 0.0])).reason == "the budget pays for no candidate"
    assert maximal_cover(problem, 10.0, floors=np.array([10.0, 20.0])).chosen.all()


def test_nothing_to_choose_is_an_optimum() -> None:
    none, nowhere = np.zeros(0), np.zeros(0, dtype=int)
    problem = CoverProblem(none, none, nowhere, none, nowhere, nowhere)
    assert maximal_cover(problem, 10.0).status == "optimal"
    assert cover_fairness_curve(problem, 10.0, (0.0, 1.0))["price_of_fairness"].tolist() == [0, 0]


def test_merging_places_changes_no_gain() -> None:
    problem = drawn(5, 40, 6)
    twice = dataclasses.replace(
        problem,
        people=np.tile(problem.people, 2),
        weight=np.tile(problem.weight, 2),
        group=np.tile(problem.group, 2),
        place=np.concatenate([problem.place, problem.place + 40]),
        candidate=np.tile(problem.candidate, 2),
    )
    one, two = maximal_cover(problem, 12.0, **EXACT), maximal_cover(twice, 12.0, **EXACT)
    assert gain(twice, two.chosen) == pytest.approx(2 * gain(problem, one.chosen))


def test_costs_that_are_nothing_and_negative_budgets_are_refused() -> None:
    problem = drawn(1)
    with pytest.raises(ValueError, match="costs something"):
        dataclasses.replace(problem, cost=np.zeros(len(problem.cost)))
    with pytest.raises(ValueError, match="budget"):
        maximal_cover(problem, -1.0)
