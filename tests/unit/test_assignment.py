"""Tests of assignments: against every possible choice, and by what no better method may break."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.assignment import reasons
from socialai_assets.methods.assignment.comparison import compared
from socialai_assets.methods.assignment.planning import best_assignment, even_assignment, price_of_even_caseloads
from socialai_assets.methods.assignment.problem import NOBODY, AssignmentPlan, AssignmentProblem
from socialai_assets.methods.assignment.ranking import highest_risk_first, most_benefit_first, random_order


def drawn(seed: int, options: int = 10, persons: int = 5) -> AssignmentProblem:
    random = np.random.default_rng(seed)
    helped = random.random(options) < 0.6
    risk = random.uniform(0, 1, persons)
    person = random.integers(0, persons, options)
    return AssignmentProblem(
        risk=risk,
        person=person,
        kind=random.integers(0, 3, options),
        helper=np.where(helped, random.integers(0, 3, options), NOBODY),
        service=np.where(helped, NOBODY, random.integers(0, 2, options)),
        benefit=risk[person] * random.uniform(0, 0.6, options),
        minutes=np.where(helped, random.integers(10, 60, options), 0),
        cost=random.uniform(0, 10, options),
        km=random.uniform(0, 10, options),
        helper_minutes=random.integers(0, 120, 3),
        helper_people=random.integers(0, 3, 3),
        helper_group=np.array([0, 0, 1]),
        places=random.integers(0, 2, 2),
        budget=float(random.uniform(5, 40)),
        benefit_per_km=0.01,
        most_per_person=int(random.integers(1, 3)),
    )


def planted(children: int = 400, seed: int = 0) -> tuple[AssignmentProblem, np.ndarray]:
    """Those at highest risk gain least from what there is, as where a risk has causes that no counsellor reaches."""
    random = np.random.default_rng(seed)
    risk = random.beta(2, 4, children)
    person = np.repeat(np.arange(children), 3)
    kind = np.tile(np.arange(3), children)
    true_share = np.clip(np.array([0.2, 0.35, 0.5])[kind] * (1.3 - risk[person]), 0, 1)
    helpers = children // 40
    problem = AssignmentProblem(
        risk=risk,
        person=person,
        kind=kind,
        helper=random.integers(0, helpers, len(person)),
        service=np.full(len(person), NOBODY),
        benefit=risk[person] * np.clip(true_share + random.normal(0, 0.03, len(person)), 0, 1),
        minutes=np.array([30, 60, 120])[kind],
        cost=np.zeros(len(person)),
        km=random.uniform(0, 5, len(person)),
        helper_minutes=np.full(helpers, 600),
        helper_people=np.full(helpers, 20),
        helper_group=np.zeros(helpers, dtype=int),
        places=np.zeros(0, dtype=int),
    )
    return problem, risk[person] * true_share


def value(problem: AssignmentProblem, plan: AssignmentPlan) -> float:
    return float(problem.value[plan.chosen].sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_the_plan_is_the_best_of_every_choice_and_no_simple_rule_beats_it(seed: int) -> None:
    problem = drawn(seed)
    plan = best_assignment(problem, gap=0.0, seconds=20)
    choices = (np.array(choice) for choice in itertools.product([False, True], repeat=len(problem.person)))
    best = max(float(problem.value[choice].sum()) for choice in choices if not problem.broken_limits(choice))
    assert plan.status == "optimal" and not problem.broken_limits(plan.chosen)
    assert value(problem, plan) == pytest.approx(best, abs=2e-5)
    for simple in (highest_risk_first(problem), most_benefit_first(problem), random_order(problem, seed)):
        assert not problem.broken_limits(simple.chosen)
        assert value(problem, simple) <= best + 1e-9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_everybody_with_an_option_is_helped_or_has_a_reason_that_holds(seed: int) -> None:
    problem = drawn(seed)
    plan = best_assignment(problem, gap=0.0, seconds=20)
    given_reasons = reasons.reasons_for_unassigned(problem, plan)
    assert set(given_reasons) == set(problem.person.tolist()) - set(problem.person[plan.chosen].tolist())
    for person, reason in given_reasons.items():
        assert reason != reasons.NOT_FOUND
        if reason == reasons.HELPERS_FULL:
            free = dataclasses.replace(
                problem, helper_minutes=problem.helper_minutes + 10_000, helper_people=problem.helper_people + 10
            )
            mine = (problem.person == person) & (problem.value > 0)
            assert any(
                not free.broken_limits(plan.chosen | (np.arange(len(mine)) == option))
                for option in np.flatnonzero(mine)
            )


def test_need_reached_is_not_benefit_gained() -> None:
    problem, truth = planted()
    plans = {
        "most benefit": best_assignment(problem, seconds=20),
        "highest risk first": highest_risk_first(problem),
        "random": random_order(problem, 0),
    }
    table = compared(problem, plans, truth).set_index("plan")
    gained, need = table["benefit_gained"], table["need_reached"] / table["helped"]
    assert gained["most benefit"] > 1.2 * gained["highest risk first"]
    assert need["highest risk first"] > need["most benefit"] > need["random"]
    assert plans["most benefit"].status == "optimal" and plans["most benefit"].gap <= 1e-3 + 1e-6


def test_a_plan_that_breaks_a_limit_is_not_compared() -> None:
    problem, _ = planted(40)
    everything = AssignmentPlan(np.ones(len(problem.person), dtype=bool), "all")
    with pytest.raises(ValueError, match="minutes of a helper"):
        compared(problem, {"all": everything})


def test_even_caseloads_cost_what_is_said_and_no_more_than_allowed() -> None:
    problem, _ = planted(120, seed=3)
    roomy = dataclasses.replace(problem, helper_minutes=np.array([9600, 2900, 1800]), helper_people=np.full(3, 60))
    plan = best_assignment(roomy, seconds=20)
    even = even_assignment(roomy, plan, 0.1, seconds=1)
    assert roomy.spread(even.chosen) < roomy.spread(plan.chosen)
    lost = 1 - value(roomy, even) / value(roomy, plan)
    assert even.given_up == pytest.approx(max(lost, 0)) and lost <= 0.1 + 1e-3
    curve = price_of_even_caseloads(roomy, plan, (0.0, 0.1, 0.3), seconds=1)
    assert curve["spread"].is_monotonic_decreasing and (curve["given_up"] <= curve["given_up_at_most"] + 1e-3).all()
    with pytest.raises(ValueError, match="cannot be given up"):
        even_assignment(roomy, plan, 1.5)


def test_a_search_without_time_still_gives_a_plan_no_worse_than_its_start() -> None:
    problem, _ = planted(400, seed=1)
    start = highest_risk_first(problem).chosen
    plan = best_assignment(problem, start=start, seconds=1e-3)
    assert value(problem, plan) >= max(value(problem, most_benefit_first(problem)), problem.value[start].sum()) - 1e-9
    assert plan.status == "feasible" and 0 < plan.gap < 1


def test_what_has_no_meaning_is_refused() -> None:
    problem = drawn(0)
    for change, words in (
        ({"helper": np.full(10, 7)}, "names one of 3"),
        ({"minutes": np.full(10, 1.5)}, "whole numbers"),
        ({"benefit": np.full(10, np.nan)}, "missing or negative"),
        ({"cost": np.zeros(3)}, "One value"),
        ({"most_per_person": 0}, "at least one option"),
    ):
        with pytest.raises(ValueError, match=words):
            dataclasses.replace(problem, **change)
