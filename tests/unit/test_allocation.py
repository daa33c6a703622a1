"""Tests of sharing a stock: plans pass an independent check, keep their promises, and say why they fall short."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from socialai_assets.methods.allocation.checker import storage_violations, violations
from socialai_assets.methods.allocation.fairness import fairness_curve, gains_and_losses, gini
from socialai_assets.methods.allocation.frames import checkable
from socialai_assets.methods.allocation.planning import (
    MAX_MIN,
    OBJECTIVES,
    PEOPLE,
    PROPORTIONAL,
    WEIGHTED,
    Planner,
    plan_allocation,
)
from socialai_assets.methods.allocation.reasons import LIMITS, NO_DEPOT, reasons_for_shortfalls
from tests.unit.allocation_problems import EXACT, drawn_problem, one_depot


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(OBJECTIVES))
def test_every_plan_passes_the_independent_check_and_every_shortfall_has_a_reason(seed: int, objective: str) -> None:
    problem = drawn_problem(seed)
    plan = plan_allocation(problem, objective, replace(EXACT, risk_aversion=0.5 if seed % 2 else 0.0))
    told = checkable(problem, plan)
    assert violations(**told) == []
    parts = {name: told[name] for name in ("shipments", "batches", "items", "depots", "periods")}
    assert storage_violations(**parts) == []
    short = (problem.minimum - plan.received).max(axis=(1, 2)) > 1e-3 * np.maximum(1, problem.minimum.max())
    reasons = reasons_for_shortfalls(problem, plan)
    assert set(np.flatnonzero(short).tolist()) <= set(reasons)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
@example(232)
@example(1091)
def test_objectives_keep_their_promises_and_the_price_of_fairness_is_monotone(seed: int) -> None:
    problem = replace(drawn_problem(seed), whole=np.zeros(len(drawn_problem(seed).items), dtype=bool))
    planner = Planner(problem, EXACT)
    efficient, fair = planner.plan(PEOPLE), planner.plan(MAX_MIN)
    if np.isfinite(efficient.least_coverage):
        assert fair.least_coverage >= efficient.least_coverage - 1e-4
    assert fair.people_reached <= efficient.people_reached * (1 + 2e-4) + 1e-6
    curve = fairness_curve(planner, (0, 0.5, 1))
    price = curve["price_of_fairness"]
    assert price.between(0, 1).all() and (price.diff().dropna() >= -1e-9).all()
    more = replace(problem, batch_quantity=problem.batch_quantity * 1.5)
    richer = Planner(more, EXACT)
    # Stock on hand has its room in any case; arrivals that find none are refused, so more is never worse.
    if not problem.minimum.any():
        assert richer.plan(PEOPLE).people_reached >= efficient.people_reached * (1 - 3e-4) - 1e-6
    assert (richer.minimum_met or 0) >= (planner.minimum_met or 0) - 1e-5


def test_a_short_stock_is_shared_as_each_objective_says() -> None:
    # 100 units for places of 100 and 50 people that need a unit each; the second counts three times in `weighted`.
    problem = one_depot([100, 50], 100, priority=np.array([1.0, 3.0]))
    by = {objective: plan_allocation(problem, objective, EXACT) for objective in OBJECTIVES}
    assert all(plan.people_reached == pytest.approx(100, rel=1e-3) for plan in by.values())
    assert by[WEIGHTED].received.ravel() == pytest.approx([50, 50], abs=0.1)
    for fair in (MAX_MIN, PROPORTIONAL):
        assert by[fair].coverage == pytest.approx([2 / 3, 2 / 3], abs=0.04)
    assert all(plan.status == "optimal" for plan in by.values())


def test_a_dear_place_costs_others_what_the_price_of_fairness_says() -> None:
    # A unit costs 1 to the near place and 9 to the far one; 100 USD reach 100 near people, or 10 of each.
    problem = one_depot([100, 100], 1000, link_cost=np.array([[1.0], [9.0]]), budget=100.0)
    curve = fairness_curve(Planner(problem, EXACT), (0, 0.5, 1))
    assert curve["people_reached"].tolist() == pytest.approx([100, 60, 20], rel=0.01)
    assert curve["price_of_fairness"].tolist() == pytest.approx([0, 0.4, 0.8], abs=0.01)
    assert curve["gini"].iloc[-1] == pytest.approx(0, abs=0.01)
    planner = Planner(problem, EXACT)
    groups = gains_and_losses(problem, planner.plan(MAX_MIN), planner.plan(PEOPLE), ["near", "far"])
    assert groups.set_index("group")["people_gained"].to_dict() == pytest.approx({"near": -90, "far": 10}, rel=0.01)


def test_places_that_can_rise_rise_above_those_that_cannot() -> None:
    # The first two share the short depot and stay at a half; the third is served by the other one too, in full.
    problem = one_depot(
        [10, 10, 10], 10, depots=("short", "rich"), link_depot=np.array([0, 0, 0, 1]),
        link_place=np.array([0, 1, 2, 2]), link_cost=np.ones((4, 1)), batch_depot=np.array([0, 1]),
        batch_item=np.zeros(2, dtype=int), batch_quantity=np.array([10.0, 20.0]), batch_arrives=np.zeros(2, dtype=int),
        batch_expires=np.full(2, 9), vehicle_kg=np.full((2, 1), np.inf), vehicle_m3=np.full((2, 1), np.inf),
        storage_m3=np.full(2, np.inf),
    )  # fmt: skip
    planner = Planner(problem, EXACT)
    assert planner.floors(rounds=1) == pytest.approx([0.5, 0.5, 0.5])
    assert planner.floors(rounds=2) == pytest.approx([0.5, 0.5, 1.0])
    assert planner.plan(MAX_MIN).coverage == pytest.approx([0.5, 0.5, 1.0], abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_highest_floor_is_that_of_another_solver(seed: int) -> None:
    drawn = drawn_problem(seed)
    problem = replace(drawn, whole=np.zeros(len(drawn.items), dtype=bool), budget=1e9)
    planner = Planner(problem, EXACT)
    places = np.flatnonzero(planner.attainable > 1e-9)
    programme = planner._programme()
    level = programme.program.add_columns(1, upper=1.0)
    rows = planner._coverage_rows(programme, places, lower=0.0)
    programme.program.add_entries(rows, np.repeat(level, len(places)), -planner.attainable[places])
    programme.program.set_aim(level, 1.0)
    exact = programme.program.solve(solvers=("glop",)).objective
    # With a budget, places that share no depot are one group, as in the programme above.
    assert planner.floors()[places] == pytest.approx(exact * planner.attainable[places], abs=1e-7)


def test_uncertain_demand_gets_the_newsvendors_share() -> None:
    # One place needs 10 for certain, the other 0 or 20: of 15 units the certain ten go first, the rest is risked.
    demand = np.array([[10, 0.0], [10, 20]]).reshape(2, 2, 1, 1)
    problem = one_depot([10, 10], 15, demand=demand)
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert plan.received.ravel() == pytest.approx([10, 5], abs=1e-6)
    assert plan.people_reached == pytest.approx(10 + 2.5)
    # Averse to risk, with two scenarios of which one is bad, the certain place still goes first.
    averse = plan_allocation(problem, WEIGHTED, replace(EXACT, risk_aversion=1.0, tail=0.5))
    assert averse.received.ravel()[0] == pytest.approx(10, abs=1e-3)


def test_uncertain_priority_changes_a_plan_that_is_averse_to_risk() -> None:
    # The first place is a little poorer on average, the second certainly as poor as it seems.
    problem = one_depot([10, 10], 10, demand=np.full((2, 2, 1, 1), 10.0), priority=np.array([[2.2, 1], [0, 1.0]]))
    assert plan_allocation(problem, WEIGHTED, EXACT).received.ravel() == pytest.approx([10, 0], abs=1e-6)
    averse = plan_allocation(problem, WEIGHTED, replace(EXACT, risk_aversion=1.0, tail=0.5))
    assert averse.received.ravel() == pytest.approx([0, 10], abs=1e-3)


LIMITED = {
    "stock": one_depot([10, 10], 15, minimum=np.full((2, 1, 1), 10.0)),
    "vehicles": one_depot([10, 10], 50, minimum=np.full((2, 1, 1), 10.0), vehicle_kg=np.array([[15_000.0]])),
    "budget": one_depot([10, 10], 50, minimum=np.full((2, 1, 1), 10.0), budget=15.0),
}
TWO_PERIODS = {
    "demand": np.full((1, 1, 1, 2), 10.0),
    "vehicle_kg": np.full((1, 2), np.inf),
    "vehicle_m3": np.full((1, 2), np.inf),
    "minimum": np.full((1, 1, 2), 10.0),
}
LIMITED["shelf life"] = one_depot([10], 20, **TWO_PERIODS, batch_expires=np.array([0]))
LIMITED["arrival"] = one_depot([10], 20, **TWO_PERIODS, batch_arrives=np.array([1]))
LIMITED["storage"] = one_depot(
    [10],
    0,
    **TWO_PERIODS | {"minimum": np.array([[[0, 10.0, 10]]]), "demand": np.full((1, 1, 1, 3), 10.0),
                     "vehicle_kg": np.full((1, 3), np.inf), "vehicle_m3": np.full((1, 3), np.inf)},
    batch_quantity=np.array([20.0]),
    batch_arrives=np.array([1]),
    storage_m3=np.array([5.0]),
)  # fmt: skip


@pytest.mark.parametrize("limit", LIMITED)
def test_the_limit_that_stands_in_the_way_is_named(limit: str) -> None:
    problem = LIMITED[limit]
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert violations(**checkable(problem, plan)) == []
    reasons = reasons_for_shortfalls(problem, plan)
    assert reasons and all(LIMITS[limit] in reason for reason in reasons.values())
    required = plan_allocation(problem, PEOPLE, replace(EXACT, minimum_required=True))
    assert required.status == "infeasible" and not required.sent.any()
    assert any(LIMITS[limit] in reason for reason in required.why_infeasible)


def test_a_place_without_a_depot_says_so_and_does_not_pull_the_others_down() -> None:
    problem = one_depot([10, 10], 20, link_depot=np.array([0]), link_place=np.array([0]), link_cost=np.ones((1, 1)),
                        minimum=np.full((2, 1, 1), 5.0))  # fmt: skip
    plan = plan_allocation(problem, MAX_MIN, EXACT)
    assert plan.received.ravel() == pytest.approx([10, 0])
    assert reasons_for_shortfalls(problem, plan) == {1: NO_DEPOT}
    required = plan_allocation(problem, MAX_MIN, replace(EXACT, minimum_required=True))
    assert required.why_infeasible == (f"1 places: {NO_DEPOT}",)


def test_first_expired_goes_out_first_where_it_must() -> None:
    # 10 units keep for one period, 10 for two: only in that order are both periods served.
    problem = one_depot(
        [10], 0, **TWO_PERIODS, batch_depot=np.zeros(2, dtype=int), batch_item=np.zeros(2, dtype=int),
        batch_quantity=np.full(2, 10.0), batch_arrives=np.zeros(2, dtype=int), batch_expires=np.array([1, 0]),
    )  # fmt: skip
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert plan.received.ravel() == pytest.approx([10, 10])
    assert violations(**checkable(problem, plan)) == []


def test_whole_units_stay_whole_within_a_known_gap() -> None:
    problem = one_depot([3, 3, 3], 7.5, whole=np.array([True]))
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert plan.received.sum() == 7 and (plan.received == np.round(plan.received)).all()
    assert plan.status in ("optimal", "feasible") and plan.gap <= 1e-3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda plan: plan.sent * 2, "more than there is in date"),
        (lambda plan: -plan.sent, "units"),
        (lambda plan: plan.sent[:, :, ::-1], "in date"),
    ],
)
def test_the_checker_finds_a_plan_that_cannot_be_carried_out(change, says: str) -> None:
    problem = one_depot([10], 10, **TWO_PERIODS, batch_expires=np.array([0]))
    plan = plan_allocation(problem, PEOPLE, EXACT)
    assert violations(**checkable(problem, plan)) == []
    found = violations(**checkable(problem, replace(plan, sent=change(plan))))
    assert any(says in text for text in found)


def test_a_plan_of_arrivals_that_find_no_room_is_found_out() -> None:
    # Ten of twenty units arrive and are sent at once, the rest a week later: five of them find room in between.
    problem = LIMITED["storage"]
    told = checkable(problem, plan_allocation(problem, PEOPLE, EXACT))
    parts = {name: told[name] for name in ("shipments", "batches", "items", "depots", "periods")}
    assert storage_violations(**parts) == []
    sent = parts["shipments"]
    parts["shipments"] = sent.assign(quantity=10.0)
    assert parts["shipments"]["quantity"].sum() == 20
    found = storage_violations(**parts)
    assert len(found) == 1 and float(found[0].split()[2]) == pytest.approx(5, abs=1e-3)
    roomy = parts["depots"].assign(storage_m3=10.0)
    assert storage_violations(**(parts | {"depots": roomy})) == []


def test_gini_by_hand() -> None:
    assert gini(np.array([1.0, 1.0]), np.array([5.0, 1.0])) == pytest.approx(0)
    assert gini(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.5)
    assert gini(np.array([0.0, np.nan]), np.array([1.0, 1.0])) == 0


def test_figures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        one_depot([10], -1)
    with pytest.raises(ValueError, match="shape"):
        one_depot([10], 1, people=np.ones(3))
    with pytest.raises(ValueError, match="objective"):
        plan_allocation(one_depot([10], 1), "profit")
    with pytest.raises(ValueError, match="ascend"):
        fairness_curve(Planner(one_depot([10], 1)), (1, 0))
