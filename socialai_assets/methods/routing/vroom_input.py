"""VROOM's JSON as a problem: its jobs, shipments, vehicles and matrices, and routes to begin from. Writes no plan.

The format is that of VROOM 1.14 (its API.md). Where ours differs: what counts per hour is the whole working day and not
only the drive, and `setup` is part of the service. Limits that the problem does not know are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from socialai_assets.methods.routing.problem import (
    ALWAYS,
    NO_ROAD,
    WHOLE_DAY,
    Break,
    Depot,
    MatrixTravel,
    Problem,
    Shipment,
    Stop,
    Travel,
    Vehicle,
    Window,
)
from socialai_assets.methods.routing.solution import Step, VisitOrder
from socialai_assets.methods.routing.solving import lone_cost
from socialai_assets.methods.routing.travel import GreatCircleTravel
from socialai_assets.methods.routing.vroom_format import (
    COST_SCALE,
    NOWHERE,
    TASKS,
    VroomRequest,
    VroomStep,
    VroomTask,
    VroomVehicle,
    stop_name,
)

TravelOf = Callable[[NDArray[np.float64]], Travel]


@dataclass(frozen=True)
class VroomProblem:
    """A problem read from VROOM's JSON.

    Attributes:
        start: routes to begin from, where vehicles have `steps`.
        zero: the time that is nought in the problem.
        places: (longitude, latitude) of each location, or None where only its index is known.
    """

    problem: Problem
    start: tuple[VisitOrder, ...]
    zero: int
    places: tuple[tuple[float, float] | None, ...]


def read(
    request: Mapping[str, Any], travel_of: TravelOf = GreatCircleTravel, plan: Mapping[str, Any] | None = None
) -> VroomProblem:
    """A problem of VROOM's input.

    Args:
        request: VROOM's input, parsed.
        travel_of: travel between points (n, 2), latitude and longitude, where the input has no matrices.
        plan: VROOM's output for this input, ours or its own, to begin from; goes before `steps` in the input.

    Raises:
        ValueError: the input is not VROOM's format, or asks for what the problem does not know; the message says where.
    """
    try:
        asked = VroomRequest.model_validate(request)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"The VROOM input is not understood at {where}: {first['msg']}.") from error
    places = _Places()
    tasks = _tasks(asked)
    zero = _earliest(asked, tasks)
    depots = _depots(asked, tasks, places)
    stops = tuple(_stop(name, task, places, zero) for name, task in tasks.items())
    travel = {_profile(v): _travel(asked, v.profile, v.speed_factor, places, travel_of) for v in asked.vehicles}
    dimensions = _dimensions(asked)
    vehicles = tuple(_vehicle(v, dimensions, zero) for v in asked.vehicles)
    forbidden = {
        str(v.id): frozenset(name for name, task in tasks.items() if not {*task.skills} <= {*v.skills})
        for v in asked.vehicles
    }
    problem = Problem(
        depots,
        stops,
        vehicles,
        travel,
        tuple(f"load {n + 1}" for n in range(dimensions)),
        {vehicle: stops for vehicle, stops in forbidden.items() if stops},
        places.coordinates(),
        tuple(
            Shipment(stop_name("pickup", each.pickup.id), stop_name("delivery", each.delivery.id), tuple(each.amount))
            for each in asked.shipments
        ),
    )
    # VROOM serves as much priority as it can before it looks at costs.
    base = 2 * lone_cost(problem) if stops else 0
    stops = tuple(replace(stop, prize=base * (1 + 100 - stop.priority)) for stop in problem.stops)
    start = (
        _orders_of(plan["routes"])
        if plan
        else _orders_of([{"vehicle": v.id, "steps": v.steps} for v in asked.vehicles])
    )
    return VroomProblem(replace(problem, stops=stops), start, zero, places.known())


class _Places:
    """The locations of a request: by index where it has matrices, else by coordinates."""

    def __init__(self) -> None:
        self._points: dict[int, tuple[float, float] | None] = {}
        self._number: dict[tuple[float, float], int] = {}

    def add(self, name: str, index: int | None, point: tuple[float, float] | None) -> int:
        if index is not None:
            self._points[index] = point or self._points.get(index)
            return index
        if point is None:
            raise ValueError(f"{name} of the VROOM input has neither a location nor an index.")
        number = self._number.setdefault(point, len(self._number))
        self._points[number] = point
        return number

    @property
    def count(self) -> int:
        return 1 + max(self._points, default=-1)

    def known(self) -> tuple[tuple[float, float] | None, ...]:
        return tuple(self._points.get(number) for number in range(self.count))

    def coordinates(self) -> NDArray[np.float64] | None:
        points = self.known()
        if any(point is None for point in points):
            return None
        # The last location is nowhere: the end of a vehicle that need not come back.
        return np.array([(point[1], point[0]) for point in points if point] + [(0.0, 0.0)])


def _tasks(asked: VroomRequest) -> dict[str, VroomTask]:
    """Jobs and both ends of shipments by the names of their stops.

    Raises:
        ValueError: two tasks of a kind have one identifier.
    """
    listed = [(stop_name("job", job.id), job) for job in asked.jobs]
    for shipment in asked.shipments:
        common = {"skills": shipment.skills, "priority": shipment.priority, "delivery": [], "pickup": []}
        listed.append((stop_name("pickup", shipment.pickup.id), shipment.pickup.model_copy(update=common)))
        listed.append((stop_name("delivery", shipment.delivery.id), shipment.delivery.model_copy(update=common)))
    tasks: dict[str, VroomTask] = {}
    for name, task in listed:
        if name in tasks:
            raise ValueError(f"The task {name!r} comes more than once in the VROOM input.")
        tasks[name] = task
    return tasks


def _earliest(asked: VroomRequest, tasks: Mapping[str, VroomTask]) -> int:
    """The time that is nought in the problem: the earliest in the request."""
    windows = [v.time_window for v in asked.vehicles if v.time_window]
    windows += [window for task in tasks.values() for window in task.time_windows]
    windows += [window for v in asked.vehicles for each in v.breaks for window in each.time_windows]
    return min((opens for opens, _ in windows), default=0)


def _dimensions(asked: VroomRequest) -> int:
    amounts = [v.capacity for v in asked.vehicles] + [shipment.amount for shipment in asked.shipments]
    amounts += [amount for job in asked.jobs for amount in (job.delivery, job.pickup)]
    return max(1, *(len(amount) for amount in amounts))


def _depots(asked: VroomRequest, tasks: Mapping[str, VroomTask], places: _Places) -> tuple[Depot, ...]:
    found: dict[str, Depot] = {}
    for vehicle in asked.vehicles:
        if vehicle.start is None and vehicle.start_index is None and vehicle.end is None and vehicle.end_index is None:
            raise ValueError(f"Vehicle {vehicle.id} of the VROOM input has neither a start nor an end.")
        starts = (_depot_name(vehicle.start_index, vehicle.start), vehicle.start_index, vehicle.start)
        ends = (_depot_name(vehicle.end_index, vehicle.end), vehicle.end_index, vehicle.end)
        for name, index, point in (starts, ends):
            if name != NOWHERE:
                found[name] = Depot(name, places.add(name, index, point))
    for name, task in tasks.items():
        places.add(_spoken(name), task.location_index, task.location)
    return (*found.values(), Depot(NOWHERE, places.count))


def _depot_name(index: int | None, point: tuple[float, float] | None) -> str:
    return NOWHERE if index is None and point is None else str(index if index is not None else point)


def _spoken(name: str) -> str:
    return name.capitalize() if " " in name else f"Job {name}"


def _stop(name: str, task: VroomTask, places: _Places, zero: int) -> Stop:
    location = places.add(_spoken(name), task.location_index, task.location)
    windows = tuple((opens - zero, closes - zero) for opens, closes in task.time_windows) or (WHOLE_DAY,)
    seconds = task.setup + task.service
    # Engines need a prize to leave a stop out; what it is worth is known with the whole problem.
    return Stop(name, location, tuple(task.delivery), tuple(task.pickup), seconds, windows, 0, 100 - task.priority)


def _vehicle(vehicle: VroomVehicle, dimensions: int, zero: int) -> Vehicle:
    window = WHOLE_DAY
    if vehicle.time_window is not None:
        window = (vehicle.time_window[0] - zero, vehicle.time_window[1] - zero)
    breaks = [Break(_since(each.time_windows[0], zero), each.service) for each in vehicle.breaks]
    return Vehicle(
        str(vehicle.id),
        _depot_name(vehicle.start_index, vehicle.start),
        _depot_name(vehicle.end_index, vehicle.end),
        # VROOM takes a vehicle without a capacity for one that carries anything.
        tuple(vehicle.capacity) or (ALWAYS,) * dimensions,
        _profile(vehicle),
        window=window,
        fixed_cost=vehicle.costs.fixed * COST_SCALE,
        cost_per_metre=vehicle.costs.per_km * COST_SCALE // 1000,
        cost_per_second=vehicle.costs.per_hour * COST_SCALE // 3600,
        most_metres=vehicle.max_distance,
        breaks=tuple(sorted(breaks, key=lambda each: each.window)),
    )


def _since(window: tuple[int, int], zero: int) -> Window:
    return window[0] - zero, window[1] - zero


def _profile(vehicle: VroomVehicle) -> str:
    return vehicle.profile if vehicle.speed_factor == 1 else f"{vehicle.profile} x{vehicle.speed_factor:g}"


def _travel(asked: VroomRequest, profile: str, factor: float, places: _Places, travel_of: TravelOf) -> MatrixTravel:
    """Travel with one location more, which is nowhere: no time and no distance from anywhere."""
    if profile in asked.matrices:
        given = asked.matrices[profile]
        seconds = np.array(given.durations, dtype=np.int64)
        metres = np.array(given.distances, dtype=np.int64) if given.distances else seconds
        source = "matrix of the request"
    else:
        points = places.coordinates()
        if points is None:
            raise ValueError(f"The VROOM input has neither a matrix for {profile!r} nor coordinates of every place.")
        travel = travel_of(points[:-1])
        seconds, metres = travel.square(np.arange(places.count))
        source = travel.source
    if len(seconds) < places.count:
        raise ValueError(f"The matrix for {profile!r} has {len(seconds)} places, the input names {places.count}.")
    size = places.count
    padded = [np.pad(matrix[:size, :size], (0, 1)) for matrix in (seconds, metres)]
    closed = padded[0] >= NO_ROAD
    return MatrixTravel(np.where(closed, NO_ROAD, np.round(padded[0] / factor)).astype(np.int64), padded[1], source)


def _orders_of(routes: Sequence[Mapping[str, Any]]) -> tuple[VisitOrder, ...]:
    orders = []
    for route in routes:
        steps: list[Step] = []
        for step in route.get("steps", []):
            kind, name = (step.type, step.id) if isinstance(step, VroomStep) else (step.get("type"), step.get("id"))
            name = name if name is not None or isinstance(step, VroomStep) else step.get("job")
            if kind in TASKS and name is not None:
                steps.append(stop_name(kind, name))
        if steps:
            orders.append(VisitOrder(str(route["vehicle"]), tuple(steps)))
    return tuple(orders)
