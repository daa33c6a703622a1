"""Which areas a budget reaches: geographic targeting as a knapsack, and how a plan scores. Estimates nothing.

Everybody in a reached area gets the benefit, so a plan misses poor people elsewhere (exclusion error) and reaches
people who are not poor (inclusion error); Coady, Grosh and Hoddinott 2004, Targeting of Transfers (World Bank).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

# A share of an area is planned in steps of a thousandth.
SHARE_STEPS = 1000


@dataclass(frozen=True)
class Allocation:
    """The share of each area that is reached, (n,) in [0, 1], and how good the solver knows it to be.

    Attributes:
        share: 0 or 1 where areas are taken whole.
        status: optimal, within the gap that was asked for.
        gap: (bound - objective) / bound, 0 at the optimum.
    """

    share: np.ndarray
    status: str
    gap: float


def allocate(
    need: Iterable[float], cost: Iterable[float], budget: float, *, whole: bool = True, gap: float = 1e-5
) -> Allocation:
    """The shares that reach most need within a budget (SCIP where areas are whole, a linear programme where not).

    Args:
        need: (n,) people in need, not negative; the robust plan is that of the lower bounds, which are the worst case
            of a box of intervals (Soyster 1973, Operations Research 21:1154-1157).
        cost: (n,) what the whole area costs, not negative.
        budget: not negative, in the unit of the cost.
        whole: areas are taken whole or not at all.
        gap: share of the best possible need at which the search for whole areas may end.

    Raises:
        ValueError: lengths that differ, or a figure that is missing or negative.
        RuntimeError: the solver found no plan, which an empty plan always is.
    """
    wanted, price = np.asarray(list(need), dtype=np.float64), np.asarray(list(cost), dtype=np.float64)
    if wanted.shape != price.shape or not budget >= 0:
        raise ValueError(f"{len(wanted)} needs, {len(price)} costs and a budget of {budget}.")
    if not (np.isfinite(wanted) & np.isfinite(price) & (wanted >= 0) & (price >= 0)).all():
        raise ValueError("Needs and costs are known and not negative.")
    if not len(wanted):
        return Allocation(np.zeros(0), "optimal", 0.0)
    return _whole_areas(wanted, price, budget, gap) if whole else _shares(wanted, price, budget)


def _whole_areas(need: np.ndarray, cost: np.ndarray, budget: float, gap: float) -> Allocation:
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("SCIP")
    # In budgets, and a little below one, so that the solver's tolerance never exceeds the budget.
    unit = max(budget, 1e-9)
    affordable = cost <= budget
    limit = solver.Constraint(0.0, 1 - 1e-6)
    aim = solver.Objective()
    aim.SetMaximization()
    taken = []
    for wanted, price, possible in zip(need.tolist(), (cost / unit).tolist(), affordable.tolist(), strict=True):
        one = solver.IntVar(0, 1 if possible else 0, "")
        limit.SetCoefficient(one, min(price, 2.0))
        aim.SetCoefficient(one, wanted)
        taken.append(one)
    parameters = pywraplp.MPSolverParameters()
    parameters.SetDoubleParam(parameters.RELATIVE_MIP_GAP, gap)
    status = solver.Solve(parameters)
    if status != pywraplp.Solver.OPTIMAL:
        raise RuntimeError(f"The solver ended with status {status}.")
    reached, bound = aim.Value(), max(aim.BestBound(), aim.Value())
    share = np.array([float(one.solution_value() > 0.5) for one in taken])
    return Allocation(share, "optimal", (bound - reached) / bound if bound > 0 else 0.0)


def _shares(need: np.ndarray, cost: np.ndarray, budget: float) -> Allocation:
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    taken = [solver.NumVar(0, 1, "") for _ in need]
    solver.Add(sum(float(price) * one for price, one in zip(cost, taken, strict=True)) <= budget)
    solver.Maximize(sum(float(wanted) * one for wanted, one in zip(need, taken, strict=True)))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise RuntimeError("The solver found no optimal shares.")
    share = np.clip([one.solution_value() for one in taken], 0, 1)
    # Rounded down to what can be carried out, which also keeps the last digit within the budget.
    return Allocation(np.floor(share * SHARE_STEPS + 1e-9) / SHARE_STEPS, "optimal", 0.0)


def plan_scores(share: np.ndarray, population: np.ndarray, poor: np.ndarray) -> dict[str, float]:
    """Who a plan reaches, by figures it was not made from.

    Args:
        share: (n,) share of each area that is reached.
        population: (n,) inhabitants.
        poor: (n,) poor inhabitants, at most the population.

    Returns:
        `people_reached, poor_reached`; `exclusion_error`, the share of the poor that is not reached; and
        `inclusion_error`, the share of those reached that is not poor (NaN where there is nobody to count).
    """
    people, reached, all_poor = float(share @ population), float(share @ poor), float(poor.sum())
    return {
        "people_reached": people,
        "poor_reached": reached,
        "exclusion_error": float(np.clip(1 - reached / all_poor, 0, 1)) if all_poor > 0 else float("nan"),
        "inclusion_error": float(np.clip(1 - reached / people, 0, 1)) if people > 0 else float("nan"),
    }


def reached_gain(
    share: np.ndarray, reference: np.ndarray, poor: np.ndarray, blocks: Iterable, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """How many more poor people one plan reaches than another, with a 95 % bootstrap interval over whole blocks.

    Args:
        share: (n,) shares of the plan.
        reference: (n,) shares of the plan it is compared with.
        poor: (n,) poor inhabitants.
        blocks: (n,) block of each area, drawn with replacement; the plans stay as they are.
        draws: bootstrap samples.
        seed: seed of the draws.
    """
    by_block = pd.Series((share - reference) * poor).groupby(np.asarray(list(blocks), dtype=str)).sum().to_numpy()
    generator = np.random.default_rng(seed)
    drawn = by_block[generator.integers(len(by_block), size=(draws, len(by_block)))].sum(axis=1)
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    return float(by_block.sum()), float(lower), float(upper)
