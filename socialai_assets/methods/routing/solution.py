"""What a plan is: routes as timed visits, stops left out, what it costs. Chooses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from socialai_assets.methods.routing.problem import Problem, Vehicle

Kind = Literal["start", "stop", "reload", "break", "end"]


@dataclass(frozen=True)
class Visit:
    """One line of a driver's sheet; times in seconds.

    Attributes:
        place: a stop or a depot; empty for a break.
        begin: service or loading begins, after any wait since `arrival`.
        load: on board when leaving, by dimension.
        trip: 0 the first.
    """

    kind: Kind
    place: str
    arrival: int
    begin: int
    departure: int
    trip: int
    load: tuple[int, ...]
    metres: int


@dataclass(frozen=True)
class Route:
    """One vehicle's day, from the start of loading to the return."""

    vehicle: str
    visits: tuple[Visit, ...]

    @property
    def stops(self) -> tuple[str, ...]:
        """The stops it serves, in order."""
        return tuple(visit.place for visit in self.visits if visit.kind == "stop")

    @property
    def metres(self) -> int:
        """How far it drives."""
        return self.visits[-1].metres

    @property
    def seconds(self) -> int:
        """How long it works."""
        return self.visits[-1].arrival - self.visits[0].begin

    @property
    def trips(self) -> int:
        """How often it leaves a depot with a load."""
        return 1 + self.visits[-1].trip


# What an engine decides: a vehicle and the order of its stops, with the depot of each reload as `(depot,)`.
Step = str | tuple[str]


@dataclass(frozen=True)
class VisitOrder:
    """The order of one vehicle's day before it is timed: stop identifiers, and `(depot,)` for a reload."""

    vehicle: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Solution:
    """A plan.

    Attributes:
        unserved: stops left out, in the problem's order.
        cost: of the routes, in the problem's unit, without prizes.
        lost_prizes: of the stops left out.
        engine: what found it.
        engine_reason: why this engine.
        seconds: CPU seconds of the search.
        iterations: of the engine's own kind.
        history: (CPU seconds, cost with lost prizes) of each better plan.
    """

    routes: tuple[Route, ...]
    unserved: tuple[str, ...]
    cost: int
    lost_prizes: int
    engine: str = ""
    engine_reason: str = ""
    seconds: float = 0.0
    iterations: int = 0
    history: tuple[tuple[float, int], ...] = ()

    @property
    def orders(self) -> tuple[VisitOrder, ...]:
        """The order of each route, to start from again."""
        return tuple(order_of(route) for route in self.routes)


def order_of(route: Route) -> VisitOrder:
    """The order of a timed route."""
    steps: list[Step] = []
    for visit in route.visits:
        if visit.kind == "stop":
            steps.append(visit.place)
        elif visit.kind == "reload":
            steps.append((visit.place,))
    return VisitOrder(route.vehicle, tuple(steps))


def route_cost(vehicle: Vehicle, metres: int, seconds: int) -> int:
    """What a used vehicle costs: fixed, by metre, by second, and overtime beyond its nominal shift."""
    overtime = 0 if vehicle.shift_seconds is None else max(0, seconds - vehicle.shift_seconds)
    return (
        vehicle.fixed_cost
        + vehicle.cost_per_metre * metres
        + vehicle.cost_per_second * seconds
        + vehicle.overtime_cost * overtime
    )


def assemble(problem: Problem, routes: Sequence[Route], **found: object) -> Solution:
    """A solution of timed routes, with its cost and the stops left out."""
    served = {stop for route in routes for stop in route.stops}
    unserved = tuple(stop.id for stop in problem.stops if stop.id not in served)
    cost = sum(route_cost(problem.vehicle_of[route.vehicle], route.metres, route.seconds) for route in routes)
    lost = sum(problem.stop_of[stop].prize or 0 for stop in unserved)
    return Solution(tuple(routes), unserved, cost, lost, **found)  # type: ignore[arg-type]
