"""A plan after something happened: yesterday's routes under today's problem, and what changes. No search of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from socialai_assets.methods.routing.problem import NO_ROAD, MatrixTravel, Problem, Stop, Travel
from socialai_assets.methods.routing.solution import Solution
from socialai_assets.methods.routing.solving import Engine, solve
from socialai_assets.methods.routing.stopping import Limits


@dataclass(frozen=True)
class RoadClosed:
    """No way between pairs of locations, in both directions; or the travel computed anew without the closed roads."""

    pairs: tuple[tuple[int, int], ...] = ()
    travel: Mapping[str, Travel] = field(default_factory=dict)


@dataclass(frozen=True)
class VehicleLost:
    """A vehicle that cannot go out."""

    vehicle: str


@dataclass(frozen=True)
class StockLeft:
    """What there is to deliver, by load dimension: the stops of least worth for their load are left out."""

    amounts: tuple[int, ...]


@dataclass(frozen=True)
class StopAdded:
    """A new stop, with travel that knows its location."""

    stop: Stop
    travel: Mapping[str, Travel]
    coordinates: tuple[float, float] | None = None


@dataclass(frozen=True)
class StopCancelled:
    """A stop that need not be served, and with it the other stop of its shipment, if it has one."""

    stop: str


Event = RoadClosed | VehicleLost | StockLeft | StopAdded | StopCancelled


@dataclass(frozen=True)
class Move:
    """A stop whose vehicle or fate changed; None where it is not served."""

    stop: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """What a new plan changes.

    Attributes:
        cost: after less before.
        people: served after less before.
        moves: stops that change vehicle, are left out or are taken in; not those only served at another time.
        later: seconds by which each stop served by both plans is reached later (negative: earlier), where not nought.
    """

    cost: int
    people: int
    moves: tuple[Move, ...]
    later: Mapping[str, int]


@dataclass(frozen=True)
class Replanned:
    """Today's problem and plan, the stops there is no stock for, and the difference from before."""

    problem: Problem
    solution: Solution
    without_stock: tuple[str, ...]
    difference: Difference


def replan(
    problem: Problem,
    before: Solution,
    events: Sequence[Event],
    limits: Limits,
    *,
    people: Mapping[str, int] | None = None,
    engine: Engine | Literal["automatic"] = "automatic",
    seed: int = 0,
) -> Replanned:
    """A plan for the problem after the events, searched from the routes there were.

    Args:
        people: at each stop, for the difference; one a stop if not given.

    Raises:
        ValueError: an event about a vehicle or stop that the problem does not have.
    """
    after, short = problem, []
    for event in events:
        if isinstance(event, StockLeft):
            after, dropped = _within_stock(after, event.amounts)
            short += dropped
        else:
            after = _changed(after, event)
    solution = solve(after, limits, engine=engine, seed=seed, start=before.orders)
    return Replanned(after, solution, tuple(short), difference(before, solution, people))


def difference(before: Solution, after: Solution, people: Mapping[str, int] | None = None) -> Difference:
    """What one plan changes of another."""
    first, second = _vehicle_of(before), _vehicle_of(after)
    stops = sorted({*first, *second})
    moves = [Move(stop, first.get(stop), second.get(stop)) for stop in stops if first.get(stop) != second.get(stop)]
    reached = [
        {visit.place: visit.begin for route in plan.routes for visit in route.visits if visit.kind == "stop"}
        for plan in (before, after)
    ]
    later = {stop: reached[1][stop] - reached[0][stop] for stop in stops if stop in first and stop in second}

    def served(plan: Mapping[str, str]) -> int:
        return len(plan) if people is None else sum(people.get(stop, 0) for stop in plan)

    return Difference(
        after.cost - before.cost,
        served(second) - served(first),
        tuple(moves),
        {stop: seconds for stop, seconds in later.items() if seconds},
    )


def _vehicle_of(plan: Solution) -> dict[str, str]:
    return {stop: route.vehicle for route in plan.routes for stop in route.stops}


def _changed(problem: Problem, event: Event) -> Problem:
    if isinstance(event, VehicleLost):
        if event.vehicle not in problem.vehicle_of:
            raise ValueError(f"The vehicle {event.vehicle!r} is lost, but the problem does not have it.")
        kept = tuple(vehicle for vehicle in problem.vehicles if vehicle.id != event.vehicle)
        return replace(problem, vehicles=kept)
    if isinstance(event, StopCancelled):
        if event.stop not in problem.stop_of:
            raise ValueError(f"The stop {event.stop!r} is cancelled, but the problem does not have it.")
        gone = problem.together(event.stop)
        kept = tuple(stop for stop in problem.stops if stop.id not in gone)
        return replace(problem, stops=kept, shipments=tuple(s for s in problem.shipments if s.pickup not in gone))
    if isinstance(event, StopAdded):
        points = problem.coordinates
        if points is not None and event.stop.location >= len(points):
            if event.coordinates is None or event.stop.location != len(points):
                raise ValueError(f"The new stop {event.stop.id!r} needs coordinates and the next free location.")
            points = np.vstack([points, event.coordinates])
        return replace(problem, stops=(*problem.stops, event.stop), travel=event.travel, coordinates=points)
    if isinstance(event, RoadClosed):
        if event.travel:
            problem = replace(problem, travel={**problem.travel, **event.travel})
        return _without_pairs(problem, event.pairs) if event.pairs else problem
    raise ValueError(f"{event!r} is no event that a plan can be made again for.")


def _without_pairs(problem: Problem, pairs: Sequence[tuple[int, int]]) -> Problem:
    travel = {}
    for name, (seconds, metres) in problem.matrices.items():
        seconds, metres = seconds.copy(), metres.copy()
        for one, other in pairs:
            for matrix in (seconds, metres):
                matrix[one, other] = matrix[other, one] = NO_ROAD
        travel[name] = MatrixTravel(seconds, metres, f"{problem.travel[name].source}, roads closed")
    return replace(problem, travel=travel)


def _within_stock(problem: Problem, amounts: Sequence[int]) -> tuple[Problem, list[str]]:
    """The problem without the stops of least worth for their load, until deliveries are within the stock."""
    left = [sum(problem.amounts(stop)[0][kind] for stop in problem.stops) for kind in range(len(problem.dimensions))]
    dropped: list[str] = []

    def worth(stop: Stop) -> float:
        shares = [load / max(1, stock) for load, stock in zip(problem.amounts(stop)[0], amounts, strict=True)]
        return float("inf") if stop.prize is None else stop.prize / max(max(shares), 1e-9)

    for stop in sorted(problem.stops, key=worth):
        over = [kind for kind, stock in enumerate(amounts) if left[kind] > stock]
        if not over:
            break
        loads = problem.amounts(stop)[0]
        if any(loads[kind] for kind in over):
            left = [there - load for there, load in zip(left, loads, strict=True)]
            dropped.append(stop.id)
    return replace(problem, stops=tuple(stop for stop in problem.stops if stop.id not in dropped)), dropped
