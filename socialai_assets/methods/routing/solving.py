"""Solving a routing problem: which engine and why, what happens when not all can be served, the timed plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialai_assets.methods.routing import ortools_engine, pyvrp_engine
from socialai_assets.methods.routing.insertion import with_fitting_stops
from socialai_assets.methods.routing.problem import NO_ROAD, Problem
from socialai_assets.methods.routing.pyvrp_engine import Found
from socialai_assets.methods.routing.resting import orders_with_breaks
from socialai_assets.methods.routing.schedule import time_route
from socialai_assets.methods.routing.solution import Solution, VisitOrder, assemble
from socialai_assets.methods.routing.stopping import Limits
from socialai_assets.methods.routing.subsets import subset

Engine = Literal["pyvrp", "ortools"]
Search = Callable[[Problem, Limits, int, Sequence[VisitOrder]], Found]
ENGINES: dict[Engine, Search] = {"pyvrp": pyvrp_engine.search, "ortools": ortools_engine.search}


@dataclass(frozen=True)
class Choice:
    """An engine and why it was chosen, one sentence."""

    engine: Engine
    reason: str


def choose_engine(problem: Problem, wanted: Engine | Literal["automatic"] = "automatic") -> Choice:
    """The engine for a problem.

    Raises:
        ValueError: PyVRP is wanted for a problem with breaks or shipments, which it does not know.
    """
    resting = [vehicle.id for vehicle in problem.vehicles if vehicle.breaks]
    if wanted == "pyvrp" and resting:
        raise ValueError(
            f"PyVRP knows no breaks and vehicle {resting[0]} has one: use the engine automatic or ortools."
        )
    if wanted == "pyvrp" and problem.shipments:
        first = problem.shipments[0]
        raise ValueError(
            f"PyVRP knows no shipments and one goes from {first.pickup} to {first.delivery}: use the engine automatic "
            "or ortools."
        )
    if wanted != "automatic":
        return Choice(wanted, "It was asked for.")
    lacks = [f"{len(resting)} vehicles have breaks"] if resting else []
    lacks += [f"{len(problem.shipments)} shipments go from stop to stop"] if problem.shipments else []
    if lacks:
        return Choice("ortools", f"{' and '.join(lacks)}, which PyVRP does not know.")
    return Choice("pyvrp", "It finds the better plans and knows every constraint of this problem.")


def solve(
    problem: Problem,
    limits: Limits,
    *,
    engine: Engine | Literal["automatic"] = "automatic",
    seed: int = 0,
    start: Sequence[VisitOrder] = (),
) -> Solution:
    """A feasible plan; stops that must be served and cannot all be are left out, as few as the search can.

    Args:
        limits: of the search; a problem whose stops cannot all be served takes at most a quarter more.
        start: routes to begin from, such as yesterday's.

    Raises:
        ValueError: the engine does not know what the problem needs.
        RuntimeError: an engine called a plan feasible that is not.
    """
    choice, began = choose_engine(problem, engine), time.thread_time()
    if not problem.stops or not problem.vehicles:
        return assemble(problem, (), engine=choice.engine, engine_reason=choice.reason)
    # A stop that no road leads to would only cost the search its sense of what a stop left out is worth.
    reached = reachable(problem)
    if not reached:
        return assemble(problem, (), engine=choice.engine, engine_reason=choice.reason)
    searched = problem
    if len(reached) < len(problem.stops):
        searched = subset(problem, reached, [vehicle.id for vehicle in problem.vehicles])
        lost = {stop.id for stop in problem.stops} - set(reached)
        start = [VisitOrder(order.vehicle, tuple(step for step in order.steps if step not in lost)) for order in start]
    if engine == "automatic" and choice.engine == "ortools" and not searched.shipments:
        solution = _solved_with_breaks(searched, limits, choice, seed, start)
    else:
        solution = _solved(searched, limits, choice, seed, start)
    if searched is not problem:
        of_all = assemble(problem, solution.routes, engine=solution.engine, engine_reason=solution.engine_reason)
        solution = replace(of_all, iterations=solution.iterations, history=solution.history)
    return replace(with_fitting_stops(problem, solution), seconds=time.thread_time() - began)


def reachable(problem: Problem) -> list[str]:
    """The stops that some vehicle may serve and has open ways to and back from, be it by way of other stops.

    Of a shipment, one vehicle must reach both stops.
    """
    found = np.zeros(len(problem.stops), dtype=bool)
    position = {stop.id: number for number, stop in enumerate(problem.stops)}
    pairs = [(position[shipment.pickup], position[shipment.delivery]) for shipment in problem.shipments]
    where = np.array([stop.location for stop in problem.stops], dtype=np.int64)
    for vehicle in problem.vehicles:
        way = problem.matrices[vehicle.profile][0] < NO_ROAD
        starts, ends = (
            [problem.depot_of[depot].location for depot in (depot, *vehicle.reload_depots)]
            for depot in (vehicle.start_depot, vehicle.end_depot)
        )
        barred = problem.forbidden.get(vehicle.id, frozenset())
        allowed = np.array([stop.id not in barred for stop in problem.stops])
        mine = allowed & _reached(way, starts)[where] & _reached(way.T, ends)[where]
        for pickup, delivery in pairs:
            mine[[pickup, delivery]] = mine[pickup] and mine[delivery]
        found |= mine
    return [stop.id for stop, reached in zip(problem.stops, found, strict=True) if reached]


def _reached(way: NDArray[np.bool_], first: Sequence[int]) -> NDArray[np.bool_]:
    """Locations that open ways lead to from some of them, by any number of others."""
    found = np.zeros(len(way), dtype=bool)
    found[list(first)] = True
    while True:
        more = found | way[found].any(axis=0)
        if (more == found).all():
            return found
        found = more


def _solved(problem: Problem, limits: Limits, choice: Choice, seed: int, start: Sequence[VisitOrder]) -> Solution:
    search = ENGINES[choice.engine]
    found = search(problem, limits, seed, start)
    if found.orders is None:
        found = search(with_prizes(problem), limits, seed, start)
    solution = _timed(problem, found.orders or (), choice)
    return replace(solution, iterations=found.iterations, history=found.history)


def _solved_with_breaks(
    problem: Problem, limits: Limits, choice: Choice, seed: int, start: Sequence[VisitOrder]
) -> Solution:
    """The better of PyVRP's routes with breaks set in, and what OR-Tools makes of them; half the limits each."""
    half, optional = limits.part(0.5), with_prizes(problem)
    orders = orders_with_breaks(optional, half, seed, start) or ()
    set_in = Choice("pyvrp", f"{choice.reason} They were set into its routes, and OR-Tools found no better ones.")
    first = with_fitting_stops(problem, _timed(problem, orders, set_in))
    second = _solved(problem, half, choice, seed, first.orders or start)
    prizes = {stop.id: stop.prize or 0 for stop in optional.stops}

    def worth(solution: Solution) -> int:
        return solution.cost + sum(prizes[stop] for stop in solution.unserved)

    return first if worth(first) <= worth(second) else second


def _timed(problem: Problem, orders: Sequence[VisitOrder], choice: Choice) -> Solution:
    routes = []
    for order in orders:
        route = time_route(problem, order)
        if route is None:
            raise RuntimeError(
                f"{choice.engine} gave vehicle {order.vehicle} a route that keeps no timetable: {order.steps}."
            )
        routes.append(route)
    return assemble(problem, routes, engine=choice.engine, engine_reason=choice.reason)


def lone_cost(problem: Problem) -> int:
    """More than any one stop can cost when a vehicle drives for it alone: the base of a prize."""
    worst = 0
    for vehicle in problem.vehicles:
        seconds, metres = problem.matrices[vehicle.profile]
        far = int(metres[seconds < NO_ROAD].max(initial=0))
        slow = int(seconds[seconds < NO_ROAD].max(initial=0))
        service = max(stop.service_seconds for stop in problem.stops) + max(d.loading_seconds for d in problem.depots)
        time_cost = (vehicle.cost_per_second + vehicle.overtime_cost) * (2 * slow + service)
        worst = max(worst, vehicle.fixed_cost + 2 * far * vehicle.cost_per_metre + time_cost)
    return worst + 1


def with_prizes(problem: Problem) -> Problem:
    """The same problem with every stop optional; one that must be served is worth more than all others' prizes."""
    prize = lone_cost(problem) + sum(stop.prize or 0 for stop in problem.stops)
    stops = tuple(replace(stop, prize=prize) if stop.prize is None else stop for stop in problem.stops)
    return replace(problem, stops=stops)
