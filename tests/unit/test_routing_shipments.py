"""Shipments from stop to stop: what the independent check notices, and that no part of planning tears a pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from socialai_assets.methods.routing.checking import violations
from socialai_assets.methods.routing.decomposition import by_depot_and_sector, independent_parts, solve_in_parts
from socialai_assets.methods.routing.insertion import attempts
from socialai_assets.methods.routing.planning import plan
from socialai_assets.methods.routing.problem import Depot, MatrixTravel, Problem, Shipment, Stop, Vehicle
from socialai_assets.methods.routing.replanning import StopCancelled, replan
from socialai_assets.methods.routing.schedule import time_route
from socialai_assets.methods.routing.settings import RoutingSettings
from socialai_assets.methods.routing.solution import Route, Solution, VisitOrder, assemble
from socialai_assets.methods.routing.solving import choose_engine, reachable, solve
from socialai_assets.methods.routing.stopping import Limits
from socialai_assets.methods.routing.subsets import subset

PLACES = 5
STEPS = np.abs(np.arange(PLACES)[:, None] - np.arange(PLACES)[None]).astype(np.int64)
# Home, then a, b, c and d on a line, 100 s and 1,000 m apart; 8 of 10 go from c to a.
PROBLEM = Problem(
    (Depot("home", 0),),
    (
        Stop("a", 1, (), (), 60, prize=10**6),
        Stop("b", 2, (5,), (), 60, prize=10**6),
        Stop("c", 3, (), (), 60, prize=10**6),
        Stop("d", 4, (6,), (), 60, prize=10**6),
    ),
    (Vehicle("truck", "home", "home", (10,), most_trips=3), Vehicle("van", "home", "home", (10,))),
    {"road": MatrixTravel(100 * STEPS, 1000 * STEPS)},
    coordinates=np.array([(place, 0.0) for place in range(PLACES)]),
    shipments=(Shipment("c", "a", (8,)),),
)


def day(*steps: str | tuple[str]) -> Solution:
    return assemble(PROBLEM, [timed(*steps)])


def timed(*steps: str | tuple[str], vehicle: str = "truck") -> Route:
    route = time_route(PROBLEM, VisitOrder(vehicle, steps))
    assert route is not None
    return route


def rules(solution: Solution) -> set[str]:
    return {violation.rule for violation in violations(PROBLEM, solution)}


def test_a_shipment_is_aboard_from_its_pickup_to_its_delivery_only() -> None:
    whole = day("b", "c", "a", ("home",), "d")
    assert not violations(PROBLEM, whole)
    assert [visit.load[0] for visit in whole.routes[0].visits] == [5, 0, 8, 0, 6, 0, 0]


def test_the_check_notices_what_is_wrong_with_a_shipment() -> None:
    assert rules(day("b", "a", "c", ("home",), "d")) >= {"shipment"}
    assert rules(day("b", "c", ("home",), "a", "d")) >= {"shipment"}
    assert rules(day("b", "c", ("home",), "d")) == {"shipment"}
    assert rules(day("c", "b", "a", ("home",), "d")) == {"capacity"}
    assert rules(assemble(PROBLEM, [timed("b", "c"), timed("a", vehicle="van")])) >= {"shipment"}


def test_the_search_finds_the_only_order_that_fits() -> None:
    found = solve(PROBLEM, Limits(iterations=30, wall_seconds=20))
    assert not violations(PROBLEM, found)
    assert not found.unserved
    assert choose_engine(PROBLEM).engine == found.engine == "ortools"
    assert "1 shipments go from stop to stop" in found.engine_reason
    with pytest.raises(ValueError, match="one goes from c to a"):
        choose_engine(PROBLEM, "pyvrp")


def test_a_reload_is_not_put_between_the_ends_of_a_shipment() -> None:
    small = replace(PROBLEM, vehicles=(replace(PROBLEM.vehicles[0], capacity=(10,)),))
    orders = [each.order.steps for each in attempts(small, {"truck": VisitOrder("truck", ("c", "a"))}, "b")]
    assert orders
    for steps in orders:
        aboard = steps[steps.index("c") : steps.index("a")]
        assert not any(isinstance(step, tuple) for step in aboard)


def test_what_cannot_go_together_stays_together() -> None:
    barred = replace(PROBLEM, forbidden={"truck": frozenset("a"), "van": frozenset("c")})
    assert reachable(barred) == ["b", "d"]
    planned = plan(barred, RoutingSettings(seed=1))
    assert {each.stop: each.reason for each in planned.explanations} == {"a": "vehicle_type", "c": "vehicle_type"}
    assert not planned.violations


def test_pairs_are_not_torn_by_parts_events_or_subsets() -> None:
    apart = replace(PROBLEM, forbidden={"truck": frozenset("ab"), "van": frozenset("cd")})
    assert [sorted(part.stops) for part in independent_parts(apart)] == [["a", "b", "c", "d"]]
    for part in by_depot_and_sector(PROBLEM, 2):
        assert len({"a", "c"} & set(part.stops)) in (0, 2)
    found = solve_in_parts(PROBLEM, Limits(iterations=20, wall_seconds=20), part=2)
    assert not violations(PROBLEM, found)
    before = solve(PROBLEM, Limits(iterations=10, wall_seconds=20))
    after = replan(PROBLEM, before, [StopCancelled("a")], Limits(iterations=10))
    assert {move.stop for move in after.difference.moves if move.after is None} == {"a", "c"}
    with pytest.raises(ValueError, match="from c to a has a stop 'a'"):
        subset(PROBLEM, ["b", "c"], ["truck"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shipments": (Shipment("c", "x"),)}, "stop 'x' that the problem does not have"),
        ({"shipments": (Shipment("c", "c"),)}, "'c' comes more than once"),
        ({"shipments": (Shipment("c", "a", (1, 2)),)}, "2 load dimensions, the problem 1"),
        ({"shipments": (Shipment("c", "a", (-1,)),)}, "negative"),
        ({"stops": (replace(PROBLEM.stops[0], prize=None), *PROBLEM.stops[1:])}, "only one stop has a prize"),
    ],
)
def test_bad_shipments_are_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PROBLEM, **change)
