"""Time and cost per stop of plans of 500 to 10,000 stops of the sample country: `python -m benchmarks.routing_scale`.

Stops are settlements of the sample country with one to nine units to bring; a depot in the middle of each cluster of
about 500 stops, vehicles of 100 units with two trips. The search gets the same CPU seconds for each stop at every size.
"""

from __future__ import annotations

import argparse
import platform
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, append_json_lines, markdown_table
from socialai_assets.methods.routing.decomposition import solve_in_parts, violations_in_parts
from socialai_assets.methods.routing.problem import Depot, Problem, Stop, Vehicle
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.stopping import Limits
from socialai_assets.methods.routing.travel import GreatCircleTravel

SIZES = (500, 1000, 2000, 5000, 10_000)
STOPS_A_DEPOT, LOAD, TRIPS = 500, 100, 2
WHOLE = 1000


def main() -> None:
    """Plan each size, check it independently, print the table, append the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--seconds-a-stop", type=float, default=0.02, help="CPU seconds of search for each stop")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    arguments = parser.parse_args()
    rows, figures = [], []
    for size in arguments.sizes:
        problem = settlements(size)
        limits, began = Limits(cpu_seconds=arguments.seconds_a_stop * size), time.process_time()
        solution = solve(problem, limits) if size <= WHOLE else solve_in_parts(problem, limits)
        seconds = time.process_time() - began
        broken = violations_in_parts(problem, solution)
        if broken:
            raise SystemExit(f"The plan of {size} stops breaks a rule: {broken[0]}")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        kilometres = sum(route.metres for route in solution.routes) / 1000 / size
        rows.append(
            (f"{size:,}", str(len(problem.depots)), str(len(solution.routes)), str(len(solution.unserved)),
             f"{seconds:,.1f}", f"{1000 * seconds / size:.1f}", f"{kilometres:.2f}", f"{memory:,.0f}")
        )  # fmt: skip
        context = {"seconds_a_stop": arguments.seconds_a_stop}
        for name, value, unit in (("seconds", seconds, "s"), ("km_a_stop", kilometres, "km")):
            figures.append(Figure("Routing", f"routing_scale_{name}_{size}", value, unit, context=context))
        print(rows[-1], flush=True)
    heads = ("stops", "depots", "routes", "left out", "CPU s", "CPU ms a stop", "km a stop", "most memory so far, MB")
    print(markdown_table(heads, rows))
    if arguments.figures:
        append_json_lines(arguments.figures, figures, {"machine": platform.machine()}, datetime.now(UTC))


def settlements(size: int, seed: int = 0) -> Problem:
    """A problem of the sample country's settlements, drawn with replacement and spread by up to two kilometres."""
    from scipy.cluster.vq import kmeans2

    from socialai_assets.ingest.sample.country import sample_country
    from socialai_assets.ingest.sample.settlements import places

    random = np.random.default_rng(seed)
    known = places(sample_country(1.0, seed), seed)[["latitude", "longitude"]].to_numpy(dtype=float)
    points = known[random.integers(0, len(known), size)] + random.uniform(-0.018, 0.018, (size, 2))
    number = max(1, round(size / STOPS_A_DEPOT))
    centres, _ = kmeans2(points, number, minit="++", seed=seed)
    loads = random.integers(1, 10, size)
    coordinates = np.vstack([centres, points])
    depots = tuple(Depot(f"depot{n}", n, loading_seconds=1200) for n in range(number))
    stops = tuple(
        Stop(f"stop{n}", number + n, (int(load),), service_seconds=600, prize=10**9) for n, load in enumerate(loads)
    )
    fleet = round(3.0 * loads.sum() / LOAD / number)
    vehicles = tuple(
        Vehicle(f"{depot.id}-{n}", depot.id, depot.id, (LOAD,), window=(0, 86_400), most_trips=TRIPS, fixed_cost=50_000)
        for depot in depots
        for n in range(fleet)
    )
    return Problem(depots, stops, vehicles, {"road": GreatCircleTravel(coordinates)}, coordinates=coordinates)


if __name__ == "__main__":
    main()
