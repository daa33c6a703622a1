"""The page of targeting: which districts a budget reaches. The choice is made by methods.targeting, not here."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.map_layers import area_layer
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
TARGETING = Page("targeting", "/poverty-targeting", "Who a budget reaches", "Poverty", ("poverty.targeting_plan",))
PAGES = (TARGETING,)
ROWS = 25
STEPS = 100
# A slider moves in steps of a hundredth, so a thousandth of the best possible is near enough, and found at once.
GAP = 1e-3
REACHED, LEFT_OUT = "#482878", "#ece9e0"
PLANS = {
    "point estimate": "districts, by estimate",
    "lower end of the interval": "districts, by the lower end of the interval",
    "provinces by estimate": "whole provinces, by estimate",
    "uniform": "everybody a little",
    "official figures": "official figures, as if all were known",
}


@router.get(TARGETING.path, name=TARGETING.name)
def targeting(
    request: Request,
    asker: Asking,
    platform: Serving,
    budget: float | None = Query(None, ge=0),
    by: Literal["estimate", "lower"] = "estimate",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """The plan that was made, or with another budget."""
    gate = platform.gate
    TARGETING.require(asker, gate)
    plan = gate.query(asker, "SELECT * FROM plan ORDER BY area_id", {"plan": TARGETING.tables[0]}).to_pandas()
    terms = _terms(gate, asker)
    population = plan["population"].to_numpy(dtype=float)
    whole_cost = population * terms["benefit_per_person"] + terms["delivery_cost_per_area"]
    highest = float(whole_cost.sum())
    asked = min(budget if budget is not None else float(terms["budget"]), highest)
    if budget is not None or by != "estimate":
        need = tuple((population * plan[by].to_numpy(dtype=float) / 100).tolist())
        plan["share"] = _shares(need, tuple(whole_cost.tolist()), asked, bool(terms["whole_areas"]))
        plan["cost"], plan["people_reached"] = plan["share"] * whole_cost, plan["share"] * population
    for name, rate in (("poor_reached", "estimate"), ("poor_reached_lower", "lower"), ("poor_reached_upper", "upper")):
        plan[name] = plan["people_reached"] * plan[rate] / 100
    reached = plan[plan["share"] > 0].sort_values("poor_reached", ascending=False)
    if format:
        return exported(plan.drop(columns=["reason", "status"]), format, "targeting")
    part = part_of(list(reached.index), page, ROWS)
    return render(
        request,
        asker,
        "targeting.html",
        {
            "budget": asked,
            "highest": round(highest),
            "step": max(1, round(highest / STEPS)),
            "by": by,
            "choices": [
                ("estimate", said("the estimate", asker.language)),
                ("lower", said("the lower end of the interval", asker.language)),
            ],
            "terms": terms,
            "map": _map(plan, gate, asker),
            "totals": reached[
                ["cost", "people_reached", "poor_reached", "poor_reached_lower", "poor_reached_upper"]
            ].sum().to_dict(),
            **vars(part),
            "rows": [
                {**row, "link": f"/poverty/{row['area_id']}"} for row in reached.loc[part.rows].to_dict("records")
            ],
            "of": len(plan),
            **_compared(gate, asker, asked / highest if highest else 0.0),
            "is_synthetic": bool(plan["is_synthetic"].any()),
        },
    )  # fmt: skip


def _terms(gate: Gate, asker: Asker) -> dict[str, Any]:
    """What the plan in use was made with, as its decision was logged."""
    found = gate.query(
        asker,
        "SELECT parameters FROM decisions WHERE table_name = $plan ORDER BY made_at DESC LIMIT 1",
        {"decisions": "poverty.decision_log"},
        {"plan": TARGETING.tables[0]},
    )
    return json.loads(found["parameters"][0].as_py())


@lru_cache(maxsize=64)
def _shares(need: tuple[float, ...], cost: tuple[float, ...], budget: float, whole: bool) -> np.ndarray:
    from socialai_assets.methods.targeting import allocate

    return allocate(need, cost, budget, whole=whole, gap=GAP).share


def _compared(gate: Gate, asker: Asker, coverage: float) -> dict[str, Any]:
    """Ways to aim, scored on official figures, for the budget nearest to the one asked for."""
    rows = gate.query(
        asker,
        "SELECT * FROM compared WHERE coverage = (SELECT coverage FROM compared ORDER BY abs(coverage - $coverage) "
        "LIMIT 1) ORDER BY poor_reached DESC",
        {"compared": "poverty.targeting_comparison"},
        {"coverage": coverage},
    ).to_pylist()
    told = [{**row, "way": said(PLANS.get(str(row["plan"]), str(row["plan"])), asker.language)} for row in rows]
    return {"compared": told, "coverage": rows[0]["coverage"] if rows else None}


def _map(plan: pd.DataFrame, gate: Gate, asker: Asker) -> dict[str, Any]:
    language = asker.language
    colours = [REACHED if share > 0 else LEFT_OUT for share in plan["share"]]
    texts = [said(text, language) for text in ("{people} people, {poor} of them poor", "costs {cost}", "not reached")]

    def lines(row: Any) -> dict[str, Any]:
        people = number(row.population, language=language)
        poor = number(row.population * row.estimate / 100, language=language)
        cost = texts[1].format(cost=number(row.cost, language=language)) if row.share > 0 else texts[2]
        return {"lines": [texts[0].format(people=people, poor=poor), cost]}

    entries = [
        {"colour": REACHED, "text": said("reached", language)},
        {"colour": LEFT_OUT, "text": said("not reached", language)},
    ]
    layer = area_layer(plan, colours, shapes_address(gate, asker), lines)
    return {"layers": [layer], "legends": [{"title": said("With this budget", language), "entries": entries}]}
