"""Splitting stops: a delivery larger than any vehicle that may bring it becomes parts, each a stop. Solves nothing.

Parts of the size of the largest vehicle and a rest are the usual a-priori split (Chen, Golden, Wang and Wasil 2017,
European Journal of Operational Research 259:73-85); every engine then plans them like other stops.
"""

from __future__ import annotations

from dataclasses import replace

from socialai_assets.methods.routing.problem import Problem, Stop


def with_parts(problem: Problem) -> Problem:
    """The problem with every stop split that no vehicle can serve at once; parts are named `<stop>#1`, `<stop>#2`, …

    The service time and the prize are shared out by load. Pickups are not split.
    """
    stops: list[Stop] = []
    parts_of: dict[str, list[str]] = {}
    for stop in problem.stops:
        parts = _parts(problem, stop)
        parts_of[stop.id] = [part.id for part in parts]
        stops += parts
    forbidden = {
        vehicle: frozenset(part for stop in barred for part in parts_of.get(stop, ()))
        for vehicle, barred in problem.forbidden.items()
    }
    return replace(problem, stops=tuple(stops), forbidden=forbidden)


def _parts(problem: Problem, stop: Stop) -> list[Stop]:
    loads = problem.amounts(stop)[0]
    nothing = (0,) * len(loads)
    carriers = [vehicle.capacity or nothing for vehicle in problem.vehicles if problem.may_serve(vehicle.id, stop.id)]
    carriers = [room for room in carriers if all(most or not load for load, most in zip(loads, room, strict=True))]
    if not carriers or any(problem.amounts(stop)[1]):
        return [stop]
    # The vehicle that needs the fewest trips sets the size of a part.
    number = (
        min(max(-(-load // most) for load, most in zip(loads, room, strict=True) if load) for room in carriers)
        if any(loads)
        else 1
    )
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
