"""Putting one more stop into a plan: every place it could go, under all constraints or all but one.

A stop goes between any two visits of a route, alone into an idle vehicle, or into a new trip begun before or after it;
with a stop of a shipment the other one goes along, anywhere after or before it on the same trip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from socialai_assets.methods.routing.problem import NO_ROAD, WHOLE_DAY, Problem, Vehicle
from socialai_assets.methods.routing.schedule import Timing, best_timing, loads_of, tasks_of, time_route
from socialai_assets.methods.routing.solution import Route, Solution, Step, VisitOrder, assemble, route_cost

Constraint = Literal["road", "vehicle_type", "capacity", "time_window", "shift", "distance"]
CONSTRAINTS: tuple[Constraint, ...] = ("road", "vehicle_type", "capacity", "time_window", "shift", "distance")
# In a plan with more stops than this, only the places with the shortest detours are tried.
WHOLE_SEARCH, PLACES = 300, 150


@dataclass(frozen=True)
class Attempt:
    """A route with the stop in it.

    Attributes:
        added_cost: what the route costs more than before.
        excess: load above the vehicle's capacity, by dimension.
    """

    order: VisitOrder
    timing: Timing
    metres: int
    added_cost: int
    excess: tuple[int, ...]


def attempts(
    problem: Problem, orders: Mapping[str, VisitOrder], stop: str, relaxed: Constraint | None = None
) -> Iterator[Attempt]:
    """Every way to serve a stop in a plan that keeps all constraints, or all but one.

    Args:
        orders: of the used vehicles, by vehicle.
        relaxed: the constraint to set aside: for this stop (its windows, its load, the roads to it, who may serve it)
            or for the vehicle that would serve it (its shift, its longest way). Of a shipment, load and vehicle count
            for both stops, windows and roads for the stop named.
    """
    idle: set[object] = set()
    members = problem.together(stop)
    for vehicle in problem.vehicles:
        if relaxed != "vehicle_type" and not all(problem.may_serve(vehicle.id, member) for member in members):
            continue
        steps = orders[vehicle.id].steps if vehicle.id in orders else ()
        if not steps:
            # Idle vehicles that are alike are tried once.
            likeness = replace(vehicle, id="")
            if likeness in idle:
                continue
            idle.add(likeness)
        before = _cost_now(problem, vehicle, steps)
        for candidate in _orders(problem, vehicle, steps, members):
            found = _attempt(problem, vehicle, candidate, stop, relaxed, before)
            if found is not None:
                yield found


def with_fitting_stops(problem: Problem, solution: Solution) -> Solution:
    """The plan with every stop put in that fits and is worth its cost, the dearest prize first.

    No stop is left out that could simply have been added.
    """
    orders = {order.vehicle: order for order in solution.orders}
    changed, waiting = set(), [stop for stop in solution.unserved if problem.together(stop)[0] == stop]
    waiting.sort(key=lambda stop: _worth(problem, stop), reverse=True)
    added = True
    while added:
        added = False
        for stop in list(waiting):
            best = min(attempts(problem, orders, stop), key=lambda attempt: attempt.added_cost, default=None)
            if best is not None and best.added_cost < _worth(problem, stop):
                orders[best.order.vehicle] = best.order
                changed.add(best.order.vehicle)
                waiting.remove(stop)
                added = True
    if not changed:
        return solution
    kept = [route for route in solution.routes if route.vehicle not in changed]
    timed = [time_route(problem, orders[vehicle]) for vehicle in sorted(changed)]
    routes: list[Route] = [*kept, *(route for route in timed if route is not None)]
    found = {name: getattr(solution, name) for name in ("engine", "engine_reason", "seconds", "iterations", "history")}
    return assemble(problem, routes, **found)


def _worth(problem: Problem, stop: str) -> float:
    prizes = (problem.stop_of[member].prize for member in problem.together(stop))
    return sum(float("inf") if prize is None else prize for prize in prizes)


def _cost_now(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> int:
    if not steps:
        return 0
    route = time_route(problem, VisitOrder(vehicle.id, tuple(steps)))
    return 0 if route is None else route_cost(vehicle, route.metres, route.seconds)


def _orders(
    problem: Problem, vehicle: Vehicle, steps: Sequence[Step], members: Sequence[str]
) -> Iterator[tuple[Step, ...]]:
    """The orders with a stop, or both stops of a shipment, in them."""
    for order in _places(problem, vehicle, steps, members[0]):
        if len(members) == 1:
            yield order
            continue
        for position in range(order.index(members[0]) + 1, len(order) + 1):
            yield (*order[:position], members[1], *order[position:])
            if position < len(order) and isinstance(order[position], tuple):
                break


def _places(problem: Problem, vehicle: Vehicle, steps: Sequence[Step], stop: str) -> list[tuple[Step, ...]]:
    """The orders with the stop in them."""
    positions = range(len(steps) + 1)
    if len(problem.stops) > WHOLE_SEARCH:
        positions = sorted(positions, key=lambda position: _detour(problem, vehicle, steps, stop, position))
        positions = positions[: max(3, PLACES // max(1, len(problem.vehicles)))]
    found: list[tuple[Step, ...]] = []
    trips = 1 + sum(isinstance(step, tuple) for step in steps)
    for position in positions:
        before, after = tuple(steps[:position]), tuple(steps[position:])
        found.append((*before, stop, *after))
        if steps and trips < vehicle.most_trips and not _aboard(problem, before):
            for depot in vehicle.reloads_at:
                if before and isinstance(before[-1], str):
                    found.append((*before, (depot,), stop, *after))
                if after and isinstance(after[0], str):
                    found.append((*before, stop, (depot,), *after))
    return found


def _aboard(problem: Problem, steps: Sequence[Step]) -> bool:
    """Whether a shipment is on its way after these steps: it allows no reload."""
    done = {step for step in steps if isinstance(step, str)}
    return any(s.pickup in done and s.delivery not in done for s in problem.shipments)


def _detour(problem: Problem, vehicle: Vehicle, steps: Sequence[Step], stop: str, position: int) -> int:
    seconds = problem.matrices[vehicle.profile][0]
    start, end = problem.depot_of[vehicle.start_depot].location, problem.depot_of[vehicle.end_depot].location
    places = [start, *(_location(problem, step) for step in steps), end]
    here, before, after = problem.stop_of[stop].location, places[position], places[position + 1]
    return int(seconds[before, here] + seconds[here, after] - seconds[before, after])


def _location(problem: Problem, step: Step) -> int:
    return problem.depot_of[step[0]].location if isinstance(step, tuple) else problem.stop_of[step].location


def _attempt(
    problem: Problem, vehicle: Vehicle, steps: tuple[Step, ...], stop: str, relaxed: Constraint | None, before: int
) -> Attempt | None:
    capacity = vehicle.capacity or (0,) * len(problem.dimensions)
    loads = loads_of(problem, steps)
    excess = tuple(max(0, max(load[kind] for load in loads) - most) for kind, most in enumerate(capacity))
    if any(excess) and relaxed != "capacity":
        return None
    seconds, metres = problem.matrices[vehicle.profile]
    tasks = tasks_of(problem, vehicle, steps)
    drives, way = [], 0
    for first, second in pairwise(tasks):
        drive, length = int(seconds[first.location, second.location]), int(metres[first.location, second.location])
        if drive >= NO_ROAD and relaxed == "road" and stop in (first.place, second.place):
            # Even if a road led there at once.
            drive = length = 0
        drives.append(drive)
        way += length
    if vehicle.most_metres is not None and way > vehicle.most_metres and relaxed != "distance":
        return None
    if relaxed == "time_window":
        tasks = [replace(task, windows=(WHOLE_DAY,)) if task.place == stop else task for task in tasks]
    window, longest = vehicle.window, vehicle.longest_seconds
    if relaxed == "shift":
        window, longest = WHOLE_DAY, None
    timing = best_timing(tasks, drives, window, vehicle.breaks, longest)
    if timing is None:
        return None
    added = route_cost(vehicle, way, timing.seconds) - before
    return Attempt(VisitOrder(vehicle.id, steps), timing, way, added, excess)
