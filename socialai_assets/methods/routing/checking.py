"""Whether a plan is feasible, recomputed from its visits alone. Shares no code with the engines or the scheduler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from socialai_assets.methods.routing.problem import NO_ROAD, Problem, Vehicle
from socialai_assets.methods.routing.solution import Route, Solution, Visit


@dataclass(frozen=True)
class Violation:
    """One broken rule: which, where and how."""

    rule: str
    where: str
    message: str


def violations(problem: Problem, solution: Solution) -> list[Violation]:
    """Every rule of the problem that the plan breaks; empty for a feasible plan.

    A stop that must be served and is not is a violation too: a plan that leaves one out has to be declared as such.
    """
    found: list[Violation] = []
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    for vehicle, times in Counter(route.vehicle for route in solution.routes).items():
        if vehicle not in vehicles:
            found.append(Violation("vehicle", vehicle, "is not in the fleet"))
        elif times > 1:
            found.append(Violation("vehicle", vehicle, f"has {times} routes"))
    for route in solution.routes:
        if route.vehicle in vehicles:
            found.extend(_route(problem, vehicles[route.vehicle], route))
    found.extend(_served_once(problem, solution))
    found.extend(shipment_violations(problem, solution))
    found.extend(_cost(vehicles, solution))
    return found


def shipment_violations(problem: Problem, solution: Solution) -> list[Violation]:
    """Every shipment that is not taken and brought by one vehicle on one trip, in this order, or left out whole."""
    at = {
        visit.place: (route.vehicle, sum(before.kind == "reload" for before in route.visits[:number]), number)
        for route in solution.routes
        for number, visit in enumerate(route.visits)
        if visit.kind == "stop"
    }
    found = []
    for shipment in problem.shipments:
        taken, brought = at.get(shipment.pickup), at.get(shipment.delivery)
        if taken is None and brought is None:
            continue
        if taken is None or brought is None or taken[:2] != brought[:2] or taken[2] > brought[2]:
            message = f"is taken aboard {_moment(taken)} and unloaded {_moment(brought)}"
            found.append(Violation("shipment", f"{shipment.pickup} to {shipment.delivery}", message))
    return found


def _moment(visit: tuple[str, int, int] | None) -> str:
    return "nowhere" if visit is None else f"by {visit[0]} on trip {visit[1]} as visit {visit[2]}"


def _served_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    known = {stop.id: stop for stop in problem.stops}
    served = Counter(visit.place for route in solution.routes for visit in route.visits if visit.kind == "stop")
    for stop, times in served.items():
        if stop not in known:
            yield Violation("stop", stop, "is not in the problem")
        elif times > 1:
            yield Violation("stop", stop, f"is served {times} times")
        if stop in solution.unserved:
            yield Violation("stop", stop, "is served and listed as left out")
    for stop in problem.stops:
        if stop.id not in served:
            if stop.id not in solution.unserved:
                yield Violation("stop", stop.id, "is neither served nor listed as left out")
            if stop.prize is None:
                yield Violation("required", stop.id, "must be served and is not")


def _cost(vehicles: dict[str, Vehicle], solution: Solution) -> Iterator[Violation]:
    total = 0
    for route in solution.routes:
        vehicle = vehicles.get(route.vehicle)
        if vehicle is None or not route.visits:
            continue
        worked = route.visits[-1].arrival - route.visits[0].begin
        total += (
            vehicle.fixed_cost + vehicle.cost_per_metre * route.visits[-1].metres + vehicle.cost_per_second * worked
        )
        if vehicle.shift_seconds is not None and worked > vehicle.shift_seconds:
            total += vehicle.overtime_cost * (worked - vehicle.shift_seconds)
    if total != solution.cost:
        yield Violation("cost", "plan", f"costs {total} and says {solution.cost}")


def _route(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[Violation]:
    where = f"vehicle {vehicle.id}"
    kinds = [visit.kind for visit in route.visits]
    if kinds[:1] != ["start"] or kinds[-1:] != ["end"] or {"start", "end"} & set(kinds[1:-1]):
        yield Violation("route", where, "does not go from one start to one end")
        return
    first, last = route.visits[0], route.visits[-1]
    if first.place != vehicle.start_depot or last.place != vehicle.end_depot:
        yield Violation("route", where, f"goes from {first.place} to {last.place}")
    yield from _shift(vehicle, first, last, where)
    yield from _trips(problem, vehicle, route, where)
    yield from _places(problem, vehicle, route, where)
    yield from _times(problem, vehicle, route, where)
    yield from _breaks(vehicle, route, where)


def _shift(vehicle: Vehicle, first: Visit, last: Visit, where: str) -> Iterator[Violation]:
    worked = last.arrival - first.begin
    if first.begin < vehicle.window[0] or last.arrival > vehicle.window[1]:
        yield Violation("shift", where, f"works from {first.begin} to {last.arrival}, may from {vehicle.window}")
    if vehicle.shift_seconds is not None and worked > vehicle.shift_seconds + vehicle.overtime_seconds:
        yield Violation("shift", where, f"works {worked} s of {vehicle.shift_seconds} + {vehicle.overtime_seconds}")
    if vehicle.most_metres is not None and last.metres > vehicle.most_metres:
        yield Violation("distance", where, f"drives {last.metres} m of {vehicle.most_metres}")


def _trips(problem: Problem, vehicle: Vehicle, route: Route, where: str) -> Iterator[Violation]:
    trips: list[list[str]] = [[]]
    for visit in route.visits:
        if visit.kind == "reload":
            trips.append([])
            allowed = vehicle.reload_depots or (vehicle.start_depot,)
            if visit.place not in allowed:
                yield Violation("reload", where, f"loads again at {visit.place}, may at {allowed}")
        elif visit.kind == "stop":
            trips[-1].append(visit.place)
        if visit.trip != len(trips) - 1:
            yield Violation("trip", where, f"counts {visit.trip} at {visit.place}, which is trip {len(trips) - 1}")
    if len(trips) > vehicle.most_trips:
        yield Violation("trips", where, f"makes {len(trips)} trips of {vehicle.most_trips}")
    capacity = vehicle.capacity or (0,) * len(problem.dimensions)
    stops = {stop.id: stop for stop in problem.stops}
    taken = {shipment.pickup: shipment.amount for shipment in problem.shipments}
    brought = {shipment.delivery: shipment.amount for shipment in problem.shipments}
    said = [visit.load for visit in route.visits if visit.kind != "break"]
    position = 0
    for trip in trips:
        known = [stops[stop] for stop in trip if stop in stops]
        for kind, name in enumerate(problem.dimensions):
            aboard = sum(stop.delivery[kind] if stop.delivery else 0 for stop in known)
            loads = [aboard]
            for stop in known:
                aboard += (stop.pickup[kind] if stop.pickup else 0) - (stop.delivery[kind] if stop.delivery else 0)
                aboard += _amount(taken, stop.id, kind) - _amount(brought, stop.id, kind)
                loads.append(aboard)
            if max(loads) > capacity[kind]:
                yield Violation("capacity", where, f"carries {max(loads)} of {capacity[kind]} {name}")
            if [load[kind] for load in said[position : position + len(loads)]] != loads:
                yield Violation("load", where, f"says other loads of {name} than {loads}")
        position += 1 + len(known)


def _amount(amounts: Mapping[str, Sequence[int]], stop: str, kind: int) -> int:
    given = amounts.get(stop)
    return given[kind] if given else 0


def _places(problem: Problem, vehicle: Vehicle, route: Route, where: str) -> Iterator[Violation]:
    windows = {("stop", stop.id): (stop.windows, stop.service_seconds) for stop in problem.stops}
    for depot in problem.depots:
        for kind in ("start", "reload", "end"):
            windows[kind, depot.id] = ((depot.window,), 0 if kind == "end" else depot.loading_seconds)
    for visit in route.visits:
        if visit.kind == "break":
            continue
        if (visit.kind, visit.place) not in windows:
            yield Violation("place", where, f"goes to {visit.place!r}, which the problem does not have")
            continue
        allowed, seconds = windows[visit.kind, visit.place]
        if not any(opens <= visit.begin <= closes for opens, closes in allowed):
            yield Violation("window", where, f"begins at {visit.place} at {visit.begin}, open {allowed}")
        if visit.departure != visit.begin + seconds:
            yield Violation("service", where, f"is {visit.departure - visit.begin} s at {visit.place}, needs {seconds}")
        if visit.kind == "stop" and visit.place in problem.forbidden.get(vehicle.id, ()):
            yield Violation("forbidden", where, f"serves {visit.place}, which it may not")


def _times(problem: Problem, vehicle: Vehicle, route: Route, where: str) -> Iterator[Violation]:
    at = {("stop", stop.id): stop.location for stop in problem.stops}
    at |= {("depot", depot.id): depot.location for depot in problem.depots}
    seconds, metres = problem.matrices[vehicle.profile]
    before, resting, way = None, 0, 0
    for visit in route.visits:
        if visit.kind == "break":
            resting += visit.departure - visit.begin
            continue
        here = at.get(("stop" if visit.kind == "stop" else "depot", visit.place))
        if here is None:
            return
        if before is not None:
            last, there = before
            drive = int(seconds[there, here])
            way += int(metres[there, here])
            if drive >= NO_ROAD:
                yield Violation("road", where, f"drives from {last.place} to {visit.place}, where no road is open")
            # A break may fall into the wait at a stop, so what counts is when service begins.
            if visit.begin - last.departure < drive + resting or visit.arrival - last.departure < drive:
                yield Violation(
                    "time", where, f"begins at {visit.place} at {visit.begin}, too early after {last.place}"
                )
        if visit.begin < visit.arrival:
            yield Violation("time", where, f"begins at {visit.place} before it arrives")
        if visit.metres != way:
            yield Violation("distance", where, f"says {visit.metres} m at {visit.place}, it is {way}")
        before, resting = (visit, here), 0


def _breaks(vehicle: Vehicle, route: Route, where: str) -> Iterator[Violation]:
    taken = [visit for visit in route.visits if visit.kind == "break"]
    working = [(visit.begin, visit.departure) for visit in route.visits if visit.kind in ("start", "stop", "reload")]
    for rest in taken:
        if any(begin < rest.departure and rest.begin < end for begin, end in working):
            yield Violation("break", where, f"rests at {rest.begin} while it serves")
    first, last = route.visits[0].begin, route.visits[-1].arrival
    free, rested = list(taken), 0
    for rest in vehicle.breaks:
        inside = next(
            (v for v in free if v.departure - v.begin == rest.seconds and _within(v.begin, rest.window)), None
        )
        if inside is not None:
            free.remove(inside)
            continue
        # Off duty counts as rest: before work, one break after the other, or after it.
        rested = max(rested, rest.window[0]) + rest.seconds
        if rested - rest.seconds <= rest.window[1] and rested <= first:
            continue
        begin = max(last, rest.window[0])
        if begin > rest.window[1]:
            yield Violation("break", where, f"has no rest of {rest.seconds} s that begins in {rest.window}")
        last = begin + rest.seconds
    if free:
        yield Violation("break", where, f"rests {len(free)} times more than it has breaks")


def _within(moment: int, window: tuple[int, int]) -> bool:
    return window[0] <= moment <= window[1]
