"""Gap to the best known plans of 24 published routing instances, by engine and time. `python -m benchmarks.routing`.

The limit counts CPU seconds of one core, so a shared machine measures what an idle one would. One search of the longest
time serves the shorter ones too: its best plan after so many CPU seconds is what a shorter search would have returned.
Each finished search is a line of `<out>`; what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.figures import Figure, append_json_lines, markdown_table, report
from resources.settings import PROJECT
from socialai_assets.methods.routing.benchmark_instances import (
    SCALE,
    Instance,
    read_cordeau,
    read_solomon,
    read_vrplib,
)
from socialai_assets.methods.routing.checking import violations
from socialai_assets.methods.routing.problem import ALWAYS
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.stopping import CpuTime, Limits

DATA = PROJECT.parent / "shared" / "data" / "benchmarks" / "routing"
FAMILIES: dict[str, tuple[str, Callable[[Path], Instance], str, float]] = {
    "x": ("cvrp_x", read_vrplib, "X-n101-k25 X-n200-k36 X-n303-k21 X-n502-k39 X-n1001-k43", 1.0),
    "solomon": ("solomon", read_solomon, "C101 C201 R101 R105 R109 R112 R201 R208 RC101 RC105 RC201 RC208", 0.5),
    "mdvrp": ("cordeau_mdvrp", read_cordeau, "p01 p03 p05 p07 p08 p09 p11", 0.8),
}
SUFFIXES = {"x": ".vrp", "solomon": ".txt", "mdvrp": ".txt"}
# Distance-only figures of BKS.json that are not right. R201, RC101, RC208: better plans are found, and checked. R109:
# 1101.37 is below the proven optimum for distances cut to one decimal, 1146.9, and cutting only makes routes shorter.
CORRECTED = {"R109": 1151.84, "R201": 1147.80, "RC101": 1623.58, "RC208": 778.926}
ENGINES = ("pyvrp", "direct", "ortools")


def main() -> None:
    """Run what is missing, print the tables, append the figures."""
    arguments = _arguments()
    runs = _known(arguments.out)
    for engine, seed, family, name in _wanted(arguments):
        key = (engine, seed, name, max(arguments.seconds))
        if key in runs:
            continue
        runs[key] = {"family": family, **_run(engine, seed, family, name, max(arguments.seconds))}
        _append(arguments.out, {"engine": engine, "seed": seed, "instance": name, "seconds": key[3], **runs[key]})
        print(f"{engine} {seed} {name}: {runs[key]['gap_pct']:.2f} %", flush=True)
    rows = [{"engine": e, "seed": s, "instance": i, "seconds": t, **run} for (e, s, i, t), run in runs.items()]
    figures = summary(rows, arguments.seconds)
    print(by_instance(rows, arguments.seconds))
    print(report(figures))
    if arguments.figures:
        context = {"cores": 1, "machine": platform.machine(), "python": platform.python_version()}
        append_json_lines(arguments.figures, figures, context, datetime.now(UTC))


def gap_at(run: dict[str, Any], seconds: float) -> float | None:
    """Gap to best known in per cent of the best plan after some CPU seconds; None where there was none yet.

    The last plan's gap is by the instance's own distances; earlier ones are scaled to it by the engine's cost.
    """
    # A search that began with its best plan has no better one to note.
    history = run["history"] or [(0.0, run["cost"])]
    reached = [cost for moment, cost in history if moment <= seconds]
    if not reached:
        return None
    cost = run["cost"] * reached[-1] / history[-1][1]
    return 100 * (cost / CORRECTED.get(run["instance"], run["best_known"]) - 1)


def summary(runs: Iterable[dict[str, Any]], seconds: Sequence[float]) -> list[Figure]:
    """Mean gap by family, engine and time: over the instances, each the mean of its seeds."""
    figures, runs = [], list(runs)
    for limit in seconds:
        for engine in ENGINES:
            for family, (_, _, names, aim) in FAMILIES.items():
                mine = [run for run in runs if run["family"] == family and run["engine"] == engine]
                gaps = _by_name(mine, limit)
                if not gaps:
                    continue
                suffix = "" if engine == "pyvrp" else f"_{engine}"
                seeds = len({run["seed"] for run in mine})
                note = f"{len(gaps)} of {len(names.split())} instances, seeds: {seeds}"
                aimed = aim if engine == "pyvrp" and limit == 30 else None
                name = f"routing_gap_mean_{limit:g}s_{family}{suffix}"
                figures.append(Figure("Routing", name, mean(gaps.values()), "%", aimed, note))
    return figures


def by_instance(runs: Iterable[dict[str, Any]], seconds: Sequence[float]) -> str:
    """A table of each instance's gap in per cent, by engine and time, mean of its seeds."""
    runs = list(runs)
    columns = [(engine, limit) for engine in ENGINES for limit in seconds]
    gaps = {
        (engine, limit): _by_name([run for run in runs if run["engine"] == engine], limit) for engine, limit in columns
    }
    rows = []
    for family, (_, _, names, _) in FAMILIES.items():
        for name in names.split():
            cells = [f"{gaps[c][name]:.2f}" if name in gaps[c] else "" for c in columns]
            if any(cells):
                rows.append([family, name, *cells])
    return markdown_table(("family", "instance", *(f"{engine} {limit:g} s" for engine, limit in columns)), rows)


def _by_name(runs: Iterable[dict[str, Any]], limit: float) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for run in runs:
        gap = gap_at(run, limit)
        if gap is not None:
            found.setdefault(run["instance"], []).append(gap)
    return {name: mean(gaps) for name, gaps in found.items()}


def _run(engine: str, seed: int, family: str, name: str, seconds: float) -> dict[str, Any]:
    folder, read, _, _ = FAMILIES[family]
    instance = read(DATA / folder / f"{name}{SUFFIXES[family]}")
    best = CORRECTED.get(name, instance.best_known)
    if best is None:
        raise SystemExit(f"{name} has no best known cost beside it.")
    began = time.perf_counter()
    if engine == "direct":
        cost, history = _direct(family, name, instance, seed, seconds)
    else:
        solution = solve(instance.problem, Limits(cpu_seconds=seconds), engine=engine, seed=seed)  # type: ignore[arg-type]
        broken = violations(instance.problem, solution)
        if broken:
            raise SystemExit(f"{engine} broke a rule of {name}: {broken[0]}")
        cost, history = instance.cost(solution), [list(each) for each in solution.history]
    wall = round(time.perf_counter() - began, 1)
    return {
        "cost": cost,
        "best_known": best,
        "gap_pct": 100 * (cost / best - 1),
        "wall": wall,
        "history": history,
    }


def _direct(family: str, name: str, instance: Instance, seed: int, seconds: float) -> tuple[float, list[list[float]]]:
    """PyVRP as its own documentation calls it, with its own reader or model; none of this project's code in between."""
    import pyvrp
    from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks

    stop, began, history = CpuTime(seconds), time.thread_time(), []

    class Recorder(IteratedLocalSearchCallbacks):
        def on_best(self, best: pyvrp.Solution) -> None:
            history.append([time.thread_time() - began, best.distance_cost()])

    file = DATA / FAMILIES[family][0] / f"{name}{SUFFIXES[family]}"
    data = pyvrp.read(file, round_func="round") if family == "x" else _modelled(instance)
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=Recorder()))
    best = pyvrp.solve(data, stop, seed=seed, collect_stats=False, params=params).best
    total = 0.0
    for route in best.routes():
        way = [data.depot(a.idx).location if a.is_depot() else data.client(a.idx).location for a in route]
        total += float(instance.distances[way[:-1], way[1:]].sum())
    return total, history


def _modelled(instance: Instance) -> Any:
    """An instance that PyVRP does not read, by its modelling interface."""
    import pyvrp

    model, problem = pyvrp.Model(), instance.problem
    points = problem.coordinates
    assert points is not None
    places = [model.add_location(x, y) for x, y in points * SCALE]
    depots = {depot.id: model.add_depot(places[depot.location]) for depot in problem.depots}
    for depot in problem.depots:
        mine = [vehicle for vehicle in problem.vehicles if vehicle.start_depot == depot.id]
        shift: dict[str, Any] = {} if mine[0].shift_seconds is None else {"shift_duration": mine[0].shift_seconds}
        there = depots[depot.id]
        opens, closes = mine[0].window
        times: dict[str, Any] = {} if closes >= ALWAYS else {"tw_early": opens, "tw_late": closes}
        model.add_vehicle_type(len(mine), list(mine[0].capacity), there, there, **shift, **times)
    for stop in problem.stops:
        opens, closes = stop.windows[0]
        times: dict[str, Any] = {} if closes >= ALWAYS else {"tw_early": opens, "tw_late": closes}
        delivery, service = list(stop.delivery), stop.service_seconds
        model.add_client(places[stop.location], delivery=delivery, service_duration=service, **times)
    metres = problem.matrices["road"][1]
    for a in range(len(places)):
        for b in range(len(places)):
            model.add_edge(places[a], places[b], int(metres[a, b]), int(metres[a, b]))
    return model.data()


def _wanted(arguments: argparse.Namespace) -> Iterable[tuple[str, int, str, str]]:
    order = [(engine, seed) for seed in range(arguments.seeds) for engine in arguments.engines]
    for engine, seed in order:
        # PyVRP is drawn with several seeds; the others are there to compare with.
        if seed and engine != "pyvrp":
            continue
        for family, (_, _, names, _) in FAMILIES.items():
            for name in names.split():
                if not arguments.only or name in arguments.only or family in arguments.only:
                    yield engine, seed, family, name


def _known(file: Path) -> dict[tuple[str, int, str, float], dict[str, Any]]:
    if not file.is_file():
        return {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {(r.pop("engine"), r.pop("seed"), r.pop("instance"), r.pop("seconds")): r for r in lines}


def _append(file: Path, run: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"{json.dumps(run)}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="names of instances or families")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of PyVRP; the others run with seed 0")
    parser.add_argument("--seconds", type=float, nargs="*", default=[5.0, 30.0], help="CPU seconds to compare at")
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--out", type=Path, default=PROJECT / ".socialai" / "bench" / "routing_runs.jsonl")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    return parser.parse_args()


if __name__ == "__main__":
    main()
