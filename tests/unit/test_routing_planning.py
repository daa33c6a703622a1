"""Settings, split deliveries, priorities, planning in parts, planning again after an event, ends of a search."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resources.settings import PROJECT
from socialai_assets.methods.routing.decomposition import by_depot_and_sector, solve_in_parts, violations_in_parts
from socialai_assets.methods.routing.planning import plan
from socialai_assets.methods.routing.problem import Break, Depot, MatrixTravel, Problem, Stop, Vehicle
from socialai_assets.methods.routing.replanning import (
    RoadClosed,
    StockLeft,
    StopAdded,
    StopCancelled,
    VehicleLost,
    replan,
)
from socialai_assets.methods.routing.settings import RoutingSettings, parse_settings, prepared
from socialai_assets.methods.routing.solving import choose_engine, solve
from socialai_assets.methods.routing.splitting import part_numbers, with_parts
from socialai_assets.methods.routing.stopping import CpuTime, FirstOf, Iterations, Limits, NoImprovement, WallTime


def country(stops: int, vehicles: int, *, depots: int = 2, seed: int = 0, capacity: int = 60) -> Problem:
    random = np.random.default_rng(seed)
    points = random.uniform(0, 100_000, (depots + stops, 2))
    metres = np.linalg.norm(points[:, None] - points[None], axis=2).astype(np.int64)
    return Problem(
        tuple(Depot(f"d{n}", n, loading_seconds=600) for n in range(depots)),
        tuple(
            Stop(
                f"s{n}",
                depots + n,
                (int(random.integers(1, 10)),),
                service_seconds=300,
                prize=10**7,
                priority=1 + n % 5,
            )
            for n in range(stops)
        ),
        tuple(
            Vehicle(f"v{n}", f"d{n % depots}", f"d{n % depots}", (capacity,), window=(0, 86_400), most_trips=2)
            for n in range(vehicles)
        ),
        {"road": MatrixTravel(metres // 10, metres)},
        coordinates=points,
    )


def test_the_file_people_edit_holds_the_defaults() -> None:
    file = PROJECT / "socialai_assets" / "aid" / "routing.yaml"
    assert parse_settings(file.read_text(encoding="utf-8")) == RoutingSettings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("engin: pyvrp", "engin"),
        ("limits: {iterations: 0}", "limits.iterations"),
        ("limits: {iterations: null}", "give one of iterations"),
        ("travel: {source: osrm}", "needs the url"),
        ("objective: {minimise: joy}", "objective.minimise"),
        ("[1, 2]", "names and values"),
        ("a: [", "no YAML"),
    ],
)
def test_settings_that_are_wrong_are_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_settings(text)


def test_one_runs_settings_go_before_the_file() -> None:
    text = "limits: {iterations: 50}\nobjective: {minimise: time}"
    found = parse_settings(text, overrides={"limits": {"no_improvement": 7}, "engine": "ortools"})
    assert (found.limits.iterations, found.limits.no_improvement, found.engine) == (50, 7, "ortools")
    assert found.objective.minimise == "time"


def test_the_engine_is_chosen_by_what_the_problem_needs() -> None:
    problem = country(5, 2)
    assert choose_engine(problem).engine == "pyvrp"
    resting = replace(problem, vehicles=(replace(problem.vehicles[0], breaks=(Break((0, 100), 10),)),))
    assert choose_engine(resting).engine == "ortools"
    assert "breaks" in choose_engine(resting).reason
    with pytest.raises(ValueError, match="knows no breaks"):
        choose_engine(resting, "pyvrp")


def test_searches_end_by_what_comes_first() -> None:
    counted = FirstOf([Iterations(5), NoImprovement(3)])
    assert [counted(cost) for cost in (9, 9, 9, 9)] == [False, False, False, True]
    assert [Iterations(1)(1), FirstOf([Iterations(10), Iterations(1)])(1)] == [False, False]
    wall, cpu = WallTime(0.02), CpuTime(0.02)
    assert not wall(1)
    time.sleep(0.03)
    assert wall(1)
    assert not cpu(1)
    while not cpu(1):
        pass
    for wrong in ({}, {"iterations": 0}, {"cpu_seconds": -1.0}):
        with pytest.raises(ValueError, match="limit"):
            Limits(**wrong)


def test_high_priority_goes_first_and_deliveries_beyond_any_vehicle_come_in_parts() -> None:
    problem = country(20, 1, depots=1, capacity=30)
    problem = replace(
        problem,
        stops=(replace(problem.stops[0], delivery=(100,), priority=1), *problem.stops[1:]),
        vehicles=(replace(problem.vehicles[0], most_trips=5),),
    )
    planned = plan(problem, RoutingSettings(seed=3))
    assert not planned.violations
    served = {stop for route in planned.solution.routes for stop in route.stops}
    assert {f"s0#{part}" for part in (1, 2, 3, 4)} <= served
    assert sum(planned.problem.stop_of[f"s0#{part}"].delivery[0] for part in (1, 2, 3, 4)) == 100
    left = [planned.problem.stop_of[stop].priority for stop in planned.solution.unserved]
    kept = [planned.problem.stop_of[stop].priority for stop in served]
    assert min(left) >= max(kept) - 1
    assert len(planned.explanations) == len(left)


def test_parts_are_sized_so_that_smaller_vehicles_help() -> None:
    """100 to bring, one truck for 60 and two vans for 25, a trip each: two parts of 50 would leave the vans idle."""
    problem = country(2, 3, depots=1)
    rooms = zip(problem.vehicles, (60, 25, 25), strict=True)
    fleet = [replace(vehicle, capacity=(room,), most_trips=1) for vehicle, room in rooms]
    problem = replace(problem, stops=(replace(problem.stops[0], delivery=(100,)),), vehicles=tuple(fleet))
    assert part_numbers(problem, problem.stops[0]) == [2, 4]
    coarse = solve(prepared(with_parts(problem), RoutingSettings()), Limits(iterations=100))
    assert (len(coarse.routes), len(coarse.unserved)) == (1, 1)
    planned = plan(problem, RoutingSettings(seed=1))
    assert not planned.violations
    assert {route.vehicle for route in planned.solution.routes} == {"v0", "v1", "v2"}
    assert not planned.solution.unserved
    assert sum(stop.delivery[0] for stop in planned.problem.stops) == 100
    # A fleet that leaves nothing out keeps the fewest parts, and no one splits for the sake of a motorcycle.
    enough = replace(problem, vehicles=(replace(fleet[0], most_trips=2), *fleet[1:]))
    assert len(plan(enough, RoutingSettings(seed=1)).problem.stops) == 2
    tiny = replace(problem, vehicles=(fleet[0], replace(fleet[1], capacity=(2,))))
    assert part_numbers(tiny, tiny.stops[0]) == [2]


def test_objectives_differ() -> None:
    problem = country(25, 6)
    slow = replace(problem.vehicles[1], cost_per_metre=50)
    problem = replace(problem, vehicles=(problem.vehicles[0], slow, *problem.vehicles[2:]))
    costs, ways = {}, {}
    for aim in ("cost", "distance"):
        settings = parse_settings(f"objective: {{minimise: {aim}}}\nlimits: {{iterations: 800}}")
        found = plan(problem, settings).solution
        ways[aim] = sum(route.metres for route in found.routes)
        costs[aim] = sum(problem.vehicle_of[route.vehicle].cost_per_metre * route.metres for route in found.routes)
    assert costs["cost"] <= costs["distance"]
    assert ways["distance"] <= ways["cost"]


def test_a_large_problem_is_planned_in_parts_that_keep_every_constraint() -> None:
    problem = country(260, 40)
    parts = by_depot_and_sector(problem, 50)
    assert sorted(stop for part in parts for stop in part.stops) == sorted(problem.stop_of)
    assert sorted(vehicle for part in parts for vehicle in part.vehicles) == sorted(problem.vehicle_of)
    found = solve_in_parts(problem, Limits(iterations=600), part=50)
    assert not violations_in_parts(problem, found, 50)
    assert not found.unserved
    whole = solve(problem, Limits(iterations=600))
    assert found.cost < 1.15 * whole.cost
    with pytest.raises(ValueError, match="no coordinates"):
        by_depot_and_sector(replace(problem, coordinates=None))


def test_the_check_of_parts_notices_a_stop_that_is_lost(tmp_path: Path) -> None:
    problem = country(60, 12)
    found = solve_in_parts(problem, Limits(iterations=100), part=30)
    lost = replace(found, routes=found.routes[1:])
    assert violations_in_parts(problem, lost, 30)
    assert violations_in_parts(problem, replace(found, routes=(*found.routes, found.routes[0])), 30)


@pytest.fixture(scope="module")
def yesterday() -> tuple[Problem, object]:
    problem = country(30, 5)
    return problem, solve(problem, Limits(iterations=500))


def test_a_lost_vehicle_moves_its_stops(yesterday: tuple[Problem, object]) -> None:
    problem, before = yesterday
    lost = before.routes[0].vehicle  # type: ignore[attr-defined]
    people = {stop.id: 10 for stop in problem.stops}
    after = replan(problem, before, [VehicleLost(lost)], Limits(iterations=300), people=people)  # type: ignore[arg-type]
    moved = {move.stop for move in after.difference.moves}
    assert set(before.routes[0].stops) <= moved  # type: ignore[attr-defined]
    assert all(move.after != lost for move in after.difference.moves)
    assert after.difference.people == -10 * len(after.solution.unserved)
    assert after.difference.cost == after.solution.cost - before.cost  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="'ghost' is lost"):
        replan(problem, before, [VehicleLost("ghost")], Limits(iterations=1))  # type: ignore[arg-type]


def test_halved_stock_leaves_out_the_stops_of_least_worth(yesterday: tuple[Problem, object]) -> None:
    problem, before = yesterday
    worth = {stop.id: (10**7 if stop.priority == 1 else 10**6) for stop in problem.stops}
    valued = replace(problem, stops=tuple(replace(stop, prize=worth[stop.id]) for stop in problem.stops))
    total = sum(stop.delivery[0] for stop in problem.stops)
    after = replan(valued, before, [StockLeft((total // 2,))], Limits(iterations=300))  # type: ignore[arg-type]
    assert sum(stop.delivery[0] for stop in after.problem.stops) <= total // 2
    assert all(valued.stop_of[stop].priority != 1 for stop in after.without_stock)
    assert after.difference.people == -len(after.without_stock) - len(after.solution.unserved)


def test_a_closed_road_is_not_driven_and_a_new_stop_is_taken_in(yesterday: tuple[Problem, object]) -> None:
    problem, before = yesterday
    first, second = (problem.stop_of[stop].location for stop in before.routes[0].stops[:2])  # type: ignore[attr-defined]
    after = replan(problem, before, [RoadClosed(((first, second),))], Limits(iterations=300))  # type: ignore[arg-type]
    ways = {
        (after.problem.stop_of[a].location, after.problem.stop_of[b].location)
        for route in after.solution.routes
        for a, b in zip(route.stops, route.stops[1:], strict=False)
    }
    assert not {(first, second), (second, first)} & ways
    seconds, metres = (np.pad(matrix, (0, 1), constant_values=900) for matrix in problem.matrices["road"])
    for matrix in (seconds, metres):
        matrix[-1, -1] = 0
    new = Stop("new", len(seconds) - 1, (1,), prize=10**7)
    added = StopAdded(new, {"road": MatrixTravel(seconds, metres)}, (0.0, 0.0))
    taken = replan(problem, before, [added, StopCancelled("s1")], Limits(iterations=300))  # type: ignore[arg-type]
    fates = {move.stop: (move.before is None, move.after is None) for move in taken.difference.moves}
    assert fates["new"] == (True, False)
    assert fates["s1"] == (False, True)
