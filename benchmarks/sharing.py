"""Processor seconds of sharing a stock, by objective and size: `python -m benchmarks.sharing`.

Sites are settlements of the sample country, each within reach of its two nearest depots; three items, four weeks,
twelve scenarios of demand, minimum needs of half of a reliable week, and three quarters of the demand expected in
stock, some of it on order and some that expires. Every plan is checked independently before its seconds count.
"""

from __future__ import annotations

import argparse
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, append_json_lines, markdown_table
from socialai_assets.methods.allocation.checker import violations
from socialai_assets.methods.allocation.frames import checkable
from socialai_assets.methods.allocation.planning import OBJECTIVES, Planner, Terms
from socialai_assets.methods.allocation.problem import AllocationProblem

SIZES = (250, 500, 1000, 2000)
ITEMS, WEEKS, SCENARIOS, SITES_A_DEPOT = 3, 4, 12, 125
SECONDS = 600.0


def main() -> None:
    """Plan each size by each objective, check the plan, print the table, append the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--objectives", nargs="*", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument("--stock", type=float, default=0.75, help="stock as a share of the demand expected")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    arguments = parser.parse_args()
    rows, figures = [], []
    for size in arguments.sizes:
        problem = settlements(size, arguments.stock)
        began = time.process_time()
        planner = Planner(problem, Terms(seconds=SECONDS))
        common = time.process_time() - began
        for objective in arguments.objectives:
            began = time.process_time()
            plan = planner.plan(objective)
            seconds = common + time.process_time() - began
            broken = violations(**checkable(problem, plan))
            if broken:
                raise SystemExit(f"The plan of {size} sites by {objective} breaks a rule: {broken[0]}")
            rows.append(
                (f"{size:,}", str(len(problem.depots)), objective, plan.status, f"{seconds:.1f}",
                 f"{plan.least_coverage:.4f}", f"{plan.people_reached:,.0f}")
            )  # fmt: skip
            print(rows[-1], flush=True)
            for name, value, unit in (
                ("seconds", seconds, "s"),
                ("least_coverage", plan.least_coverage, "share"),
                ("people_reached", plan.people_reached, "people"),
            ):
                figures.append(
                    Figure("Sharing", f"sharing_{name}_{objective}_{size}", value, unit,
                           context={"stock": arguments.stock})
                )  # fmt: skip
    heads = ("sites", "depots", "objective", "status", "CPU s", "least coverage", "people reached")
    print(markdown_table(heads, rows))
    if arguments.figures:
        append_json_lines(arguments.figures, figures, {"machine": platform.machine()}, datetime.now(UTC))


def settlements(size: int, share: float, seed: int = 0) -> AllocationProblem:
    """A problem of the sample country's settlements, drawn with replacement and spread by up to two kilometres.

    Args:
        size: number of sites.
        share: stock on hand and on order as a share of the demand expected.
        seed: of all random numbers.
    """
    from scipy.cluster.vq import kmeans2

    from socialai_assets.ingest.sample.country import sample_country
    from socialai_assets.ingest.sample.settlements import places

    random = np.random.default_rng(seed)
    known = places(sample_country(1.0, seed), seed)[["longitude", "latitude"]].to_numpy(dtype=float)
    points = known[random.integers(0, len(known), size)] + random.uniform(-0.018, 0.018, (size, 2))
    depots = max(2, round(size / SITES_A_DEPOT))
    centres, _ = kmeans2(points, depots, minit="++", seed=seed)
    km = 111 * np.hypot(*(points[:, None] - centres[None]).transpose(2, 0, 1))
    nearest = np.argsort(km, axis=1)[:, :2]
    link_place, link_depot = np.repeat(np.arange(size), 2), nearest.ravel()
    people = np.clip(random.lognormal(np.log(350), 0.7, size), 60, 3000).round()
    needs, loads, volumes = np.array([0.105, 0.25, 0.0625]), np.array([1000.0, 15, 6]), np.array([1.0, 0.03, 0.02])
    level = people[:, None, None] * needs[:, None] * random.lognormal(-1, 0.3, (size, ITEMS, 1))
    common = random.lognormal(0, 0.2, (SCENARIOS, 1, ITEMS, WEEKS))
    demand = level * common * random.lognormal(0, 0.4, (SCENARIOS, size, ITEMS, WEEKS))
    own = np.zeros((depots, ITEMS))
    np.add.at(own, nearest[:, 0], demand.mean(axis=0).sum(axis=2))
    # Half is there, a quarter comes in the second week, a quarter expires after the third.
    parts = ((0.5, 0, WEEKS), (0.25, 1, WEEKS), (0.25, 0, 2))
    depot, item = (axis.ravel() for axis in np.indices(own.shape))
    unequal = random.uniform(0.6, 1.4, own.shape)
    stock = share * own * unequal * own.sum(axis=0) / (own * unequal).sum(axis=0)
    weekly = (demand.mean(axis=0).sum(axis=2) @ loads).sum() / WEEKS / depots
    return AllocationProblem(
        places=tuple(f"site{number}" for number in range(size)),
        items=("water", "food", "hygiene"),
        depots=tuple(f"depot{number}" for number in range(depots)),
        people=people,
        demand=demand,
        minimum=0.5 * np.quantile(demand, 0.8, axis=0),
        priority=random.uniform(1, 2, (SCENARIOS, size)),
        link_depot=link_depot,
        link_place=link_place,
        link_cost=2 * 0.7 * km[link_place, link_depot][:, None] * loads / 10_000,
        batch_depot=np.tile(depot, len(parts)),
        batch_item=np.tile(item, len(parts)),
        batch_quantity=np.concatenate([part * stock.ravel() for part, _, _ in parts]),
        batch_arrives=np.repeat([arrives for _, arrives, _ in parts], own.size),
        batch_expires=np.repeat([expires for _, _, expires in parts], own.size),
        weight_kg=loads,
        volume_m3=volumes,
        vehicle_kg=np.full((depots, WEEKS), 1.2 * weekly),
        vehicle_m3=np.full((depots, WEEKS), np.inf),
        storage_m3=np.full(depots, np.inf),
        budget=np.inf,
        whole=np.zeros(ITEMS, dtype=bool),
        item_weight=np.ones(ITEMS),
    )


if __name__ == "__main__":
    main()
