"""A plan as VROOM's JSON: routes with their steps, and what is unassigned with the reason. Reads no request.

The format is that of VROOM 1.14 (its API.md), plus a `reason` and the cheapest `change` with each unassigned task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.reasons import Change, Explanation
from socialai_assets.methods.routing.solution import Solution, Visit, route_cost
from socialai_assets.methods.routing.vroom_format import COST_SCALE, NOWHERE, task_of
from socialai_assets.methods.routing.vroom_input import VroomProblem


def write(read_problem: VroomProblem, solution: Solution, explanations: Sequence[Explanation] = ()) -> dict[str, Any]:
    """A plan as VROOM's output; each unassigned task has `reason` and, where there is one, `change`."""
    problem = read_problem.problem
    why = {explanation.stop: explanation for explanation in explanations}
    routes = [_route(read_problem, solution, number) for number in range(len(solution.routes))]
    summed = ("service", "duration", "waiting_time", "distance", "priority")
    unassigned = []
    for stop in solution.unserved:
        kind, number = task_of(stop)
        entry: dict[str, Any] = {"id": number, "type": kind}
        entry |= _place(read_problem, problem.stop_of[stop].location)
        if stop in why:
            entry["reason"] = why[stop].reason
            cheapest = why[stop].cheapest
            if cheapest is not None:
                entry["change"] = _change(cheapest)
        unassigned.append(entry)
    return {
        "code": 0,
        "summary": {
            "cost": round(solution.cost / COST_SCALE),
            "routes": len(routes),
            "unassigned": len(unassigned),
            "setup": 0,
            **{name: sum(route[name] for route in routes) for name in summed},
            "delivery": _sums(problem, [route["delivery"] for route in routes]),
            "pickup": _sums(problem, [route["pickup"] for route in routes]),
            "violations": [],
            "computing_times": {"loading": 0, "solving": round(1000 * solution.seconds), "routing": 0},
        },
        "unassigned": unassigned,
        "routes": routes,
    }


def _route(read_problem: VroomProblem, solution: Solution, number: int) -> dict[str, Any]:
    problem, route = read_problem.problem, solution.routes[number]
    vehicle = problem.vehicle_of[route.vehicle]
    served = [problem.stop_of[stop] for stop in route.stops]
    steps = [_step(read_problem, visit) for visit in route.visits if visit.place != NOWHERE]
    service = sum(stop.service_seconds for stop in served)
    resting = sum(visit.departure - visit.begin for visit in route.visits if visit.kind == "break")
    seconds = problem.matrices[vehicle.profile][0]
    way = [_location(problem, visit) for visit in route.visits if visit.kind != "break"]
    driving = int(seconds[way[:-1], way[1:]].sum())
    return {
        "vehicle": int(route.vehicle),
        "cost": round(route_cost(vehicle, route.metres, route.seconds) / COST_SCALE),
        "setup": 0,
        "service": service,
        "duration": driving,
        "waiting_time": route.seconds - driving - service - resting,
        "distance": route.metres,
        "priority": sum(100 - stop.priority for stop in served),
        "delivery": _sums(problem, [_both(problem.amounts(stop)[0], problem.shipped(stop.id), -1) for stop in served]),
        "pickup": _sums(problem, [_both(problem.amounts(stop)[1], problem.shipped(stop.id), 1) for stop in served]),
        "violations": [],
        "steps": steps,
    }


def _step(read_problem: VroomProblem, visit: Visit) -> dict[str, Any]:
    step: dict[str, Any] = {"type": visit.kind}
    if visit.kind == "stop":
        kind, number = task_of(visit.place)
        step = {"type": kind, "id": number} | ({"job": number} if kind == "job" else {})
    if visit.kind != "break":
        step |= _place(read_problem, _location(read_problem.problem, visit))
    return step | {
        "arrival": visit.arrival + read_problem.zero,
        "setup": 0,
        "service": visit.departure - visit.begin if visit.kind in ("stop", "break") else 0,
        "waiting_time": visit.begin - visit.arrival,
        "load": list(visit.load),
        "distance": visit.metres,
        "violations": [],
    }


def _change(change: Change) -> dict[str, Any]:
    """The change as figures: load by dimension, seconds or metres, as the constraint has it."""
    kind, number = task_of(change.stop)
    return {
        "constraint": change.constraint,
        "task": {"type": kind, "id": number},
        "vehicle": int(change.vehicle),
        "amount": list(change.amount),
        "cost": round(change.added_cost / COST_SCALE),
    }


def _both(amounts: Sequence[int], shipped: Sequence[int], sign: int) -> list[int]:
    """What is unloaded (-1) or taken aboard (1) at a stop, be it a depot's or a shipment's."""
    return [amount + max(0, sign * change) for amount, change in zip(amounts, shipped, strict=True)]


def _location(problem: Problem, visit: Visit) -> int:
    place = problem.stop_of[visit.place] if visit.kind == "stop" else problem.depot_of[visit.place]
    return place.location


def _place(read_problem: VroomProblem, location: int) -> dict[str, Any]:
    point = read_problem.places[location]
    return {"location_index": location} | ({"location": list(point)} if point else {})


def _sums(problem: Problem, amounts: Sequence[Sequence[int]]) -> list[int]:
    return [sum(each[kind] for each in amounts) for kind in range(len(problem.dimensions))]
