"""Plans beside each other: need reached is not benefit gained. Makes no plan.

Need reached is the risk of those who are helped; benefit gained is the risk that the help takes away. Whoever helps
those at highest risk first reaches most need, and may help them with what helps others more.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from socialai_assets.methods.assignment.problem import NOBODY, AssignmentPlan, AssignmentProblem


def compared(
    problem: AssignmentProblem, plans: Mapping[str, AssignmentPlan], true_benefit: np.ndarray | None = None
) -> pd.DataFrame:
    """What each plan comes to, a row each.

    Args:
        problem: that all plans are of.
        plans: by name.
        true_benefit: (O,) benefit of each option where the truth is known.

    Returns:
        plan, helped, need_reached (sum of risks of those helped), benefit_expected, benefit_gained (by the truth; NaN
        where that is not known), minutes, km, cost_usd, spread (of caseloads), gap.

    Raises:
        ValueError: a plan breaks a limit; names plan and limits.
    """
    rows = []
    for name, plan in plans.items():
        broken = problem.broken_limits(plan.chosen)
        if broken:
            raise ValueError(f"The plan `{name}` breaks {', '.join(broken)}.")
        chosen = plan.chosen
        helped = np.unique(problem.person[chosen])
        rows.append(
            {
                "plan": name,
                "helped": len(helped),
                "need_reached": float(problem.risk[helped].sum()),
                "benefit_expected": float(problem.benefit[chosen].sum()),
                "benefit_gained": float("nan") if true_benefit is None else float(true_benefit[chosen].sum()),
                "minutes": float(problem.minutes[chosen & (problem.helper != NOBODY)].sum()),
                "km": float(problem.km[chosen].sum()),
                "cost_usd": float(problem.cost[chosen].sum()),
                "spread": problem.spread(chosen),
                "gap": plan.gap,
            }
        )
    return pd.DataFrame(rows)
