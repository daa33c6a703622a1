"""Tests of amounts that people fixed: every objective keeps them, those that cannot be are named and checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.allocation.checker import violations
from socialai_assets.methods.allocation.decisions import (
    CONTRADICTED,
    FixedAmountsError,
    conflicts,
    without_conflicts,
)
from socialai_assets.methods.allocation.frames import checkable
from socialai_assets.methods.allocation.planning import MAX_MIN, OBJECTIVES, PEOPLE, plan_allocation
from socialai_assets.methods.allocation.problem import ANY_DEPOT, AllocationProblem, FixedAmounts
from socialai_assets.methods.allocation.reasons import LIMITS, NO_DEPOT, reasons_for_shortfalls
from tests.unit.allocation_problems import EXACT, drawn_problem, one_depot


def fixed(*rows: tuple[int, float], depot: int = ANY_DEPOT) -> FixedAmounts:
    """Quantities of the first item in the first period by place."""
    places, quantities = zip(*rows, strict=True)
    nothing = np.zeros(len(rows), dtype=int)
    return FixedAmounts(np.array(places), nothing, nothing, np.array(quantities, float), np.full(len(rows), depot))


def with_drawn_decisions(problem: AllocationProblem, seed: int) -> AllocationProblem:
    """Some cells fixed at nothing, at about their demand or far above it, by one depot or by all."""
    draw = np.random.default_rng(seed)
    cells = np.argwhere(draw.random(problem.minimum.shape) < 0.3)
    quantity = problem.demand.mean(axis=0)[tuple(cells.T)] * draw.choice([0, 0.3, 1, 2, 20], len(cells))
    quantity = np.where(problem.whole[cells[:, 1]], np.round(quantity), quantity)
    depot = draw.integers(ANY_DEPOT, len(problem.depots), len(cells))
    return replace(problem, fixed=FixedAmounts(*cells.T, quantity=quantity, depot=depot))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(OBJECTIVES))
def test_decisions_are_kept_by_every_objective_or_refused_by_name(seed: int, objective: str) -> None:
    problem = with_drawn_decisions(drawn_problem(seed), seed)
    found = conflicts(problem)
    assert all(conflict.reason and problem.places[problem.fixed.place[conflict.number]] in conflict.text
               for conflict in found)  # fmt: skip
    if found:
        with pytest.raises(FixedAmountsError) as refused:
            plan_allocation(problem, objective, EXACT)
        assert [conflict.number for conflict in refused.value.conflicts] == [conflict.number for conflict in found]
    rest = without_conflicts(problem, found)
    plan = plan_allocation(rest, objective, EXACT)
    told = checkable(rest, plan)
    assert len(told["fixed"]) == len(problem.fixed) - len(found)
    assert violations(**told) == []
    # What is fixed below a minimum is a reason of its own.
    short = (rest.minimum - plan.received).max(axis=(1, 2)) > 1e-3 * np.maximum(1, rest.minimum.max())
    assert set(np.flatnonzero(short).tolist()) <= set(reasons_for_shortfalls(rest, plan))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_rest_is_shared_around_what_is_fixed(objective: str) -> None:
    # Of 60 units the first place gets 25, more than its demand of 20, the second nothing; 35 are left for the third.
    problem = one_depot([20, 20, 40], 60, fixed=fixed((0, 25), (1, 0)))
    plan = plan_allocation(problem, objective, EXACT)
    assert plan.received.ravel() == pytest.approx([25, 0, 35], abs=1e-4)
    assert plan.people_reached == pytest.approx(20 + 35, rel=1e-4)


def test_a_place_that_people_refuse_pulls_nobody_down() -> None:
    problem = one_depot([10, 10, 10], 12, fixed=fixed((0, 0), (1, 4)))
    plan = plan_allocation(problem, MAX_MIN, EXACT)
    assert plan.received.ravel() == pytest.approx([0, 4, 8], abs=1e-4)
    assert plan.least_coverage == pytest.approx(0.8, abs=1e-4)


def test_a_decision_on_one_depot_leaves_the_others_free() -> None:
    two = {
        "depots": ("near", "far"), "link_depot": np.array([0, 1]), "link_place": np.zeros(2, dtype=int),
        "link_cost": np.array([[1.0], [5.0]]), "batch_depot": np.array([0, 1]), "batch_item": np.zeros(2, dtype=int),
        "batch_quantity": np.array([20.0, 20.0]), "batch_arrives": np.zeros(2, dtype=int),
        "batch_expires": np.full(2, 9), "vehicle_kg": np.full((2, 1), np.inf), "vehicle_m3": np.full((2, 1), np.inf),
        "storage_m3": np.full(2, np.inf),
    }  # fmt: skip
    plan = plan_allocation(one_depot([10], 0, **two, fixed=fixed((0, 6), depot=1)), PEOPLE, EXACT)
    assert plan.sent.ravel() == pytest.approx([4, 6], abs=1e-6)


REFUSED = {
    "stock": one_depot([10, 10], 15, fixed=fixed((0, 10), (1, 9))),
    "vehicles": one_depot([10, 10], 50, vehicle_kg=np.array([[15_000.0]]), fixed=fixed((0, 10), (1, 9))),
    "budget": one_depot([10, 10], 50, budget=15.0, fixed=fixed((0, 10), (1, 9))),
}


@pytest.mark.parametrize("limit", REFUSED)
def test_what_exceeds_a_limit_is_refused_with_its_name_and_excess(limit: str) -> None:
    with pytest.raises(FixedAmountsError, match="9 water to place1 in period 0: 4 too many") as refused:
        plan_allocation(REFUSED[limit], PEOPLE, EXACT)
    (conflict,) = refused.value.conflicts
    assert conflict.number == 1 and conflict.lacking == pytest.approx(4) and LIMITS[limit] in conflict.reason


def test_decisions_that_contradict_each_other_or_reach_nowhere_say_so() -> None:
    (twice,) = conflicts(one_depot([10], 50, fixed=fixed((0, 3), (0, 5))))
    assert twice.reason == CONTRADICTED
    nowhere = one_depot([10, 10], 50, link_depot=np.array([0]), link_place=np.array([0]), link_cost=np.ones((1, 1)),
                        fixed=fixed((1, 3)))  # fmt: skip
    assert [conflict.reason for conflict in conflicts(nowhere)] == [NO_DEPOT]


def test_a_minimum_that_people_decided_against_is_their_decision() -> None:
    problem = one_depot([10, 10], 50, minimum=np.full((2, 1, 1), 10.0), fixed=fixed((0, 2)))
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert plan.received.ravel() == pytest.approx([2, 10])
    assert reasons_for_shortfalls(problem, plan) == {0: LIMITS["decisions"]}
    required = plan_allocation(problem, PEOPLE, replace(EXACT, minimum_required=True))
    assert required.status == "infeasible" and LIMITS["decisions"] in required.why_infeasible[0]


def test_the_checker_finds_a_plan_that_ignores_a_decision() -> None:
    problem = one_depot([10, 10], 20)
    told = checkable(replace(problem, fixed=fixed((0, 3))), plan_allocation(problem, PEOPLE, EXACT))
    assert violations(**told) == ["water to place0 in period 0: 10 where 3 is fixed"]


def test_decisions_that_do_not_fit_the_problem_are_refused() -> None:
    with pytest.raises(ValueError, match=r"fixed\.place"):
        one_depot([10], 10, fixed=fixed((1, 3)))
    with pytest.raises(ValueError, match="negative"):
        one_depot([10], 10, fixed=fixed((0, -3)))
    with pytest.raises(ValueError, match="whole units"):
        one_depot([10], 10, whole=np.array([True]), fixed=fixed((0, 2.5)))
