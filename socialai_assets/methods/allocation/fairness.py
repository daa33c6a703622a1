"""What fairness costs, and who gains and loses by it. Makes its plans with `planning`.

The price of fairness is the share of people that a fairer plan does not reach and the most efficient one would
(Bertsimas, Farias and Trichakis 2011, The Price of Fairness, Operations Research 59:17-31).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.planning import PEOPLE

if TYPE_CHECKING:
    from socialai_assets.methods.allocation.planning import Planner
    from socialai_assets.methods.allocation.problem import AllocationProblem, Plan


def price_of_fairness(efficient: float, fair: float) -> float:
    """Share of the people reached by the efficient plan that the fair one does not reach, within [0, 1]."""
    return float(np.clip(1 - fair / efficient, 0.0, 1.0)) if efficient > 0 else 0.0


def fairness_curve(planner: Planner, shares: Sequence[float]) -> pd.DataFrame:
    """People reached as every place is guaranteed more: from no guarantee to the highest that all can have.

    Each step has fewer plans to choose from than the one before, so that the price never falls.

    Args:
        planner: of the problem.
        shares: of the highest floor, ascending, in [0, 1].

    Returns:
        share_of_floor, least_coverage, people_reached, price_of_fairness, gini (of coverage among people), cost.

    Raises:
        ValueError: shares that do not ascend within [0, 1].
    """
    if list(shares) != sorted(shares) or not all(0 <= share <= 1 for share in shares):
        raise ValueError(f"Shares ascend within [0, 1]; given are {list(shares)}.")
    floors = planner.floors(rounds=1)
    efficient = planner.plan(PEOPLE)
    rows, most = [], efficient.people_reached
    for share in shares:
        plan = planner.plan_with_floors(share * floors) if share > 0 else efficient
        # A plan is judged by all scenarios, and made by segments of them: what that may add is taken away.
        most = min(most, plan.people_reached)
        rows.append(
            {
                "share_of_floor": float(share),
                "least_coverage": plan.least_coverage,
                "people_reached": most,
                "price_of_fairness": price_of_fairness(efficient.people_reached, most),
                "gini": gini(plan.coverage, planner.problem.people),
                "cost": plan.cost,
            }
        )
    return pd.DataFrame(rows)


def gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Gini coefficient of a figure among people, 0 where all have the same; missing figures are left out."""
    known = np.isfinite(values) & (weights > 0)
    order = np.argsort(values[known], kind="stable")
    amount, people = values[known][order], weights[known][order]
    total = float(amount @ people)
    if total <= 0:
        return 0.0
    share = np.cumsum(amount * people) / total
    before = np.concatenate([[0.0], share[:-1]])
    return float(1 - (people / people.sum()) @ (share + before))


def gains_and_losses(
    problem: AllocationProblem, plan: Plan, reference: Plan, groups: Iterable, *, name: str = "group"
) -> pd.DataFrame:
    """Who is better off under a plan than under another, by group of places.

    Args:
        problem: that both plans are of.
        plan: the plan in question.
        reference: the plan it is compared with, such as the one that reaches most people.
        groups: (P,) group of each place.
        name: of the group's column.

    Returns:
        group, people, coverage and reference_coverage (means over people), gain in points, people_gained.
    """
    people = np.where(np.isfinite(plan.coverage), problem.people, 0.0)
    frame = pd.DataFrame(
        {
            name: np.asarray(list(groups), dtype=object),
            "people": people,
            "reached": np.nan_to_num(plan.coverage) * people,
            "reference": np.nan_to_num(reference.coverage) * people,
        }
    )
    totals = frame.groupby(name, sort=True, dropna=False).sum()
    whole = totals["people"].where(totals["people"] > 0)
    return pd.DataFrame(
        {
            name: totals.index,
            "people": totals["people"].to_numpy(),
            "coverage": (totals["reached"] / whole).to_numpy(),
            "reference_coverage": (totals["reference"] / whole).to_numpy(),
            "gain_points": (100 * (totals["reached"] - totals["reference"]) / whole).to_numpy(),
            "people_gained": (totals["reached"] - totals["reference"]).to_numpy(),
        }
    )
