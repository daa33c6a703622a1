"""Random routing problems with every constraint, as hypothesis strategies. Solves and checks nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from socialai_assets.methods.routing.problem import (
    NO_ROAD,
    Break,
    Depot,
    MatrixTravel,
    Problem,
    Shipment,
    Stop,
    Vehicle,
    Window,
)

DAY = 12 * 3600


@st.composite
def problems(
    draw: st.DrawFn, *, fewest: int = 5, most: int = 60, breaks: bool | None = None, shipments: bool = False
) -> Problem:
    """A problem of 5 to 60 stops; which constraints bind is drawn, the figures come of a drawn seed."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.integers(fewest, most))
    dimensions = draw(st.integers(1, 3))
    depots = draw(st.integers(1, 3))
    kinds = {name: draw(st.booleans()) for name in ("windows", "pickups", "trips", "shift", "forbid", "roads", "must")}
    resting = draw(st.booleans()) if breaks is None else breaks
    points = random.uniform(0, 40_000, (depots + number, 2))
    metres = np.linalg.norm(points[:, None] - points[None], axis=2).astype(np.int64)
    seconds = (metres / random.uniform(6, 14)).astype(np.int64)
    if kinds["roads"]:
        closed = random.random(metres.shape) < 0.15
        island = random.integers(depots, depots + number)
        closed[island, :] = closed[:, island] = True
        np.fill_diagonal(closed, False)
        seconds, metres = np.where(closed, NO_ROAD, seconds), np.where(closed, NO_ROAD, metres)
    stops = tuple(_stop(random, i, depots + i, dimensions, kinds) for i in range(number))
    places = tuple(
        Depot(
            f"d{i}",
            i,
            (int(random.integers(0, 7200)), int(random.integers(DAY - 7200, DAY))),
            int(random.choice([0, 900])),
        )
        for i in range(depots)
    )
    fleet = draw(st.integers(1, 6))
    vehicles = tuple(_vehicle(random, i, depots, dimensions, kinds, resting) for i in range(fleet))
    forbidden = {}
    if kinds["forbid"]:
        for vehicle in vehicles:
            forbidden[vehicle.id] = frozenset(stop.id for stop in stops if random.random() < 0.2)
    problem = Problem(
        places,
        stops,
        vehicles,
        {"road": MatrixTravel(seconds, metres)},
        tuple(f"load {kind}" for kind in range(dimensions)),
        forbidden,
        points,
    )
    return _with_shipments(random, problem) if shipments else problem


def _with_shipments(random: np.random.Generator, problem: Problem) -> Problem:
    """The problem with up to half of its stops in shipments; most of these have nothing to do with a depot."""
    picked = random.permutation(len(problem.stops))
    pairs = int(random.integers(1, len(picked) // 4 + 2))
    stops, shipments = list(problem.stops), []
    for pickup, delivery in picked[: 2 * pairs].reshape(-1, 2):
        for number in (pickup, delivery):
            if random.random() < 0.8:
                stops[number] = replace(stops[number], delivery=(), pickup=())
        stops[delivery] = replace(stops[delivery], prize=stops[pickup].prize)
        amount = tuple(int(units) for units in random.integers(0, 40, len(problem.dimensions)))
        shipments.append(Shipment(stops[pickup].id, stops[delivery].id, amount))
    return replace(problem, stops=tuple(stops), shipments=tuple(shipments))


def _stop(random: np.random.Generator, number: int, location: int, dimensions: int, kinds: dict[str, bool]) -> Stop:
    delivery = tuple(int(amount) for amount in random.integers(0, 30, dimensions))
    pickup = tuple(int(amount) for amount in random.integers(0, 15, dimensions)) if kinds["pickups"] else ()
    required = kinds["must"] and random.random() < 0.3
    return Stop(
        f"s{number}",
        location,
        delivery,
        pickup,
        int(random.integers(0, 1200)),
        _windows(random) if kinds["windows"] else ((0, DAY),),
        None if required else int(random.choice([10, 100_000, 10_000_000])),
    )


def _windows(random: np.random.Generator) -> tuple[Window, ...]:
    moments = sorted({int(moment) for moment in random.integers(0, DAY, 2 * int(random.integers(1, 3)))})
    moments = moments[: len(moments) // 2 * 2] or [0, DAY]
    return tuple((opens, closes) for opens, closes in list(pairwise(moments))[::2])


def _vehicle(
    random: np.random.Generator, number: int, depots: int, dimensions: int, kinds: dict[str, bool], resting: bool
) -> Vehicle:
    start = f"d{random.integers(depots)}"
    end = start if random.random() < 0.7 else f"d{random.integers(depots)}"
    shift = int(random.integers(2, 10)) * 3600 if kinds["shift"] else None
    overtime = int(random.choice([0, 3600])) if shift else 0
    breaks = ()
    if resting:
        first = int(random.integers(3 * 3600, 6 * 3600))
        breaks = (Break((first, first + int(random.integers(0, 5400))), int(random.choice([900, 2700]))),)
        if random.random() < 0.3:
            breaks += (Break((first + 9000, first + 12_600), 900),)
    return Vehicle(
        f"v{number}",
        start,
        end,
        tuple(int(capacity) for capacity in random.integers(20, 150, dimensions)),
        kind=str(random.choice(["truck", "van"])),
        window=(int(random.integers(0, 3600)), int(random.integers(DAY - 7200, DAY))),
        shift_seconds=shift,
        overtime_seconds=overtime,
        overtime_cost=5 if overtime else 0,
        fixed_cost=int(random.choice([0, 5000])),
        cost_per_second=int(random.choice([0, 2])),
        most_trips=int(random.integers(2, 4)) if kinds["trips"] else 1,
        reload_depots=(f"d{random.integers(depots)}",) if random.random() < 0.3 else (),
        most_metres=150_000 if random.random() < 0.2 else None,
        breaks=breaks,
    )
