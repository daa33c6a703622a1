"""Rows of the repair plan's tables: actions with their reasons, gains of places, ways of choosing compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from socialai_assets.methods.access import nearest_in_reach
from socialai_assets.methods.covering.planning import maximal_cover
from socialai_assets.methods.covering.problem import CoverPlan
from socialai_assets.methods.covering.ranking import greedy_cover, ranked_cover
from socialai_assets.water.repair import BUILD, REPAIR, RepairCase
from socialai_assets.water.repair_settings import RepairSettings


def solved_plan(case: RepairCase, settings: RepairSettings) -> CoverPlan:
    """The plan that the settings ask for, with what they guarantee to every area."""
    problem = case.problem(settings)
    floors = settings.guaranteed_share * problem.coverable() if settings.guaranteed_share > 0 else None
    return maximal_cover(problem, settings.budget_usd, floors=floors, seconds=settings.seconds, gap=settings.gap)


def gain_rows(case: RepairCase, plan: CoverPlan) -> pd.DataFrame:
    """Columns of `water.repair_plan_gains` but those of scenarios."""
    nearest = nearest_in_reach(case.reach, plan.chosen)
    covered = nearest >= 0
    codes = action_ids(case)
    places = case.places
    return pd.DataFrame(
        {
            **{name: places[name] for name in ("place_id", "area_id", "name", "latitude", "longitude", "people")},
            "poverty": 100 * places["poverty"],
            "remoteness": places["remoteness"],
            "access_before": places["access"],
            "access_before_lower": places["access_lower"],
            "access_before_upper": places["access_upper"],
            "access_after": np.where(covered, 1.0, places["access"]),
            "people_gaining": np.where(covered, case.expected.people, 0.0),
            "people_gaining_cautious": np.where(covered, case.cautious.people, 0.0),
            "action_id": [codes[at] if at >= 0 else None for at in nearest],
        }
    )


def plan_rows(case: RepairCase, plan: CoverPlan, settings: RepairSettings) -> pd.DataFrame:
    """Columns of `water.repair_plan` but those of scenarios: every repair, and what is built."""
    nearest = nearest_in_reach(case.reach, plan.chosen)
    credited = {
        name: np.bincount(nearest[nearest >= 0], people[nearest >= 0], len(case.candidates))
        for name, people in (
            ("people_gaining", case.expected.people),
            ("people_gaining_cautious", case.cautious.people),
        )
    }
    rows = case.candidates.assign(
        action_id=action_ids(case),
        is_chosen=plan.chosen,
        people_in_reach=case.reach.around(case.places["people"].to_numpy(float)),
        **credited,
    )
    likeliest = case.odds.sort_values(["fails", "point_id"], ascending=[False, True])
    rows["point_ids"] = rows["system_id"].map(likeliest.groupby("system_id")["point_id"].agg(",".join))
    counted = case.problem(settings).cost
    rows["reason"] = _reasons(case, plan, settings)
    rows = rows.rename(columns={"basis": "risk_basis"}).assign(
        cost_usd=counted,
        cost_cautious_usd=rows["cost_cautious"],
        cost_per_person=_per_person(counted, rows["people_gaining"].to_numpy()),
        objective=settings.objective,
        counting=settings.counting,
        budget_usd=settings.budget_usd,
        status=plan.status + (f": {plan.reason}" if plan.reason else ""),
        gap=plan.gap,
    )
    return rows[rows["is_chosen"] | (rows["action"] == REPAIR)].reset_index(drop=True)


def comparison_rows(case: RepairCase, plan: CoverPlan, settings: RepairSettings) -> pd.DataFrame:
    """Columns of `water.repair_comparison` but those of scenarios: each way of choosing, same budget, same costs.

    "cautious" maximises who gains at the cautious end; "population alone" takes what has most people in reach, "risk
    alone" repairs what is likeliest to fail and builds nothing.
    """
    problem, budget = case.problem(settings), settings.budget_usd
    plain = replace(problem, weight=np.ones_like(problem.weight))
    weighted = replace(problem, weight=case.expected.weight)
    cautious = replace(case.cautious, cost=problem.cost, weight=problem.weight)
    made = {"plan": plan}
    for method, other in (("most people", plain), ("weighted", weighted), ("cautious", cautious)):
        same = settings.guaranteed_share == 0 and np.array_equal(other.gain, problem.gain)
        made[method] = plan if same else maximal_cover(other, budget, seconds=settings.seconds, gap=settings.gap)
    repairs = (case.candidates["action"] == REPAIR).to_numpy()
    around = case.reach.around(case.places["people"].to_numpy(float))
    fails = case.candidates["fails"].to_numpy(float)
    made["greedy"] = greedy_cover(problem, budget)
    made["population alone"] = ranked_cover(problem, around, budget)
    made["risk alone"] = ranked_cover(problem, np.where(repairs, fails, np.nan), budget)
    poverty, coverable = case.places["poverty"].to_numpy(float), case.expected.coverable()
    rows = []
    for method, choice in made.items():
        covered = case.expected.covered(choice.chosen)
        people = case.expected.people * covered
        reached = case.expected.of_groups(people)[coverable > 0] / coverable[coverable > 0]
        cost = float(problem.cost[choice.chosen].sum())
        rows.append(
            {
                "method": method,
                "people_gaining": people.sum(),
                "people_gaining_cautious": case.cautious.people @ covered,
                "weighted_gain": case.expected.gain @ covered,
                "poor_people_gaining": np.nansum(people * poverty) if np.isfinite(poverty).any() else np.nan,
                "least_share": float(reached.min(initial=1.0)),
                "repairs": int((choice.chosen & repairs).sum()),
                "builds": int((choice.chosen & ~repairs).sum()),
                "cost_usd": cost,
                "cost_per_person": cost / people.sum() if people.sum() > 0 else np.nan,
                "status": choice.status,
                "gap": choice.gap,
            }
        )
    return pd.DataFrame(rows)


def action_ids(case: RepairCase) -> np.ndarray:
    """(C,) code of each candidate: what is done and where."""
    where = case.candidates["system_id"].fillna(case.candidates["place_id"]).astype(str)
    return (case.candidates["action"] + ":" + where).to_numpy(object)


def _reasons(case: RepairCase, plan: CoverPlan, settings: RepairSettings) -> list[str]:
    """Why each candidate is taken or not, by what it adds to the plan for its cost."""
    problem = case.problem(settings)
    covered = problem.covered(plan.chosen)
    alone, added = (
        np.bincount(problem.candidate, people[problem.place], len(problem.cost))
        for people in (problem.gain, problem.gain * ~covered)
    )
    worth = 1000 * alone / problem.cost
    mark = worth[plan.chosen].min() if plan.chosen.any() else np.inf
    what = "people" if settings.objective == "people" else "people, weighted,"
    texts = []
    for row, (action, fails, basis) in enumerate(case.candidates[["action", "fails", "basis"]].itertuples(index=False)):
        figure = f"{worth[row]:.1f} {what} in reach gain per 1,000 USD"
        if action != BUILD:
            figure += f"; it fails with {100 * fails:.0f} % by {basis}"
        if plan.chosen[row]:
            texts.append(f"chosen: {figure}")
        elif plan.reason:
            texts.append(f"no plan: {plan.reason}")
        elif problem.cost[row] > settings.budget_usd:
            texts.append(f"not chosen: it costs more than the budget; {figure}")
        elif added[row] < 0.5 * alone[row]:
            texts.append(f"not chosen: most who would gain are reached by others; {figure}")
        elif worth[row] < mark:
            texts.append(f"not chosen: {figure}, fewer than by anything chosen")
        else:
            texts.append(f"not chosen: {figure}, but the rest of the budget gains more elsewhere")
    return texts


def _per_person(cost: np.ndarray, people: np.ndarray) -> np.ndarray:
    return np.divide(cost, people, out=np.full(len(cost), np.nan), where=people > 0)
