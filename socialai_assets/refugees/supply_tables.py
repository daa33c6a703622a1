"""Supply plans as tables: what is sent, who is short and why, what fairness costs. Makes no problem."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.frames import plan_rows
from socialai_assets.methods.allocation.planning import Plan
from socialai_assets.methods.allocation.reasons import reasons_by_item, shortfall
from socialai_assets.refugees.supply import SupplyCase
from socialai_assets.refugees.supply_settings import SupplySettings

ROUNDING = 1e-3


def supply_plan_table(case: SupplyCase, plan: Plan, settings: SupplySettings) -> pd.DataFrame:
    """`SupplyPlan` without its scenario's columns, of one conflict."""
    problem = case.problem
    # Later programmes may fall a little below the minimum met by the first: so little is a matter of rounding.
    missing = shortfall(problem, plan.received)
    missing = np.where(missing > ROUNDING * problem.minimum, missing, 0.0)
    if plan.status == "infeasible":
        told = "no plan was made: " + "; ".join(plan.why_infeasible)
        reasons = dict.fromkeys(np.ndindex(len(problem.places), len(problem.items)), told)
    else:
        reasons = reasons_by_item(problem, plan, seconds=settings.seconds)
    rows = plan_rows(problem, plan, missing, reasons, case.starts)
    rows["surplus"] = (rows["received"] - rows["met"]).clip(lower=0.0)
    rows["people"] = problem.people[rows["place"].to_numpy()]
    rows["km"] = rows["link"].map(dict(enumerate(case.km))).astype(float)
    rows["budget_usd"] = pd.Series(settings.budget_usd, index=rows.index, dtype=float)
    rows = rows.rename(columns={"place_id": "camp_id", "start": "week_start", "demand": "needed"})
    return rows.assign(
        conflict_id=case.conflict_id,
        delivery_days=settings.delivery_days,
        load_share=settings.load_share,
        kilometres_per_hour=settings.kilometres_per_hour,
        loading_hours=settings.loading_hours,
        is_synthetic=case.is_synthetic,
    ).drop(columns=["place", "link"])
