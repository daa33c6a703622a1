"""Supply plans as tables: what is sent, who is short and why, what fairness costs. Makes no problem."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.planning import Plan
from socialai_assets.methods.allocation.problem import expected_served
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
    link, item, week = np.nonzero(plan.sent)
    sent = pd.DataFrame(
        {
            "place": problem.link_place[link],
            "item": item,
            "week": week,
            "depot_id": np.array(problem.depots, dtype=object)[problem.link_depot[link]],
            "quantity": plan.sent[link, item, week],
            "km": case.km[link],
            "cost_usd": plan.sent[link, item, week] * problem.link_cost[link, item],
        }
    )
    mean, met = problem.demand.mean(axis=0), expected_served(problem, plan.received)
    probability = (problem.demand <= plan.received * (1 + 1e-9) + 1e-9).mean(axis=0)
    at = np.nonzero((mean > 0) | (problem.minimum > 0) | (plan.received > 0))
    cells = pd.DataFrame(
        {
            "place": at[0],
            "item": at[1],
            "week": at[2],
            "received": plan.received[at],
            "needed": mean[at],
            "met": met[at],
            "surplus": np.maximum(plan.received[at] - met[at], 0.0),
            "met_probability": probability[at],
            "minimum": problem.minimum[at],
            "shortfall": missing[at],
            "coverage": plan.coverage[at[0]],
            "people": problem.people[at[0]],
        }
    )
    cells["reason"] = [
        reasons.get((place, item)) if short > 0 else None
        for place, item, short in cells[["place", "item", "shortfall"]].itertuples(index=False)
    ]
    rows = cells.merge(sent, on=["place", "item", "week"], how="left")
    rows["quantity"], rows["cost_usd"] = rows["quantity"].fillna(0.0), rows["cost_usd"].fillna(0.0)
    rows["depot_id"] = rows["depot_id"].astype(object).where(rows["depot_id"].notna(), None)
    rows["camp_id"] = np.array(problem.places, dtype=object)[rows["place"].to_numpy()]
    rows["item_id"] = np.array(problem.items, dtype=object)[rows["item"].to_numpy()]
    rows["week_start"] = np.array(case.starts, dtype=object)[rows["week"].to_numpy()]
    rows["gap"] = pd.Series(plan.gap if np.isfinite(plan.gap) else None, index=rows.index, dtype=float)
    rows["budget_usd"] = pd.Series(settings.budget_usd, index=rows.index, dtype=float)
    return rows.assign(
        conflict_id=case.conflict_id,
        objective=plan.objective,
        status=plan.status,
        delivery_days=settings.delivery_days,
        load_share=settings.load_share,
        kilometres_per_hour=settings.kilometres_per_hour,
        loading_hours=settings.loading_hours,
        is_synthetic=case.is_synthetic,
    ).drop(columns=["place", "item", "week"])
