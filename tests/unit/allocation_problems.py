"""Problems that the tests of sharing a stock are made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from socialai_assets.methods.allocation.planning import Terms
from socialai_assets.methods.allocation.problem import AllocationProblem

EXACT = Terms(segments=12)


def one_depot(needs: list[float], stock: float, **changes: object) -> AllocationProblem:
    """Places with certain demand for one item in one period, all linked to one depot; people are the demand."""
    wanted = np.array(needs, dtype=float)
    places = len(wanted)
    problem = AllocationProblem(
        places=tuple(f"place{number}" for number in range(places)),
        items=("water",),
        depots=("depot",),
        people=wanted,
        demand=wanted.reshape(1, places, 1, 1),
        minimum=np.zeros((places, 1, 1)),
        priority=np.ones(places),
        link_depot=np.zeros(places, dtype=int),
        link_place=np.arange(places),
        link_cost=np.ones((places, 1)),
        batch_depot=np.array([0]),
        batch_item=np.array([0]),
        batch_quantity=np.array([float(stock)]),
        batch_arrives=np.array([0]),
        batch_expires=np.array([9]),
        weight_kg=np.array([1000.0]),
        volume_m3=np.array([1.0]),
        vehicle_kg=np.full((1, 1), np.inf),
        vehicle_m3=np.full((1, 1), np.inf),
        storage_m3=np.array([np.inf]),
        budget=np.inf,
        whole=np.array([False]),
        item_weight=np.array([1.0]),
    )
    return replace(problem, **changes)


def drawn_problem(seed: int) -> AllocationProblem:
    """A problem with every kind of limit, each there or not by chance."""
    draw = np.random.default_rng(seed)
    places, items, periods, depots, scenarios = (int(draw.integers(1, top)) for top in (7, 3, 4, 4, 5))
    people = draw.integers(0, 500, places).astype(float)
    base = people[:, None, None] * draw.uniform(0, 0.3, (places, items, periods))
    demand = base * draw.lognormal(0, 0.5, (scenarios, places, items, periods))
    linked = draw.random((depots, places)) < 0.7
    link_depot, link_place = np.nonzero(linked)
    batches = int(draw.integers(0, 9))
    arrives = draw.integers(0, periods, batches)
    scale = float(demand.mean(axis=0).sum()) / max(batches, 1) * draw.uniform(0.1, 1.5)

    def limits(shape: tuple[int, ...], top: float) -> np.ndarray:
        return np.where(draw.random(shape) < 0.4, draw.uniform(0, top, shape), np.inf)

    load = float(demand.mean(axis=0).sum()) / periods
    return AllocationProblem(
        places=tuple(f"place{number}" for number in range(places)),
        items=tuple(f"item{number}" for number in range(items)),
        depots=tuple(f"depot{number}" for number in range(depots)),
        people=people,
        demand=demand,
        minimum=np.quantile(demand, 0.7, axis=0) * draw.uniform(0, 0.8) * (draw.random(base.shape) < 0.7),
        priority=draw.uniform(0, 2, (scenarios, places)),
        link_depot=link_depot,
        link_place=link_place,
        link_cost=draw.uniform(0, 3, (len(link_depot), items)),
        batch_depot=draw.integers(0, depots, batches),
        batch_item=draw.integers(0, items, batches),
        batch_quantity=draw.uniform(0, 2, batches) * scale,
        batch_arrives=arrives,
        batch_expires=arrives + draw.integers(0, periods + 1, batches),
        weight_kg=draw.uniform(0, 5, items),
        volume_m3=draw.uniform(0, 1, items),
        vehicle_kg=limits((depots, periods), 3 * load),
        vehicle_m3=limits((depots, periods), load),
        storage_m3=limits((depots,), load),
        budget=float(limits((1,), 2 * load)[0]),
        whole=draw.random(items) < 0.2,
        item_weight=draw.uniform(0.1, 1, items),
    )
