"""OR-Tools' routing library as an engine: breaks and shipments too. Slower to good plans than PyVRP."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from socialai_assets.methods.routing.problem import ALWAYS, NO_ROAD, Problem
from socialai_assets.methods.routing.pyvrp_engine import NO_PLAN, Found
from socialai_assets.methods.routing.solution import Step, VisitOrder
from socialai_assets.methods.routing.stopping import Limits

# OR-Tools asks at every neighbour it looks at; so many take about as long as two iterations of PyVRP.
CHECKS = 30


@dataclass(frozen=True)
class _Node:
    """A node of the routing model: a depot at a start, an end or a reload, or a stop."""

    kind: str
    place: str
    location: int
    seconds: int


def search(problem: Problem, limits: Limits, seed: int, start: Sequence[VisitOrder] = ()) -> Found:
    """The best plan OR-Tools finds within limits; stops without a prize are all served, or nothing is found.

    The search is parallel cheapest insertion and guided local search, which are deterministic: `seed` changes nothing.

    Args:
        start: routes to begin from; what they name and the problem does not know is passed over.
    """
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    del seed
    criterion, began = limits.criterion(), time.thread_time()
    model = _Model(_with_usable_vehicles(problem))
    if model.impossible:
        return Found(None, 0, ())
    history: list[tuple[float, int]] = []
    counts = {"checks": 0, "iterations": 0, "best": NO_PLAN}

    def noted() -> None:
        cost = model.routing.CostVar().Min()
        if cost < counts["best"]:
            counts["best"] = cost
            history.append((time.thread_time() - began, cost))

    def ended() -> bool:
        counts["checks"] += 1
        if counts["checks"] % CHECKS:
            return False
        counts["iterations"] += 1
        return criterion(counts["best"])

    model.routing.AddAtSolutionCallback(noted)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    # A search that hangs in one step is cut by the clock; the criterion ends it in time otherwise.
    parameters.time_limit.FromMilliseconds(round(1000 * _longest(limits)))
    model.routing.CloseModelWithParameters(parameters)
    model.routing.AddSearchMonitor(model.routing.solver().CustomLimit(ended))
    first = model.initial(start) if start else None
    if first is None:
        solution = model.routing.SolveWithParameters(parameters)
    else:
        solution = model.routing.SolveFromAssignmentWithParameters(first, parameters)
    return Found(model.orders(solution) if solution else None, counts["iterations"], tuple(history))


def _with_usable_vehicles(problem: Problem) -> Problem:
    """The problem without vehicles whose depots are closed while they are out."""
    usable = []
    for vehicle in problem.vehicles:
        windows = [problem.depot_of[depot].window for depot in (vehicle.start_depot, vehicle.end_depot)]
        if all(max(vehicle.window[0], opens) <= min(vehicle.window[1], closes) for opens, closes in windows):
            usable.append(vehicle)
    return replace(problem, vehicles=tuple(usable))


def _whole(problem: Problem, start: Sequence[VisitOrder]) -> list[VisitOrder]:
    """The orders without the stops of shipments that are not both there, in order, on one trip."""
    found = []
    for order in start:
        trip, at = 0, {}
        for position, step in enumerate(order.steps):
            trip += isinstance(step, tuple)
            at[step] = (trip, position)
        torn = set()
        for shipment in problem.shipments:
            taken, brought = at.get(shipment.pickup), at.get(shipment.delivery)
            if taken is None or brought is None or taken[0] != brought[0] or taken[1] > brought[1]:
                torn |= {shipment.pickup, shipment.delivery}
        found.append(VisitOrder(order.vehicle, tuple(step for step in order.steps if step not in torn)))
    return found


def _longest(limits: Limits) -> float:
    given = [limit for limit in (limits.wall_seconds, limits.cpu_seconds and 20 * limits.cpu_seconds) if limit]
    return min(given, default=600.0)


class _Model:
    """The routing model of a problem: nodes are each vehicle's start and end, its reloads, and the stops."""

    def __init__(self, problem: Problem) -> None:
        from ortools.constraint_solver import pywrapcp

        self.problem = problem
        self.nodes: list[_Node] = []
        self.closed: set[str] = set()
        self.impossible = False
        starts, ends, reloads = [], [], []
        for vehicle in problem.vehicles:
            starts.append(self._depot("start", vehicle.start_depot))
            ends.append(self._depot("end", vehicle.end_depot))
        for number, vehicle in enumerate(problem.vehicles):
            for depot in vehicle.reloads_at:
                for _ in range(vehicle.most_trips - 1):
                    reloads.append((self._depot("reload", depot), number))
        first_stop = len(self.nodes)
        self.nodes += [_Node("stop", stop.id, stop.location, stop.service_seconds) for stop in problem.stops]
        self.manager = pywrapcp.RoutingIndexManager(len(self.nodes), len(problem.vehicles), starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.stops = {stop.id: self.manager.NodeToIndex(first_stop + n) for n, stop in enumerate(problem.stops)}
        self.reloads = [(self.manager.NodeToIndex(node), number) for node, number in reloads]
        self.matrices = {name: self._by_node(name) for name in {vehicle.profile for vehicle in problem.vehicles}}
        self._costs()
        self._times()
        for kind, name in enumerate(problem.dimensions):
            self._loads(kind, name)
        self._choices()
        self._shipments()

    def _depot(self, kind: str, depot: str) -> int:
        found = self.problem.depot_of[depot]
        self.nodes.append(_Node(kind, depot, found.location, 0 if kind == "end" else found.loading_seconds))
        return len(self.nodes) - 1

    def _node(self, index: int) -> _Node:
        return self.nodes[self.manager.IndexToNode(index)]

    def _by_node(self, profile: str) -> tuple[np.ndarray, np.ndarray]:
        """Seconds with service before driving, and metres, between nodes; far too long where there is no road."""
        where = np.array([node.location for node in self.nodes])
        service = np.array([node.seconds for node in self.nodes])
        seconds, metres = (matrix[np.ix_(where, where)] for matrix in self.problem.matrices[profile])
        closed = seconds >= NO_ROAD
        return np.where(closed, NO_ROAD, seconds) + service[:, None], np.where(closed, 0, metres)

    def _transit(self, matrix: np.ndarray) -> int:
        return self.routing.RegisterTransitMatrix(matrix.tolist())

    def _costs(self) -> None:
        for number, vehicle in enumerate(self.problem.vehicles):
            cost = self.matrices[vehicle.profile][1] * vehicle.cost_per_metre
            self.routing.SetArcCostEvaluatorOfVehicle(
                self._shared(cost, vehicle.profile, vehicle.cost_per_metre), number
            )
            self.routing.SetFixedCostOfVehicle(vehicle.fixed_cost, number)
        ways = [vehicle.most_metres for vehicle in self.problem.vehicles]
        if any(way is not None for way in ways):
            transits = [self._shared(self.matrices[v.profile][1], v.profile, "way") for v in self.problem.vehicles]
            most = [NO_ROAD if way is None else way for way in ways]
            self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, most, True, "way")

    def _shared(self, matrix: np.ndarray, *key: Any) -> int:
        known = self.__dict__.setdefault("_transits", {})
        if key not in known:
            known[key] = self._transit(matrix)
        return known[key]

    def _times(self) -> None:
        vehicles, solver = self.problem.vehicles, self.routing.solver()
        close = max([vehicle.window[1] for vehicle in vehicles], default=ALWAYS)
        transits = [self._shared(self.matrices[v.profile][0], v.profile, "seconds") for v in vehicles]
        self.routing.AddDimensionWithVehicleTransits(transits, close, close, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for stop, index in self.stops.items():
            if not self._open(index, self.problem.stop_of[stop].windows):
                self.closed.add(stop)
        for index, _ in self.reloads:
            if not self._open(index, (self.problem.depot_of[self._node(index).place].window,)):
                self.routing.ActiveVar(index).SetValue(0)
        service = [0] * self.routing.Size()
        for index in range(self.routing.Size()):
            service[index] = self._node(index).seconds
        for number, vehicle in enumerate(vehicles):
            for index, depot in (
                (self.routing.Start(number), vehicle.start_depot),
                (self.routing.End(number), vehicle.end_depot),
            ):
                window = self.problem.depot_of[depot].window
                self.time.CumulVar(index).SetRange(max(vehicle.window[0], window[0]), min(vehicle.window[1], window[1]))
                self.routing.AddVariableMinimizedByFinalizer(self.time.CumulVar(index))
            if vehicle.longest_seconds is not None:
                self.time.SetSpanUpperBoundForVehicle(min(close, vehicle.longest_seconds), number)
            if vehicle.cost_per_second:
                self.time.SetSpanCostCoefficientForVehicle(vehicle.cost_per_second, number)
            if vehicle.overtime_seconds and vehicle.overtime_cost and vehicle.shift_seconds is not None:
                bound = self._bound_cost(vehicle.shift_seconds, vehicle.overtime_cost)
                self.time.SetSoftSpanUpperBoundForVehicle(bound, number)
            if vehicle.breaks:
                rests = [
                    solver.FixedDurationIntervalVar(
                        rest.window[0], rest.window[1], rest.seconds, False, f"break {number} {position}"
                    )
                    for position, rest in enumerate(vehicle.breaks)
                ]
                self.time.SetBreakIntervalsOfVehicle(rests, number, service)

    @staticmethod
    def _bound_cost(bound: int, cost: int) -> Any:
        from ortools.constraint_solver import pywrapcp

        return pywrapcp.BoundCost(bound, cost)

    def _open(self, index: int, windows: Sequence[tuple[int, int]]) -> bool:
        """Keep a visit within its windows; False where no vehicle is out in any of them."""
        moment = self.time.CumulVar(index)
        opens, closes = windows[0][0], min(windows[-1][1], moment.Max())
        if opens > closes:
            return False
        moment.SetRange(opens, closes)
        for earlier, later in pairwise(windows):
            if later[0] > earlier[1] + 1:
                moment.RemoveInterval(earlier[1] + 1, later[0] - 1)
        return True

    def _loads(self, kind: int, name: str) -> None:
        """What a trip has delivered; with pickups or shipments what it still has to deliver, picked up and ships."""
        vehicles = self.problem.vehicles
        most = [vehicle.capacity[kind] if vehicle.capacity else 0 for vehicle in vehicles]
        top = max(most, default=0)
        gets, gives, ships = [0] * len(self.nodes), [0] * len(self.nodes), [0] * len(self.nodes)
        for node, place in enumerate(self.nodes):
            if place.kind == "stop":
                delivery, pickup = self.problem.amounts(self.problem.stop_of[place.place])
                gets[node], gives[node] = delivery[kind], pickup[kind]
                ships[node] = self.problem.shipped(place.place)[kind]
        if not any(gives) and not any(ships):
            self._load_dimension(self._emptied(gets, top), most, f"{name} delivered", start_empty=True)
            return
        parts = [self._load_dimension([-amount for amount in gets], most, f"{name} to deliver", start_empty=False)]
        if any(gives):
            parts.append(self._load_dimension(self._emptied(gives, top), most, f"{name} picked up", start_empty=True))
        if any(ships):
            parts.append(self._load_dimension(ships, most, f"{name} shipped", start_empty=True))
            self._none_left(parts[-1])
        solver = self.routing.solver()
        for index in [*self.stops.values(), *(self.routing.End(number) for number in range(len(vehicles)))]:
            # A stop left out has the vehicle -1, which carries anything.
            room = solver.Element([2 * top, *most], self.routing.VehicleVar(index) + 1)
            solver.Add(solver.Sum([part.CumulVar(index) for part in parts]) <= room)

    def _none_left(self, dimension: Any) -> None:
        """What is counted stands at nought when a trip ends, and nothing comes in beside the stops."""
        ends = [self.routing.End(number) for number in range(len(self.problem.vehicles))]
        for index, _ in self.reloads:
            dimension.SlackVar(index).SetValue(0)
        for index in [*(index for index, _ in self.reloads), *ends]:
            dimension.CumulVar(index).SetValue(0)

    def _shipments(self) -> None:
        """Both stops of a shipment by one vehicle, in order, within one trip; or neither."""
        solver = self.routing.solver()
        for shipment in self.problem.shipments:
            pickup, delivery = self.stops[shipment.pickup], self.stops[shipment.delivery]
            self.routing.AddPickupAndDelivery(pickup, delivery)
            # A stop left out has the vehicle -1.
            solver.Add(self.routing.VehicleVar(pickup) == self.routing.VehicleVar(delivery))
            solver.Add(self.time.CumulVar(pickup) <= self.time.CumulVar(delivery))
        if self.problem.shipments and self.reloads:
            change = [0] * len(self.nodes)
            for shipment in self.problem.shipments:
                change[self.manager.IndexToNode(self.stops[shipment.pickup])] = 1
                change[self.manager.IndexToNode(self.stops[shipment.delivery])] = -1
            most = [len(self.problem.shipments)] * len(self.problem.vehicles)
            self._none_left(self._load_dimension(change, most, "shipments aboard", start_empty=True))

    def _emptied(self, change: list[int], top: int) -> list[int]:
        """The same changes of load, with whatever is aboard taken off at a reload (its slack makes up the rest)."""
        emptied = list(change)
        for index, _ in self.reloads:
            emptied[self.manager.IndexToNode(index)] = -top
        return emptied

    def _load_dimension(self, change: list[int], most: list[int], name: str, *, start_empty: bool) -> Any:
        transit = self.routing.RegisterUnaryTransitVector(change)
        self.routing.AddDimensionWithVehicleCapacity(transit, max(most, default=0), most, start_empty, name)
        dimension = self.routing.GetDimensionOrDie(name)
        for index in self.stops.values():
            dimension.SlackVar(index).SetValue(0)
        for number in range(len(most)):
            dimension.SlackVar(self.routing.Start(number)).SetValue(0)
        return dimension

    def _choices(self) -> None:
        """Which stops and reloads may be left out, and which vehicles may go where."""
        for stop, index in self.stops.items():
            prize = self.problem.stop_of[stop].prize
            allowed = [n for n, vehicle in enumerate(self.problem.vehicles) if self.problem.may_serve(vehicle.id, stop)]
            if stop in self.closed or not allowed:
                self.impossible |= prize is None
                if prize is not None:
                    self.routing.AddDisjunction([index], prize)
                    self.routing.ActiveVar(index).SetValue(0)
                continue
            if prize is not None:
                self.routing.AddDisjunction([index], prize)
            if len(allowed) < len(self.problem.vehicles):
                self.routing.VehicleVar(index).SetValues([-1, *allowed] if prize is not None else allowed)
        for index, number in self.reloads:
            self.routing.AddDisjunction([index], 0)
            self.routing.VehicleVar(index).SetValues([-1, number])
        for number, vehicle in enumerate(self.problem.vehicles):
            if len(vehicle.reloads_at) > 1:
                mine = [self.routing.ActiveVar(index) for index, owner in self.reloads if owner == number]
                self.routing.solver().Add(self.routing.solver().Sum(mine) <= vehicle.most_trips - 1)

    def initial(self, start: Sequence[VisitOrder]) -> Any:
        """An assignment of the routes to begin from, or None where they do not fit the problem."""
        numbers = {vehicle.id: number for number, vehicle in enumerate(self.problem.vehicles)}
        routes: list[list[int]] = [[] for _ in numbers]
        for order in _whole(self.problem, start):
            if order.vehicle not in numbers:
                continue
            number = numbers[order.vehicle]
            free = [index for index, owner in self.reloads if owner == number]
            for step in order.steps:
                if isinstance(step, tuple):
                    here = [index for index in free if self._node(index).place == step[0]]
                    if here:
                        routes[number].append(here[0])
                        free.remove(here[0])
                elif step in self.stops:
                    routes[number].append(self.stops[step])
        return self.routing.ReadAssignmentFromRoutes(routes, True)

    def orders(self, solution: Any) -> tuple[VisitOrder, ...]:
        """The order of every used vehicle; reloads without a stop after or before them are passed over."""
        found = []
        for number, vehicle in enumerate(self.problem.vehicles):
            trips: list[list[Step]] = [[]]
            index = self.routing.Start(number)
            while not self.routing.IsEnd(index):
                index = solution.Value(self.routing.NextVar(index))
                node = self._node(index)
                if node.kind == "stop":
                    trips[-1].append(node.place)
                elif node.kind == "reload":
                    trips.append([(node.place,)])
            if any(isinstance(step, str) for trip in trips for step in trip):
                used = [trip for n, trip in enumerate(trips) if n == 0 or len(trip) > 1]
                found.append(VisitOrder(vehicle.id, tuple(step for trip in used for step in trip)))
        return tuple(found)
