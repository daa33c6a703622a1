"""PyVRP as an engine: the problem in its terms, its routes in ours. Everything but breaks.

PyVRP is an iterated local search with late acceptance (Wouda, Lan and Kool 2024, INFORMS Journal on
Computing 36:943-955).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socialai_assets.methods.routing.problem import ALWAYS, NO_ROAD, Problem, Stop, Vehicle
from socialai_assets.methods.routing.solution import Step, VisitOrder
from socialai_assets.methods.routing.stopping import FirstOf, Limits

if TYPE_CHECKING:
    import pyvrp

NO_PLAN = np.iinfo(np.int64).max
# The share of the limits after which a search without any feasible plan is given up.
PATIENCE = 0.25


@dataclass(frozen=True)
class Found:
    """What an engine found: the order of each used vehicle, or None where it found no feasible plan."""

    orders: tuple[VisitOrder, ...] | None
    iterations: int
    history: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class _Translation:
    """The problem in PyVRP's terms, and which of ours each client, vehicle type and depot is."""

    data: pyvrp.ProblemData
    stop_of_client: Sequence[str]
    clients_of_stop: Mapping[str, tuple[int, ...]]
    vehicles_of_type: Sequence[tuple[str, ...]]


def search(problem: Problem, limits: Limits, seed: int, start: Sequence[VisitOrder] = ()) -> Found:
    """The best plan PyVRP finds within limits; stops without a prize are all served, or nothing is found.

    Args:
        start: routes to begin from; what they name and the problem does not know is passed over.
    """
    import pyvrp

    criterion, began = limits.criterion(), time.thread_time()
    translation = _translate(problem)
    history: list[tuple[float, int]] = []
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=_recorder(history, began)))
    result = pyvrp.solve(
        translation.data,
        FirstOf([criterion, _Hopeless(limits)]),
        seed=seed,
        collect_stats=False,
        params=params,
        initial_solution=_initial(problem, translation, start),
    )
    orders = _orders(problem, translation, result.best) if result.best.is_feasible() else None
    return Found(orders, result.num_iterations, tuple(history))


class _Hopeless:
    """Ends a search that has no feasible plan after a part of its limits."""

    def __init__(self, limits: Limits) -> None:
        self._criterion = limits.part(PATIENCE).criterion()

    def __call__(self, best_cost: int) -> bool:
        return best_cost == NO_PLAN and self._criterion(best_cost)


def _recorder(history: list[tuple[float, int]], began: float) -> Any:
    from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks

    class Recorder(IteratedLocalSearchCallbacks):
        """Notes the CPU time and cost of each better plan."""

        def on_start(self, ils: Any) -> None:
            self.on_best(ils.initial_solution)

        def on_best(self, best: pyvrp.Solution) -> None:
            if best.is_feasible():
                cost = best.distance_cost() + best.duration_cost() + best.fixed_vehicle_cost()
                history.append((time.thread_time() - began, cost + best.uncollected_prizes()))

    return Recorder()


def _translate(problem: Problem) -> _Translation:
    import pyvrp

    depots = {depot.id: position for position, depot in enumerate(problem.depots)}
    clients, groups, names = [], [], []
    for stop in problem.stops:
        clients.extend(_clients(problem, stop, len(groups)))
        names.extend([stop.id] * len(stop.windows))
        if len(stop.windows) > 1:
            mine = list(range(len(clients) - len(stop.windows), len(clients)))
            groups.append(pyvrp.ClientGroup(mine, required=stop.prize is None, name=stop.id))
    profiles: dict[tuple[str, frozenset[str]], int] = {}
    alike: dict[tuple[Any, ...], list[Vehicle]] = {}
    for vehicle in problem.vehicles:
        alike.setdefault((_likeness(vehicle), problem.forbidden.get(vehicle.id, frozenset())), []).append(vehicle)
    types = []
    for (_, forbidden), vehicles in alike.items():
        profile = profiles.setdefault((vehicles[0].profile, forbidden), len(profiles))
        types.append(_vehicle_type(problem, vehicles, depots, profile))
    matrices = [_matrices(problem, name, forbidden) for name, forbidden in profiles]
    points = np.zeros((problem.locations, 2)) if problem.coordinates is None else problem.coordinates
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(float(x), float(y)) for x, y in points[: problem.locations]],
        clients=clients,
        depots=[
            pyvrp.Depot(depot.location, depot.window[0], _closing(depot.window[1]), depot.loading_seconds)
            for depot in problem.depots
        ],
        vehicle_types=types,
        distance_matrices=[metres for _, metres in matrices],  # type: ignore[arg-type]
        duration_matrices=[seconds for seconds, _ in matrices],  # type: ignore[arg-type]
        groups=groups,
    )
    clients_of: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        clients_of.setdefault(name, []).append(position)
    return _Translation(
        data,
        names,
        {name: tuple(positions) for name, positions in clients_of.items()},
        [tuple(vehicle.id for vehicle in vehicles) for vehicles in alike.values()],
    )


def _clients(problem: Problem, stop: Stop, group: int) -> list[pyvrp.Client]:
    """One client a window; those of one stop exclude each other."""
    import pyvrp

    delivery, pickup = problem.amounts(stop)
    several = len(stop.windows) > 1
    return [
        pyvrp.Client(
            location=stop.location,
            delivery=list(delivery),
            pickup=list(pickup),
            service_duration=stop.service_seconds,
            tw_early=opens,
            tw_late=_closing(closes),
            prize=stop.prize or 0,
            required=stop.prize is None and not several,
            group=group if several else None,
            name=stop.id,
        )
        for opens, closes in stop.windows
    ]


def _closing(moment: int) -> int:
    return NO_PLAN if moment >= ALWAYS else moment


def _likeness(vehicle: Vehicle) -> tuple[Any, ...]:
    return tuple(getattr(vehicle, name) for name in vehicle.__dataclass_fields__ if name not in ("id", "kind"))


def _vehicle_type(problem: Problem, vehicles: list[Vehicle], depots: Mapping[str, int], profile: int) -> Any:
    import pyvrp

    vehicle = vehicles[0]
    # Without a road there is no infeasible drive, and PyVRP is faster where nothing is bound by time.
    close = vehicle.window[1] if _has_gaps(problem, vehicle.profile) else _closing(vehicle.window[1])
    shift: dict[str, Any] = {} if vehicle.shift_seconds is None else {"shift_duration": vehicle.shift_seconds}
    way: dict[str, Any] = {} if vehicle.most_metres is None else {"max_distance": vehicle.most_metres}
    return pyvrp.VehicleType(
        num_available=len(vehicles),
        capacity=list(vehicle.capacity or (0,) * len(problem.dimensions)),
        start_depot=depots[vehicle.start_depot],
        end_depot=depots[vehicle.end_depot],
        fixed_cost=vehicle.fixed_cost,
        tw_early=vehicle.window[0],
        tw_late=close,
        unit_distance_cost=vehicle.cost_per_metre,
        unit_duration_cost=vehicle.cost_per_second,
        profile=profile,
        reload_depots=[depots[depot] for depot in vehicle.reloads_at],
        max_reloads=vehicle.most_trips - 1,
        max_overtime=vehicle.overtime_seconds if vehicle.shift_seconds is not None else 0,
        unit_overtime_cost=vehicle.overtime_cost,
        **shift,
        **way,
    )


def _has_gaps(problem: Problem, profile: str) -> bool:
    return bool((problem.matrices[profile][0] >= NO_ROAD).any()) or bool(problem.forbidden)


def _matrices(problem: Problem, profile: str, forbidden: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Seconds and metres with every way that is not there longer than any shift."""
    seconds, metres = problem.matrices[profile]
    closed = seconds >= NO_ROAD
    barred = [problem.stop_of[stop].location for stop in forbidden if stop in problem.stop_of]
    if not closed.any() and not barred:
        return seconds, metres
    # Large enough for every window, and small enough not to drown the penalties of other faults.
    never = 1 + max(vehicle.window[1] for vehicle in problem.vehicles)
    seconds, metres = np.where(closed, never, seconds), np.where(closed, metres[~closed].max(initial=0), metres)
    if barred:
        seconds[barred, :] = never
        seconds[:, barred] = never
        np.fill_diagonal(seconds, 0)
    return seconds, metres


def _initial(problem: Problem, translation: _Translation, start: Sequence[VisitOrder]) -> Any:
    """The routes to begin from in PyVRP's terms; None where there are none or a stop that must be served is missing."""
    import pyvrp

    if not start:
        return None
    type_of = {vehicle: kind for kind, vehicles in enumerate(translation.vehicles_of_type) for vehicle in vehicles}
    depots = {depot.id: position for position, depot in enumerate(problem.depots)}
    routes, served = [], set()
    for order in start:
        if order.vehicle not in type_of:
            continue
        reloads = problem.vehicle_of[order.vehicle].reloads_at
        activities = []
        for step in order.steps:
            if isinstance(step, tuple):
                if step[0] in reloads:
                    activities.append(pyvrp.Activity(pyvrp.ActivityType.DEPOT, depots[step[0]]))
            elif step in translation.clients_of_stop and step not in served:
                served.add(step)
                activities.append(pyvrp.Activity(pyvrp.ActivityType.CLIENT, translation.clients_of_stop[step][0]))
        if activities:
            routes.append(pyvrp.Route(translation.data, activities, type_of[order.vehicle]))
    return pyvrp.Solution(translation.data, routes)


def _orders(problem: Problem, translation: _Translation, best: pyvrp.Solution) -> tuple[VisitOrder, ...]:
    free = [list(vehicles) for vehicles in translation.vehicles_of_type]
    orders = []
    for route in best.routes():
        steps: list[Step] = []
        for activity in list(route)[1:-1]:
            if activity.is_depot():
                steps.append((problem.depots[activity.idx].id,))
            else:
                steps.append(translation.stop_of_client[activity.idx])
        orders.append(VisitOrder(free[route.vehicle_type()].pop(0), tuple(steps)))
    return tuple(orders)
