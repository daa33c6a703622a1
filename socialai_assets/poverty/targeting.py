"""The plans that are compared for one budget, and the plan in use with a reason for each area. No Dagster here."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.targeting import Allocation, allocate, plan_scores, reached_gain

POINT, ROBUST = "point estimate", "lower end of the interval"


def plannable(predictions: pd.DataFrame) -> pd.DataFrame:
    """The areas with people, with their block.

    Raises:
        ValueError: an estimate of an area with an official figure came from a model that had seen its province, so
            that scores on official figures would be in-sample.
    """
    seen = predictions["official"].notna() & ~predictions["is_cross_fitted"]
    if seen.any():
        raise ValueError(f"{int(seen.sum())} estimates come from a model that had seen the area's official figure.")
    known = predictions[predictions["population"].fillna(0) > 0].sort_values("area_id", ignore_index=True)
    return known.assign(block=known["admin1_name"] + " / " + known["admin2_name"].fillna(""))


def area_costs(areas: pd.DataFrame, benefit: float, delivery: float) -> np.ndarray:
    """(n,) cost of a whole area: the benefit for everybody, and delivery once for each area."""
    return areas["population"].to_numpy(dtype=float) * benefit + delivery


def make_plan(
    areas: pd.DataFrame, *, budget: float, benefit: float, delivery: float, whole: bool, robust: bool
) -> pd.DataFrame:
    """The plan in use: `TargetingPlan` without `is_synthetic` of other tables."""
    cost = area_costs(areas, benefit, delivery)
    population = areas["population"].to_numpy(dtype=float)
    need = population * areas["lower" if robust else "estimate"].to_numpy(dtype=float) / 100
    made = allocate(need, cost, budget, whole=whole)
    columns = ["area_id", "name", "admin1_name", "admin2_name", "population", "estimate", "lower", "upper"]
    plan = areas[columns].assign(share=made.share, cost=made.share * cost, people_reached=made.share * population)
    for name, rate in (("poor_reached", "estimate"), ("poor_reached_lower", "lower"), ("poor_reached_upper", "upper")):
        plan[name] = plan["people_reached"] * plan[rate] / 100
    return plan.assign(
        reason=_reasons(need / np.maximum(cost, 1e-12), cost, made, budget, benefit),
        status=made.status,
        is_synthetic=areas["is_synthetic"].to_numpy(),
    )


def _reasons(worth: np.ndarray, cost: np.ndarray, made: Allocation, budget: float, benefit: float) -> list[str]:
    """Why each area is reached or not; the last area taken sets the mark the others are measured by."""
    taken = made.share > 0
    mark = worth[taken].min() if taken.any() else np.inf
    texts = []
    for one, price, share in zip(worth, cost, made.share, strict=True):
        # Without delivery cost this is the share of people who are poor.
        figure = f"{100 * one * benefit:.1f} poor people per 100 benefits paid"
        if share > 0:
            texts.append(f"reached{'' if share == 1 else ' in part, the budget ends here'}: {figure}")
        elif price > budget:
            texts.append(f"not reached: {figure}, and the whole area costs more than the budget")
        elif one >= mark:
            texts.append(f"not reached: {figure}, but what is left of the budget fits others better")
        else:
            texts.append(f"not reached: {figure}, fewer than in any area reached")
    return texts


def compare_plans(
    areas: pd.DataFrame,
    coverages: dict[float, float],
    *,
    benefit: float,
    delivery: float,
    whole: bool,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Score every way of aiming on official figures, for several budgets.

    Args:
        areas: `plannable` areas; those without an official figure are left out, since nothing can score them.
        coverages: share of people the budget is for, and the budget for these areas.
        benefit: paid to everybody in a reached area.
        delivery: cost of each area reached.
        whole: areas are taken whole or not at all; provinces and uniform shares never are.
        draws: bootstrap samples of the gain.
        seed: their seed.

    Returns:
        `TargetingComparison` without `is_synthetic`.
    """
    scored = areas[areas["official"].notna()].reset_index(drop=True)
    population = scored["population"].to_numpy(dtype=float)
    poor = population * scored["official"].to_numpy(dtype=float) / 100
    cost = area_costs(scored, benefit, delivery)
    rows = []
    for coverage, budget in coverages.items():
        plans = _plans(scored, population, cost, budget, whole)
        for name, share in plans.items():
            scores = plan_scores(share, population, poor)
            gain, lower, upper = reached_gain(share, plans[POINT], poor, scored["block"], draws=draws, seed=seed)
            spent = float(share @ cost)
            rows.append(
                {
                    "coverage": coverage,
                    "plan": name,
                    "budget": budget,
                    "cost": spent,
                    "areas_reached": int((share > 0).sum()),
                    **scores,
                    "cost_per_poor_person": spent / scores["poor_reached"] if scores["poor_reached"] else np.nan,
                    "gain_over_point": gain,
                    "gain_lower": lower,
                    "gain_upper": upper,
                }
            )
    return pd.DataFrame(rows)


def _plans(
    areas: pd.DataFrame, population: np.ndarray, cost: np.ndarray, budget: float, whole: bool
) -> dict[str, np.ndarray]:
    """The share of each area reached, by name of the plan."""

    def by(column: str) -> np.ndarray:
        need = population * areas[column].to_numpy(dtype=float) / 100
        return allocate(need, cost, budget, whole=whole).share

    provinces = pd.DataFrame({"need": population * areas["estimate"] / 100, "cost": cost}).groupby(areas["block"]).sum()
    of_province = allocate(provinces["need"], provinces["cost"], budget, whole=False).share
    uniform = min(1.0, budget / cost.sum()) if cost.sum() > 0 else 0.0
    return {
        POINT: by("estimate"),
        ROBUST: by("lower"),
        "provinces by estimate": areas["block"].map(dict(zip(provinces.index, of_province, strict=True))).to_numpy(),
        "uniform": np.full(len(areas), uniform),
        "official figures": by("official"),
    }
