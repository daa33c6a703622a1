"""The independent check of plans: it passes a hand-made day and notices every way to spoil it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from socialai_assets.methods.routing.checking import violations
from socialai_assets.methods.routing.problem import NO_ROAD, Break, Depot, MatrixTravel, Problem, Stop, Vehicle
from socialai_assets.methods.routing.schedule import time_route
from socialai_assets.methods.routing.solution import Route, Solution, VisitOrder, assemble


def line(*, closed: tuple[int, int] | None = None) -> MatrixTravel:
    """Places on a line, 100 s and 1,000 m apart."""
    steps = np.abs(np.arange(4)[:, None] - np.arange(4)[None])
    seconds, metres = steps * 100, steps * 1000
    if closed:
        seconds[closed], metres[closed] = NO_ROAD, NO_ROAD
    return MatrixTravel(seconds.astype(np.int64), metres.astype(np.int64))


PROBLEM = Problem(
    (Depot("home", 0, (0, 5000), 50),),
    (
        Stop("a", 1, (4,), (1,), 60, ((0, 1000),), 10),
        Stop("b", 2, (5,), (), 60, ((600, 700), (900, 2000)), 10),
        Stop("c", 3, (6,), (), 60, ((0, 3000),), None),
    ),
    (
        Vehicle("truck", "home", "home", (10,), shift_seconds=2000, overtime_seconds=500, overtime_cost=2,
                cost_per_second=1, fixed_cost=7, most_trips=2, window=(0, 4000), breaks=(Break((1100, 1300), 200),)),
        Vehicle("van", "home", "home", (10,)),
    ),
    {"road": line()},
    forbidden={"van": frozenset({"c"})},
)  # fmt: skip


@pytest.fixture(scope="module")
def day() -> Solution:
    route = time_route(PROBLEM, VisitOrder("truck", ("a", "b", ("home",), "c")))
    assert route is not None
    return assemble(PROBLEM, [route])


def test_a_day_is_timed_by_hand_as_the_schedule_has_it(day: Solution) -> None:
    visits = {visit.place or "break": visit for visit in day.routes[0].visits if visit.kind != "end"}
    # Loading 50, 100 to a, 60 there, 100 to b: it leaves as late as b's window at 600 lets it.
    assert (visits["a"].begin, visits["b"].begin) == (440, 600)
    assert visits["b"].load == (1,)
    # 660 leaves b, 200 back, loads from 860 to 910, is with c from 1210 to 1270 and rests then, in its window.
    assert visits["c"].begin == 1210
    assert (visits["break"].begin, visits["break"].departure) == (1270, 1470)
    assert day.routes[0].visits[-1].arrival == 1770
    assert day.routes[0].metres == 10_000
    assert day.cost == 7 + 10_000 + (1770 - day.routes[0].visits[0].begin)
    assert not violations(PROBLEM, day)


def spoiled(day: Solution, **changes: object) -> Problem:
    """The problem with a field of the truck, or of a stop named like `a__delivery`, changed."""
    truck, stops = PROBLEM.vehicles[0], list(PROBLEM.stops)
    for name, value in changes.items():
        stop, _, field = name.partition("__")
        if field:
            stops = [replace(each, **{field: value}) if each.id == stop else each for each in stops]
        else:
            truck = replace(truck, **{name: value})
    return replace(PROBLEM, stops=tuple(stops), vehicles=(truck, PROBLEM.vehicles[1]))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"capacity": (8,)}, "capacity"),
        ({"most_trips": 1}, "trips"),
        ({"shift_seconds": 900, "overtime_seconds": 0}, "shift"),
        ({"window": (0, 1700)}, "shift"),
        ({"most_metres": 9000}, "distance"),
        ({"breaks": ()}, "break"),
        ({"breaks": (Break((0, 100), 300), Break((1100, 1300), 200))}, "break"),
        ({"fixed_cost": 8}, "cost"),
        ({"end_depot": "home", "reload_depots": ()}, None),
        ({"a__windows": ((0, 100),)}, "window"),
        ({"b__windows": ((610, 700),)}, "window"),
        ({"a__service_seconds": 70}, "service"),
        ({"a__delivery": (5,)}, "load"),
        ({"a__pickup": (7,)}, "capacity"),
    ],
)
def test_a_tighter_problem_is_noticed(day: Solution, changes: dict[str, object], rule: str | None) -> None:
    found = {violation.rule for violation in violations(spoiled(day, **changes), day)}
    assert (rule in found) if rule else not found


def test_spoiled_plans_are_noticed(day: Solution) -> None:
    route = day.routes[0]

    def rules(*routes: Route, **changes: object) -> set[str]:
        plan = replace(assemble(PROBLEM, [route]), routes=routes, **changes)
        return {violation.rule for violation in violations(PROBLEM, plan)}

    earlier = [
        replace(v, begin=v.begin - 100, departure=v.departure - 100) if v.place == "c" else v for v in route.visits
    ]
    assert "time" in rules(replace(route, visits=tuple(earlier)))
    assert "vehicle" in rules(route, route)
    assert "stop" in rules(route, route)
    assert "vehicle" in rules(replace(route, vehicle="ghost"))
    assert "forbidden" in rules(replace(route, vehicle="van"))
    assert "route" in rules(replace(route, visits=route.visits[1:]))
    assert {"stop", "required"} <= rules()
    assert "required" in rules(unserved=("a", "b", "c"))
    assert "stop" in rules(route, unserved=("a",))
    unknown = [replace(visit, place="z") if visit.place == "a" else visit for visit in route.visits]
    assert {"stop", "place"} <= rules(replace(route, visits=tuple(unknown)))


def test_a_closed_road_is_noticed(day: Solution) -> None:
    problem = replace(PROBLEM, travel={"road": line(closed=(1, 2))})
    assert "road" in {violation.rule for violation in violations(problem, day)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stops": (*PROBLEM.stops, PROBLEM.stops[0])}, "'a' comes more than once"),
        ({"stops": (replace(PROBLEM.stops[0], windows=((10, 5),)),)}, "stop a has a window that closes before"),
        ({"stops": (replace(PROBLEM.stops[0], windows=((0, 5), (5, 9))),)}, "overlap"),
        ({"stops": (replace(PROBLEM.stops[0], delivery=(-1,)),)}, "stop a has a negative figure"),
        ({"stops": (replace(PROBLEM.stops[0], delivery=(1, 2)),)}, "2 load dimensions, the problem 1"),
        ({"vehicles": (replace(PROBLEM.vehicles[0], start_depot="x"),)}, "does not have"),
        ({"vehicles": (replace(PROBLEM.vehicles[0], profile="boat"),)}, "'boat'"),
        ({"vehicles": (replace(PROBLEM.vehicles[0], most_trips=0),)}, "0 trips"),
    ],
)
def test_bad_problems_are_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PROBLEM, **change)
