"""Plans for drivers with breaks: PyVRP's routes for shorter shifts with the breaks set in, as a start for OR-Tools.

PyVRP knows no breaks and finds the better routes; OR-Tools knows them. Compares no plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from socialai_assets.methods.routing import pyvrp_engine
from socialai_assets.methods.routing.problem import Problem, Vehicle
from socialai_assets.methods.routing.schedule import time_route
from socialai_assets.methods.routing.solution import Step, VisitOrder
from socialai_assets.methods.routing.stopping import Limits


def orders_with_breaks(
    problem: Problem, limits: Limits, seed: int, start: Sequence[VisitOrder] = ()
) -> tuple[VisitOrder, ...] | None:
    """Routes that hold their drivers' breaks; None where PyVRP finds no plan for the shorter shifts.

    A route that no break fits into loses stops, those of least worth first, until one does.
    """
    fleet = tuple(shorter for vehicle in problem.vehicles if (shorter := _without_rest(vehicle)) is not None)
    found = pyvrp_engine.search(replace(problem, vehicles=fleet), limits, seed, start)
    if found.orders is None:
        return None
    held = (_fitted(problem, order) for order in found.orders)
    return tuple(order for order in held if order is not None)


def _without_rest(vehicle: Vehicle) -> Vehicle | None:
    """The vehicle out for as much less as its breaks take; None where nothing is left."""
    rest = sum(each.seconds for each in vehicle.breaks)
    opens, closes = vehicle.window
    if closes - rest <= opens:
        return None
    shift, overtime = vehicle.shift_seconds, vehicle.overtime_seconds
    if shift is not None:
        overtime, shift = max(0, overtime - rest), shift - max(0, rest - overtime)
        if shift <= 0:
            return None
    return replace(vehicle, breaks=(), window=(opens, closes - rest), shift_seconds=shift, overtime_seconds=overtime)


def _fitted(problem: Problem, order: VisitOrder) -> VisitOrder | None:
    steps = list(order.steps)
    while any(isinstance(step, str) for step in steps):
        if time_route(problem, VisitOrder(order.vehicle, tuple(steps))) is not None:
            return VisitOrder(order.vehicle, tuple(steps))
        worth = {step: problem.stop_of[step].prize for step in steps if isinstance(step, str)}
        least = min(worth, key=lambda stop: float("inf") if worth[stop] is None else worth[stop])  # type: ignore[arg-type, return-value]
        steps = _without_empty_trips([step for step in steps if step != least])
    return None


def _without_empty_trips(steps: Sequence[Step]) -> list[Step]:
    """The steps without a reload that no stop follows, comes before, or that another reload follows at once."""
    kept: list[Step] = []
    for step in steps:
        if isinstance(step, tuple) and (not kept or isinstance(kept[-1], tuple)):
            continue
        kept.append(step)
    while kept and isinstance(kept[-1], tuple):
        kept.pop()
    return kept
