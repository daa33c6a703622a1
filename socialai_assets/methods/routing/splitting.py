"""Splitting stops: a delivery larger than any vehicle that may bring it becomes parts, each a stop. Solves nothing.

Equal parts that fit a vehicle are an a-priori split (Chen, Golden, Wang and Wasil 2017, European Journal of Operational
Research 259:73-85); every engine then plans them like other stops. Parts are sized by the vehicle that needs the fewest
of them, or, a rank further, by one that needs more: smaller vehicles can then take some.
"""

from __future__ import annotations

from dataclasses import replace

from socialai_assets.methods.routing.problem import Problem, Stop
from socialai_assets.methods.routing.solution import Solution

# A delivery is not split into more than so many parts for the sake of a small vehicle.
MOST_PARTS = 20


def with_parts(problem: Problem, rank: int = 0) -> Problem:
    """The problem with every stop split that no vehicle can serve at once; parts are named `<stop>#1`, `<stop>#2`, …

    The service time and the prize are shared out by load. Pickups are not split.

    Args:
        rank: 0 for the fewest parts there can be, 1 for the next number of them that just fits some vehicle, and so on.
    """
    stops: list[Stop] = []
    parts_of: dict[str, list[str]] = {}
    for stop in problem.stops:
        numbers = part_numbers(problem, stop)
        parts = _parts(stop, numbers[min(rank, len(numbers) - 1)], problem.amounts(stop)[0])
        parts_of[stop.id] = [part.id for part in parts]
        stops += parts
    forbidden = {
        vehicle: frozenset(part for stop in barred for part in parts_of.get(stop, ()))
        for vehicle, barred in problem.forbidden.items()
    }
    return replace(problem, stops=tuple(stops), forbidden=forbidden)


def ranks(problem: Problem) -> int:
    """How many ways there are to size parts; 1 where nothing has to be split."""
    return max((len(part_numbers(problem, stop)) for stop in problem.stops), default=1)


def part_numbers(problem: Problem, stop: Stop) -> list[int]:
    """Into how many equal parts a stop may be split so that one just fits some vehicle, the fewest first; 1: whole."""
    loads, pickups = problem.amounts(stop)
    nothing = (0,) * len(loads)
    carriers = [vehicle.capacity or nothing for vehicle in problem.vehicles if problem.may_serve(vehicle.id, stop.id)]
    carriers = [room for room in carriers if all(most or not load for load, most in zip(loads, room, strict=True))]
    if not carriers or any(pickups) or not any(loads):
        return [1]
    trips = {max(-(-load // most) for load, most in zip(loads, room, strict=True) if load) for room in carriers}
    fewest = min(trips)
    return [1] if fewest <= 1 else sorted(number for number in trips if number <= max(fewest, MOST_PARTS))


def idle_carriers(problem: Problem, solution: Solution) -> bool:
    """Whether parts are left out while a vehicle stands idle that may go there and could carry smaller ones."""
    used = {route.vehicle for route in solution.routes}
    idle = [vehicle for vehicle in problem.vehicles if vehicle.id not in used]
    left = [stop for stop in solution.unserved if problem.stop_of[stop].part_of is not None]
    return any(problem.may_serve(vehicle.id, stop) and any(vehicle.capacity) for vehicle in idle for stop in left)


def worth_left(problem: Problem, solution: Solution) -> float:
    """What is left out: prizes, a part's by its share of the delivery, so that plans of other parts compare.

    A stop that must be served counts more than all prizes together.
    """
    whole: dict[str, int] = {}
    for stop in problem.stops:
        whole[stop.part_of or stop.id] = whole.get(stop.part_of or stop.id, 0) + sum(problem.amounts(stop)[0])
    dear = 1 + sum(stop.prize or 0 for stop in problem.stops)
    left = 0.0
    for name in solution.unserved:
        stop = problem.stop_of[name]
        share = sum(problem.amounts(stop)[0]) / whole[stop.part_of] if stop.part_of else 1.0
        left += share * (dear if stop.prize is None else stop.prize)
    return left


def _parts(stop: Stop, number: int, loads: tuple[int, ...]) -> list[Stop]:
    if number <= 1:
        return [stop]
    parts = []
    for part in range(number):
        share = [load * (part + 1) // number - load * part // number for load in loads]
        prize = None if stop.prize is None else stop.prize // number
        name = f"{stop.id}#{part + 1}"
        seconds = stop.service_seconds // number
        parts.append(
            replace(stop, id=name, delivery=tuple(share), service_seconds=seconds, prize=prize, part_of=stop.id)
        )
    return parts
