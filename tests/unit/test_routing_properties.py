"""Plans of random problems with every constraint keep them all, and the reasons of stops left out are right."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pyvrp
from hypothesis import HealthCheck, Phase, given, settings

from socialai_assets.methods.routing.checking import violations
from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.pyvrp_engine import _translate
from socialai_assets.methods.routing.reasons import Explanation, apply, explain
from socialai_assets.methods.routing.schedule import time_route
from socialai_assets.methods.routing.solution import Solution, assemble
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.stopping import Limits
from tests.unit.routing_problems import problems

# SOCIALAI_TEST_DEPTH=20 looks twenty times as far.
DEPTH = int(os.environ.get("SOCIALAI_TEST_DEPTH", "1"))


def profile(examples: int) -> settings:
    return settings(
        max_examples=examples * DEPTH,
        phases=[Phase.generate],
        deadline=None,
        derandomize=DEPTH == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@profile(20)
@given(problems(breaks=False))
def test_pyvrp_makes_only_feasible_plans_and_says_rightly_why_stops_are_left_out(problem: Problem) -> None:
    plan = solve(problem, Limits(iterations=40))
    assert feasible(problem, plan)
    explanations = explain(problem, plan)
    assert [each.stop for each in explanations] == list(plan.unserved)
    for explanation in explanations:
        changes_serve_it(problem, plan, explanation)
        nothing_less_serves_it(problem, plan, explanation)


@profile(8)
@given(problems(breaks=False, most=25))
def test_ortools_keeps_the_same_constraints(problem: Problem) -> None:
    assert feasible(problem, solve(problem, Limits(iterations=15, wall_seconds=20), engine="ortools"))


@profile(8)
@given(problems(breaks=True, most=25))
def test_plans_with_breaks_are_feasible_and_explained(problem: Problem) -> None:
    plan = solve(problem, Limits(iterations=15, wall_seconds=20))
    assert not problem.vehicles[0].breaks or "breaks" in plan.engine_reason
    assert feasible(problem, plan)
    for explanation in explain(problem, plan):
        changes_serve_it(problem, plan, explanation)


@profile(10)
@given(problems(most=18, shipments=True))
def test_shipments_are_taken_and_brought_by_one_vehicle_or_left_out_rightly(problem: Problem) -> None:
    plan = solve(problem, Limits(iterations=10, wall_seconds=20))
    assert "shipments" in plan.engine_reason
    assert feasible(problem, plan)
    explanations = {each.stop: each for each in explain(problem, plan)}
    for explanation in explanations.values():
        changes_serve_it(problem, plan, explanation)
        first, second = problem.together(explanation.stop)[0], problem.together(explanation.stop)[-1]
        assert explanations[first].reason == explanations[second].reason


def feasible(problem: Problem, plan: Solution) -> bool:
    """A stop that must be served may be left out where it cannot be; that is the only violation a plan may have."""
    found = [violation for violation in violations(problem, plan) if violation.rule != "required"]
    assert not found, found
    return True


def changes_serve_it(problem: Problem, plan: Solution, explanation: Explanation) -> None:
    """With each change made, by no more than it says, the independent check passes the plan with the stop in it."""
    assert bool(explanation.changes) == (explanation.reason != "several")
    for change in explanation.changes:
        changed = apply(problem, change)
        route = time_route(changed, change.order)
        assert route is not None
        others = [each for each in plan.routes if each.vehicle != change.order.vehicle] if explanation.possible else []
        new = assemble(changed, [*others, route])
        assert explanation.stop not in new.unserved
        assert feasible(changed, new)
        assert change.added_cost == new.cost - sum_cost(problem, plan, explanation), change


def sum_cost(problem: Problem, plan: Solution, explanation: Explanation) -> int:
    return plan.cost if explanation.possible else 0


def nothing_less_serves_it(problem: Problem, plan: Solution, explanation: Explanation) -> None:
    """By PyVRP's own judgement, the stop fits nowhere, or only at a cost above its prize."""
    prize = problem.stop_of[explanation.stop].prize
    if explanation.reason == "priority" and explanation.changes[0].constraint == "priority":
        assert prize is not None
        assert explanation.changes[0].added_cost >= prize
    else:
        fits = list(fitting(problem, plan, explanation.stop))
        assert not fits, (explanation, fits)


def fitting(problem: Problem, plan: Solution, stop: str) -> Iterator[str]:
    """Vehicles whose route, or an empty one, takes the stop at some place, as PyVRP judges it."""
    translation = _translate(problem)
    kind_of = {vehicle: kind for kind, alike in enumerate(translation.vehicles_of_type) for vehicle in alike}
    depots = {depot.id: position for position, depot in enumerate(problem.depots)}
    orders = {order.vehicle: order.steps for order in plan.orders}
    for vehicle in problem.vehicles:
        steps = orders.get(vehicle.id, ())
        if any(isinstance(step, str) and len(problem.stop_of[step].windows) > 1 for step in steps):
            # PyVRP has a client a window, and which of them the plan uses is not in the order.
            continue
        activities = [
            pyvrp.Activity(pyvrp.ActivityType.DEPOT, depots[step[0]])
            if isinstance(step, tuple)
            else pyvrp.Activity(pyvrp.ActivityType.CLIENT, translation.clients_of_stop[step][0])
            for step in steps
        ]
        for client in translation.clients_of_stop[stop]:
            new = pyvrp.Activity(pyvrp.ActivityType.CLIENT, client)
            for position in range(len(activities) + 1):
                tried = [*activities[:position], new, *activities[position:]]
                if pyvrp.Route(translation.data, tried, kind_of[vehicle.id]).is_feasible():
                    yield vehicle.id
