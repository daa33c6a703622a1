"""A part of a problem as a problem of its own: some stops and vehicles, travel between their places only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from socialai_assets.methods.routing.problem import MatrixTravel, Problem


def subset(problem: Problem, stops: Iterable[str], vehicles: Iterable[str]) -> Problem:
    """The problem with some stops and vehicles and the depots these use, in the problem's order.

    Raises:
        ValueError: only one stop of a shipment is among them.
    """
    wanted, used = set(stops), set(vehicles)
    fleet = tuple(vehicle for vehicle in problem.vehicles if vehicle.id in used)
    needed = {d for v in fleet for d in (v.start_depot, v.end_depot, *v.reload_depots)}
    places = tuple(depot for depot in problem.depots if depot.id in needed)
    kept = tuple(stop for stop in problem.stops if stop.id in wanted)
    locations = np.array(sorted({place.location for place in (*places, *kept)}), dtype=np.int64)
    position = {int(location): number for number, location in enumerate(locations)}
    profiles = {vehicle.profile for vehicle in fleet}
    travel = {
        name: MatrixTravel(*travel.square(locations), travel.source)
        for name, travel in problem.travel.items()
        if name in profiles
    }
    return Problem(
        tuple(replace(depot, location=position[depot.location]) for depot in places),
        tuple(replace(stop, location=position[stop.location]) for stop in kept),
        fleet,
        travel,
        problem.dimensions,
        {vehicle: frozenset(wanted & barred) for vehicle, barred in problem.forbidden.items() if vehicle in used},
        None if problem.coordinates is None else problem.coordinates[locations],
        tuple(shipment for shipment in problem.shipments if wanted & {shipment.pickup, shipment.delivery}),
    )
