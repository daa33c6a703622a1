"""The arithmetic of the routing benchmark: gaps at a time, means by family."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.routing import by_instance, gap_at, summary
from benchmarks.routing_scale import settlements
from socialai_assets.methods.routing.decomposition import solve_in_parts, violations_in_parts
from socialai_assets.methods.routing.stopping import Limits


def run(instance: str, gap: float, *, engine: str = "pyvrp", seed: int = 0) -> dict[str, Any]:
    cost = 1000 * (1 + gap / 100)
    history = [[1.0, 2 * cost], [4.0, 1.5 * cost], [20.0, cost]]
    return {
        "instance": instance, "family": "x", "engine": engine, "seed": seed, "cost": cost, "best_known": 1000.0,
        "history": history,
    }  # fmt: skip


def test_the_gap_at_a_time_is_that_of_the_best_plan_until_then() -> None:
    found = run("X-n101-k25", 10.0)
    assert gap_at(found, 0.5) is None
    assert gap_at(found, 5.0) == pytest.approx(65.0)
    assert gap_at(found, 30.0) == pytest.approx(10.0)
    assert gap_at({**found, "history": []}, 5.0) == pytest.approx(10.0)


def test_a_familys_mean_is_over_instances_of_the_mean_over_seeds() -> None:
    runs = [run("X-n101-k25", 1.0), run("X-n101-k25", 3.0, seed=1), run("X-n200-k36", 4.0)]
    runs.append(run("X-n101-k25", 9.0, engine="ortools"))
    figures = {figure.name: figure.value for figure in summary(runs, [30.0])}
    assert figures["routing_gap_mean_30s_x"] == pytest.approx(3.0)
    assert figures["routing_gap_mean_30s_x_ortools"] == pytest.approx(9.0)
    assert "| x | X-n101-k25 | 2.00 |  | 9.00 |" in by_instance(runs, [30.0])


def test_a_large_problem_is_made_and_planned() -> None:
    problem = settlements(120)
    plan = solve_in_parts(problem, Limits(iterations=60), part=40)
    assert not violations_in_parts(problem, plan, 40)
    assert not plan.unserved
