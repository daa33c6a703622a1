"""Why a plan leaves a stop out, by setting one constraint at a time aside, and the cheapest change that would serve it.

A reason is a statement about the plan as it is: with the other stops where they are, this one fits nowhere, and it
would fit if that one constraint gave way. Changes no plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from socialai_assets.methods.routing.insertion import CONSTRAINTS, Attempt, Constraint, attempts
from socialai_assets.methods.routing.problem import NO_ROAD, MatrixTravel, Problem, Stop, Vehicle
from socialai_assets.methods.routing.solution import Solution, VisitOrder

Reason = Constraint | Literal["priority", "several"]


@dataclass(frozen=True)
class Change:
    """One change to one constraint, with which the stop would be served.

    Attributes:
        constraint: what gives way.
        stop: whose window or road it is: the stop left out, or the other one of its shipment.
        vehicle: that would serve it.
        amount: how much: load by dimension; seconds by which a window opens earlier and closes later; seconds by which
            a shift begins earlier and ends later, and of overtime; metres; (1,) where it is yes or no.
        added_cost: of serving it then.
        order: the vehicle's day with the stop in it.
    """

    constraint: Constraint | Literal["priority", "another_vehicle"]
    stop: str
    vehicle: str
    amount: tuple[int, ...]
    added_cost: int
    order: VisitOrder


@dataclass(frozen=True)
class Explanation:
    """Why a stop is left out.

    Attributes:
        possible: whether a vehicle of the fleet could serve it alone, or with the stops it has.
        reason: the constraint that is in the way; `priority` where serving it costs more than its prize, or the
            vehicles serve stops of more worth; `several` where no one constraint is enough.
        changes: each of which alone would serve it, the cheapest first.
    """

    stop: str
    possible: bool
    reason: Reason
    changes: tuple[Change, ...]
    sentence: str

    @property
    def cheapest(self) -> Change | None:
        """The change that costs least, or None where no single one is enough."""
        return self.changes[0] if self.changes else None


# Of several constraints in a stop's way: for a fleet that could never serve it the hardest is named, else the softest.
IN_PLAN: tuple[Constraint, ...] = ("capacity", "time_window", "shift", "distance", "vehicle_type", "road")
WORDS: Mapping[Reason, str] = {
    "road": "No open road leads there and back.",
    "vehicle_type": "The vehicles with room and time may not go there.",
    "capacity": "No vehicle that gets there in time has room for its load.",
    "time_window": "No vehicle can be there while it is open.",
    "shift": "No driver has enough working time left.",
    "distance": "Every vehicle would drive further than it may.",
    "priority": "The vehicles that could serve it are taken by stops of more worth.",
    "several": "More than one constraint is in the way.",
}


def explain(problem: Problem, solution: Solution) -> list[Explanation]:
    """The reason of every stop left out, in the plan's order."""
    return explain_stops(problem, {order.vehicle: order for order in solution.orders}, solution.unserved)


def explain_stops(problem: Problem, orders: Mapping[str, VisitOrder], stops: Sequence[str]) -> list[Explanation]:
    """The reason why each of some stops is not in a plan, given the order of each used vehicle.

    The two stops of a shipment have one reason.
    """
    found: dict[str, Explanation] = {}
    for stop in stops:
        first = problem.together(stop)[0]
        found[stop] = replace(found[first], stop=stop) if first in found else _explain(problem, orders, stop)
    return [found[stop] for stop in stops]


def apply(problem: Problem, change: Change) -> Problem:
    """The problem with the change made to it, by no more than it says; the stop's prize and other vehicles stay."""
    vehicle = problem.vehicle_of[change.vehicle]
    if change.constraint == "capacity":
        room = tuple(most + more for most, more in zip(vehicle.capacity, change.amount, strict=True))
        return _with_vehicle(problem, replace(vehicle, capacity=room))
    if change.constraint == "shift":
        earlier, later, longer = change.amount
        window = (vehicle.window[0] - earlier, vehicle.window[1] + later)
        longest = vehicle.overtime_seconds + longer
        return _with_vehicle(problem, replace(vehicle, window=window, overtime_seconds=longest))
    if change.constraint == "distance":
        most = None if vehicle.most_metres is None else vehicle.most_metres + change.amount[0]
        return _with_vehicle(problem, replace(vehicle, most_metres=most))
    if change.constraint == "vehicle_type":
        allowed = problem.forbidden.get(vehicle.id, frozenset()) - {*problem.together(change.stop)}
        return replace(problem, forbidden={**problem.forbidden, vehicle.id: allowed})
    if change.constraint == "time_window":
        place, (earlier, later) = problem.stop_of[change.stop], change.amount
        return _with_stop(problem, replace(place, windows=_widened(place, earlier, later)))
    if change.constraint == "road":
        return _with_road(problem, vehicle.profile, problem.stop_of[change.stop].location)
    if change.constraint == "another_vehicle":
        return replace(problem, vehicles=(*problem.vehicles, replace(vehicle, id=change.order.vehicle)))
    return problem


def _explain(problem: Problem, orders: Mapping[str, VisitOrder], stop: str) -> Explanation:
    lone = min(attempts(problem, {}, stop), key=_cost, default=None)
    # Without a road of its own to a depot a stop may still fit between others.
    possible = lone is not None or any(True for _ in attempts(problem, orders, stop))
    # Where no vehicle could serve it even alone, the other stops are not to blame.
    plan = orders if possible else {}
    changes = list(_changes(problem, plan, stop, lone))
    single = [change.constraint for change in changes if change.constraint != "another_vehicle"]
    reason: Reason
    if "priority" in single:
        reason = "priority"
    elif single:
        reason = min(single, key=(IN_PLAN if possible else CONSTRAINTS).index)  # type: ignore[arg-type]
    else:
        reason = "priority" if possible else "several"
    words = "Serving it costs more than it is worth." if "priority" in single else WORDS[reason]
    changes.sort(key=lambda change: change.added_cost)
    return Explanation(stop, possible, reason, tuple(changes), words)


def _changes(problem: Problem, orders: Mapping[str, VisitOrder], stop: str, lone: Attempt | None) -> Iterator[Change]:
    fits = min(attempts(problem, orders, stop), key=_cost, default=None)
    if fits is not None:
        yield Change("priority", stop, fits.order.vehicle, (fits.added_cost,), fits.added_cost, fits.order)
        return
    for constraint in CONSTRAINTS:
        members = problem.together(stop)
        if constraint == "vehicle_type" and not any(stops & {*members} for stops in problem.forbidden.values()):
            continue
        # Windows and roads are a stop's own, the rest is the vehicle's or the load's.
        places = members if constraint in ("time_window", "road") else (stop,)
        found = [(each, attempt) for each in places for attempt in attempts(problem, orders, each, constraint)]
        best = min(found, key=lambda pair: pair[1].added_cost, default=None)
        if best is not None:
            yield _change(problem, constraint, best[1], best[0])
    if lone is not None:
        name = f"{lone.order.vehicle} (another)"
        vehicle = problem.vehicle_of[lone.order.vehicle]
        order = VisitOrder(name, lone.order.steps)
        yield Change("another_vehicle", stop, vehicle.id, (1,), lone.added_cost, order)


def _cost(attempt: Attempt) -> int:
    return attempt.added_cost


def _change(problem: Problem, constraint: Constraint, attempt: Attempt, stop: str) -> Change:
    vehicle = problem.vehicle_of[attempt.order.vehicle]
    amount: tuple[int, ...] = (1,)
    if constraint == "capacity":
        amount = attempt.excess
    elif constraint == "time_window":
        amount = _beside_window(problem.stop_of[stop], attempt)
    elif constraint == "shift":
        amount = _beyond_shift(vehicle, attempt)
    elif constraint == "distance":
        amount = (attempt.metres - (vehicle.most_metres or 0),)
    return Change(constraint, stop, vehicle.id, amount, attempt.added_cost, attempt.order)


def _beside_window(stop: Stop, attempt: Attempt) -> tuple[int, int]:
    """How much earlier the first of the nearest window, or later its end, must be: one of the two is nought."""
    begin = attempt.timing.moments[1 + attempt.order.steps.index(stop.id)][1]
    gaps = [(max(0, opens - begin), max(0, begin - closes)) for opens, closes in stop.windows]
    return min(gaps, key=max)


def _widened(stop: Stop, earlier: int, later: int) -> tuple[tuple[int, int], ...]:
    """Every window opens and closes so much earlier and later; those that then touch become one."""
    found: list[tuple[int, int]] = []
    for opens, closes in stop.windows:
        opens, closes = max(0, opens - earlier), closes + later
        if found and opens <= found[-1][1]:
            opens = found.pop()[0]
        found.append((opens, closes))
    return tuple(found)


def _beyond_shift(vehicle: Vehicle, attempt: Attempt) -> tuple[int, int, int]:
    """Seconds the shift must begin earlier and end later, and of overtime."""
    timing = attempt.timing
    longest = vehicle.longest_seconds
    return (
        max(0, vehicle.window[0] - timing.start),
        max(0, timing.end - vehicle.window[1]),
        0 if longest is None else max(0, timing.seconds - longest),
    )


def _with_vehicle(problem: Problem, changed: Vehicle) -> Problem:
    vehicles = tuple(changed if vehicle.id == changed.id else vehicle for vehicle in problem.vehicles)
    return replace(problem, vehicles=vehicles)


def _with_stop(problem: Problem, changed: Stop) -> Problem:
    return replace(problem, stops=tuple(changed if stop.id == changed.id else stop for stop in problem.stops))


def _with_road(problem: Problem, profile: str, location: int) -> Problem:
    """The problem with the closed ways of one location open, at no time and no distance."""
    seconds, metres = (matrix.copy() for matrix in problem.matrices[profile])
    for matrix in (metres, seconds):
        matrix[location, seconds[location] >= NO_ROAD] = 0
        matrix[seconds[:, location] >= NO_ROAD, location] = 0
    return replace(problem, travel={**problem.travel, profile: MatrixTravel(seconds, metres, "a road opened")})
