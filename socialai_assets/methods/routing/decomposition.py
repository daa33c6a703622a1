"""Plans of more stops than one search handles well: by depot and sector first, then again over the borders.

Stops go to depots by regret, and a depot's stops are swept by angle (Gillett and Miller 1974, Operations Research
22:340-349) into parts that are solved apart; then neighbouring routes are solved again in groups that span the first
borders (Taillard and Voss 2002, POPMUSIC). Searches no part itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialai_assets.methods.routing.checking import Violation, shipment_violations, violations
from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.solution import Route, Solution, assemble
from socialai_assets.methods.routing.solving import Engine, choose_engine, solve
from socialai_assets.methods.routing.stopping import Limits
from socialai_assets.methods.routing.subsets import subset

# Above this many stops a problem is taken apart, into parts of about the second figure.
WHOLE, PART = 1000, 300
# Of the limits: for the first parts, and for the groups over their borders.
FIRST_SHARE = 0.6


@dataclass(frozen=True)
class Part:
    """Stops and vehicles that are planned together."""

    stops: tuple[str, ...]
    vehicles: tuple[str, ...]


def solve_in_parts(
    problem: Problem,
    limits: Limits,
    *,
    engine: Engine | Literal["automatic"] = "automatic",
    seed: int = 0,
    part: int = PART,
) -> Solution:
    """A feasible plan of a large problem; the limits are those of all parts together.

    Raises:
        ValueError: the problem has no coordinates to take it apart by.
    """
    choice, began = choose_engine(problem, engine), time.thread_time()
    parts = by_depot_and_sector(problem, part)
    routes: list[Route] = []
    served: set[str] = set()
    for each in parts:
        share = FIRST_SHARE * len(each.stops) / max(1, len(problem.stops))
        found = _solved(problem, each, limits.part(share), engine, seed, ())
        routes += found.routes
        served.update(stop for route in found.routes for stop in route.stops)
    left = [stop.id for stop in problem.stops if stop.id not in served]
    again: list[Route] = []
    for group, kept in _neighbours(problem, routes, left, part):
        share = (1 - FIRST_SHARE) * len(group.stops) / max(1, len(problem.stops))
        again += _solved(problem, group, limits.part(share), engine, seed, kept).routes
    reason = f"{choice.reason} {len(problem.stops)} stops were planned in {len(parts)} parts, twice."
    seconds = time.thread_time() - began
    return assemble(problem, again, engine=choice.engine, engine_reason=reason, seconds=seconds)


def violations_in_parts(problem: Problem, solution: Solution, part: int = PART) -> list[Violation]:
    """What `violations` finds, route by route in groups, so that no matrix of all places is needed."""
    found = shipment_violations(problem, solution)
    if found:
        return found
    for first in range(0, max(1, len(solution.routes)), max(1, part // 10)):
        routes = solution.routes[first : first + max(1, part // 10)]
        stops = [stop for route in routes for stop in route.stops]
        small = subset(problem, stops, [route.vehicle for route in routes])
        found += violations(small, assemble(small, routes))
    served = [stop for route in solution.routes for stop in route.stops]
    doubled = len(served) - len(set(served))
    if doubled or {*served, *solution.unserved} != set(problem.stop_of):
        found.append(Violation("stop", "plan", f"{doubled} stops served twice, or some neither served nor left out"))
    return found


def independent_parts(problem: Problem) -> list[Part]:
    """The pieces a problem falls into because no vehicle of one may serve a stop of another; the largest first.

    Vehicles that may serve no stop, and stops that none may serve, are in no piece.
    """
    if not problem.forbidden:
        return [Part(tuple(problem.stop_of), tuple(problem.vehicle_of))] if problem.stops and problem.vehicles else []
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    stops, vehicles = list(problem.stop_of), list(problem.vehicle_of)
    allowed = np.array([[problem.may_serve(vehicle, stop) for stop in stops] for vehicle in vehicles], dtype=bool)
    if not allowed.size:
        return []
    rows, columns = np.nonzero(allowed)
    size = len(vehicles) + len(stops)
    number = {stop: len(vehicles) + position for position, stop in enumerate(stops)}
    pairs = [(number[shipment.pickup], number[shipment.delivery]) for shipment in problem.shipments]
    ends = np.array([*zip(rows, columns + len(vehicles), strict=True), *pairs], dtype=np.int64).reshape(-1, 2).T
    links = coo_matrix((np.ones(ends.shape[1]), tuple(ends)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    parts = []
    for piece in np.unique(label[: len(vehicles)]):
        mine = [stop for stop, of in zip(stops, label[len(vehicles) :], strict=True) if of == piece]
        fleet = [vehicle for vehicle, of in zip(vehicles, label[: len(vehicles)], strict=True) if of == piece]
        if mine:
            parts.append(Part(tuple(mine), tuple(fleet)))
    return sorted(parts, key=lambda part: -len(part.stops))


def by_depot_and_sector(problem: Problem, part: int = PART) -> list[Part]:
    """Parts of about `part` stops: each depot's nearest stops that its fleet can carry, by sectors around it.

    Raises:
        ValueError: the problem has no coordinates.
    """
    if problem.coordinates is None:
        raise ValueError(
            f"{len(problem.stops)} stops are too many to plan at once, and have no coordinates to split by."
        )
    fleet: dict[str, list[str]] = {}
    for vehicle in problem.vehicles:
        fleet.setdefault(vehicle.start_depot, []).append(vehicle.id)
    parts = []
    for depot, stops in _of_depots(problem, problem.coordinates, list(fleet)).items():
        if not stops:
            continue
        centre = problem.coordinates[problem.depot_of[depot].location]
        first = [stop for stop in stops if problem.together(stop)[0] == stop]
        swept = sorted(first, key=lambda stop: _angle(problem.coordinates, centre, problem.stop_of[stop].location))
        pieces = [list(piece) for piece in np.array_split(np.array(swept, dtype=object), -(-len(swept) // part))]
        # Both stops of a shipment lie where its pickup does.
        pieces = [[member for stop in piece for member in problem.together(stop)] for piece in pieces]
        shared = _shared(problem, pieces, fleet[depot])
        parts += [Part(tuple(p), tuple(v)) for p, v in zip(pieces, shared, strict=True)]
    return parts


def _of_depots(problem: Problem, points: NDArray[np.float64], depots: Sequence[str]) -> dict[str, list[str]]:
    """The stops of each depot, those with most to lose by another depot first, while its fleet has room."""
    kinds = len(problem.dimensions)
    room = {depot: np.zeros(kinds) for depot in depots}
    for vehicle in problem.vehicles:
        room[vehicle.start_depot] += vehicle.most_trips * np.array(vehicle.capacity or (0,) * kinds)
    here = points[[stop.location for stop in problem.stops]]
    there = points[[problem.depot_of[depot].location for depot in depots]]
    far = np.linalg.norm(here[:, None] - there[None], axis=2)
    order = far.argsort(axis=1, kind="stable")
    second = np.take_along_axis(far, order[:, min(1, len(depots) - 1)][:, None], 1)[:, 0]
    regret = second - far[np.arange(len(far)), order[:, 0]]
    found: dict[str, list[str]] = {depot: [] for depot in depots}
    for number in np.argsort(-regret, kind="stable"):
        stop = problem.stops[number]
        members = problem.together(stop.id)
        if members[0] != stop.id:
            continue
        load = np.max([np.array(amount) for amount in problem.amounts(stop)], axis=0)
        nearest = [str(depots[int(d)]) for d in order[number]]
        depot = next((each for each in nearest if (room[each] >= load).all()), nearest[0])
        room[depot] = room[depot] - load
        found[depot] += members
    return found


def _angle(points: NDArray[np.float64] | None, centre: NDArray[np.float64], location: int) -> float:
    assert points is not None
    y, x = points[location] - centre
    return float(np.arctan2(y, x))


def _shared(problem: Problem, pieces: Sequence[Sequence[str]], vehicles: Sequence[str]) -> list[list[str]]:
    """A depot's vehicles for its sectors, the largest first, each to the sector that lacks most for its load."""
    kinds = range(len(problem.dimensions))
    need = []
    for piece in pieces:
        amounts = [problem.amounts(problem.stop_of[stop])[0] for stop in piece]
        need.append(np.array([sum(amount[kind] for amount in amounts) for kind in kinds], dtype=float))
    total = np.maximum(np.sum(need, axis=0), 1)
    given = [np.zeros(len(kinds)) for _ in pieces]
    shared: list[list[str]] = [[] for _ in pieces]

    def size(vehicle: str) -> int:
        return problem.vehicle_of[vehicle].most_trips * sum(problem.vehicle_of[vehicle].capacity)

    for vehicle in sorted(vehicles, key=lambda each: (-size(each), each)):
        lack = [((wanted - has) / total).max() for wanted, has in zip(need, given, strict=True)]
        piece = int(np.argmax(lack))
        carrier = problem.vehicle_of[vehicle]
        given[piece] = given[piece] + carrier.most_trips * np.array(carrier.capacity or (0,) * len(kinds))
        shared[piece].append(vehicle)
    return shared


def _neighbours(
    problem: Problem, routes: Sequence[Route], left: Sequence[str], part: int
) -> list[tuple[Part, tuple[Route, ...]]]:
    """Groups of neighbouring routes that span the first borders, with idle vehicles and stops left out beside them."""
    assert problem.coordinates is not None
    points = problem.coordinates
    centres = {
        route.vehicle: points[[problem.stop_of[stop].location for stop in route.stops]].mean(axis=0) for route in routes
    }
    by_depot: dict[str, list[Route]] = {}
    for route in routes:
        by_depot.setdefault(problem.vehicle_of[route.vehicle].start_depot, []).append(route)
    groups: list[list[Route]] = []
    for depot, mine in by_depot.items():
        centre = points[problem.depot_of[depot].location]

        def angle(route: Route, centre: NDArray[np.float64] = centre) -> float:
            y, x = centres[route.vehicle] - centre
            return float(np.arctan2(y, x))

        mine.sort(key=angle)
        groups += _shifted(mine, part)
    if not groups:
        return []
    middles = np.array([np.mean([centres[route.vehicle] for route in group], axis=0) for group in groups])
    stops = [[stop for route in group for stop in route.stops] for group in groups]
    vehicles = [[route.vehicle for route in group] for group in groups]
    for stop in left:
        members = problem.together(stop)
        if members[0] == stop:
            nearest = np.linalg.norm(middles - points[problem.stop_of[stop].location], axis=1).argmin()
            stops[int(nearest)] += members
    used = {route.vehicle for route in routes}
    idle = [vehicle.id for vehicle in problem.vehicles if vehicle.id not in used]
    for number, vehicle in enumerate(idle):
        start = problem.vehicle_of[vehicle].start_depot
        at_home = [g for g, group in enumerate(groups) if problem.vehicle_of[group[0].vehicle].start_depot == start]
        choices = at_home or list(range(len(groups)))
        vehicles[choices[number % len(choices)]].append(vehicle)
    found = zip(stops, vehicles, groups, strict=True)
    return [(Part(tuple(s), tuple(v)), tuple(group)) for s, v, group in found]


def _shifted(routes: Sequence[Route], part: int) -> list[list[Route]]:
    """Neighbouring routes in groups of about `part` stops, the first of them half as large and joined to the last."""
    groups: list[list[Route]] = [[]]
    held, most = 0, part / 2
    for route in routes:
        if held >= most:
            groups.append([])
            held, most = 0, part
        groups[-1].append(route)
        held += len(route.stops)
    if len(groups) > 1 and held < part / 2:
        # The sweep is a circle: its end lies beside its beginning.
        groups[0] = groups.pop() + groups[0]
    return groups


def _solved(
    problem: Problem,
    part: Part,
    limits: Limits,
    engine: Engine | Literal["automatic"],
    seed: int,
    kept: Sequence[Route],
) -> Solution:
    small = subset(problem, part.stops, part.vehicles)
    before = assemble(small, tuple(kept))
    solution = solve(small, limits, engine=engine, seed=seed, start=before.orders)
    # A search that begins from routes never ends worse, but for stops that must be served and were not.
    worse = (len(solution.unserved), solution.cost + solution.lost_prizes)
    if kept and worse > (len(before.unserved), before.cost + before.lost_prizes):
        return replace(before, engine=solution.engine)
    return solution
