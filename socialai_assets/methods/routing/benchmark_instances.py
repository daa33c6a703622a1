"""Published routing instances as problems: VRPLIB (Uchoa's X), Solomon, Cordeau's multi-depot. Solves nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialai_assets.methods.routing.problem import ALWAYS, Depot, MatrixTravel, Problem, Stop, Vehicle
from socialai_assets.methods.routing.solution import Solution

# Instances whose distances are not rounded are solved in thousandths.
SCALE = 1000


@dataclass(frozen=True)
class Instance:
    """A published instance.

    Attributes:
        distances: (n, n) as the instance's own rule has them, for the cost that is compared.
        best_known: published cost, or None.
    """

    name: str
    problem: Problem
    distances: NDArray[np.float64]
    best_known: float | None

    def cost(self, solution: Solution) -> float:
        """The length of all routes by the instance's own distances.

        Raises:
            ValueError: the plan leaves stops out.
        """
        if solution.unserved:
            raise ValueError(f"{self.name}: {len(solution.unserved)} stops are left out.")
        total = 0.0
        for route in solution.routes:
            vehicle = self.problem.vehicle_of[route.vehicle]
            ends = [self.problem.depot_of[depot].location for depot in (vehicle.start_depot, vehicle.end_depot)]
            way = [ends[0], *(self.problem.stop_of[stop].location for stop in route.stops), ends[1]]
            total += float(self.distances[way[:-1], way[1:]].sum())
        return total


def read_vrplib(file: Path) -> Instance:
    """A capacitated instance in VRPLIB format, as many vehicles as stops; the best known cost from `<name>.sol`.

    Raises:
        ValueError: the file lacks a section, or has no distances that VRPLIB can compute.
    """
    import vrplib

    found = _read(file, "vrplib")
    try:
        distances, demands = np.asarray(found["edge_weight"]), np.asarray(found["demand"])
        capacity, points = int(found["capacity"]), np.asarray(found["node_coord"], dtype=float)
    except KeyError as error:
        raise ValueError(f"{file} has no section {error}.") from error
    # TSPLIB's EUC_2D rounds to the nearest whole number.
    rounded = np.floor(distances + 0.5)
    depot = int(np.asarray(found["depot"]).ravel()[0])
    stops = [Stop(str(i), i, (int(demands[i]),)) for i in range(len(demands)) if i != depot]
    vehicles = _fleet("0", capacity, len(stops))
    problem = _problem((Depot("0", depot),), stops, vehicles, rounded.astype(np.int64), points)
    best = file.with_suffix(".sol")
    cost = vrplib.read_solution(best)["cost"] if best.is_file() else None
    return Instance(file.stem, problem, rounded, cost)


def read_solomon(file: Path) -> Instance:
    """A Solomon instance (hard time windows) whose aim is distance alone; double precision.

    Raises:
        ValueError: the file is not in Solomon's format.
    """
    found = _read(file, "solomon")
    points, windows = np.asarray(found["node_coord"], dtype=float), np.asarray(found["time_window"])
    distances = np.asarray(found["edge_weight"], dtype=float)
    scaled = [(int(opens) * SCALE, int(closes) * SCALE) for opens, closes in windows]
    stops = [
        Stop(str(i), i, (int(found["demand"][i]),), (), int(found["service_time"][i]) * SCALE, (scaled[i],))
        for i in range(1, len(points))
    ]
    vehicles = _fleet("0", int(found["capacity"]), int(found["vehicles"]), window=scaled[0])
    problem = _problem((Depot("0", 0, scaled[0]),), stops, vehicles, _scaled(distances), points)
    return Instance(file.stem, problem, distances, _best_known(file, f"{file.stem}_distance"))


def read_cordeau(file: Path) -> Instance:
    """A multi-depot instance of Cordeau (1997, Networks 30:105-119), a limited fleet in each depot; double precision.

    Raises:
        ValueError: the file is not a multi-depot instance (type 2), or a line is short.
    """
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    kind, fleet, customers, depots = (int(figure) for figure in lines[0])
    if kind != 2 or len(lines) != 1 + 2 * depots + customers:
        raise ValueError(f"{file} is not a multi-depot instance: type {kind}, {len(lines)} lines.")
    limits, rows = lines[1 : 1 + depots], lines[1 + depots :]
    # Depots come last in the file and first in the problem.
    rows = rows[customers:] + rows[:customers]
    points = np.array([[float(row[1]), float(row[2])] for row in rows])
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    stops = [
        Stop(row[0], depots + i, (int(float(row[4])),), (), round(float(row[3]) * SCALE))
        for i, row in enumerate(rows[depots:])
    ]
    vehicles = []
    for depot, (longest, capacity) in enumerate(limits):
        shift = round(float(longest) * SCALE) or None
        vehicles += _fleet(str(depot), int(float(capacity)), fleet, shift_seconds=shift)
    places = tuple(Depot(str(depot), depot) for depot in range(depots))
    problem = _problem(places, stops, vehicles, _scaled(distances), points)
    return Instance(file.stem, problem, distances, _best_known(file, file.stem))


def _read(file: Path, form: str) -> dict[str, Any]:
    import vrplib

    try:
        return vrplib.read_instance(file, instance_format=form)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"{file} is not an instance in the format {form}: {error}") from error


def _scaled(distances: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.round(distances * SCALE).astype(np.int64)


def _fleet(depot: str, capacity: int, number: int, **limits: Any) -> list[Vehicle]:
    return [Vehicle(f"{depot}-{n}", depot, depot, (capacity,), **limits) for n in range(number)]


def _problem(
    depots: tuple[Depot, ...],
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle],
    distances: NDArray[np.int64],
    points: NDArray[np.float64],
) -> Problem:
    assert distances.max(initial=0) < ALWAYS
    travel = {"road": MatrixTravel(distances, distances, "benchmark")}
    return Problem(depots, tuple(stops), tuple(vehicles), travel, coordinates=points)


def _best_known(file: Path, name: str) -> float | None:
    published = file.with_name("BKS.json")
    if not published.is_file():
        return None
    return json.loads(published.read_text(encoding="utf-8")).get(name, {}).get("best_known_cost")
