"""Assets of supply plans: what reaches which camp from where, and what fairness costs. Thin.

Each table holds a scenario's rows beside those of the others; a run replaces its own scenario only.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import ScenarioConfig, plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import inputs_hash
from socialai_assets.factories.tables import tables
from socialai_assets.refugees import supply_contracts as contracts
from socialai_assets.refugees.decision_contracts import DecisionLog
from socialai_assets.refugees.feedback_contracts import OverrideDecisions
from socialai_assets.refugees.needs_tables import camp_groups
from socialai_assets.refugees.plan_decisions import KEPT, decided, decisions_of
from socialai_assets.refugees.standards import item_table, read_standards
from socialai_assets.refugees.supply import SupplyTables, supply_case
from socialai_assets.refugees.supply_settings import supply_settings
from socialai_assets.refugees.supply_tables import supply_plan_table

PLANNED_FROM = {
    "camps": "refugees.camps",
    "population": "refugees.camp_population",
    "links": "refugees.links",
    "closures": "refugees.closures",
    "depots": "refugees.relief_depots",
    "stock": "refugees.relief_stock",
    "vehicles": "refugees.relief_vehicles",
    "forecasts": "refugees.population_forecasts",
    "locations": "refugees.locations",
    "demographics": "refugees.demographics",
}


class SupplyConfig(ScenarioConfig):
    """What the launchpad lets a person change for one run; the rest is in refugees/supply.yaml and standards.yaml."""

    settings: dict[str, Any] = Field(
        {}, description="Nested as in refugees/supply.yaml, whose values it goes before: {plan: {objective: max_min}}."
    )
    standards: dict[str, Any] = Field(
        {}, description="Nested as in refugees/standards.yaml, before whose values it goes."
    )


@multi_asset(
    name="plan_supply",
    outs={
        "supply_plan": plan_out(contracts.SupplyPlan),
        "supply_fairness_curve": plan_out(contracts.SupplyFairnessCurve),
        "override_decisions": plan_out(OverrideDecisions),
    },
    ins=tables(**PLANNED_FROM, overrides="refugees.overrides"),
    required_resource_keys={"io_manager"},
)
def plan_supply(
    context: AssetExecutionContext,
    config: SupplyConfig,
    camps: pd.DataFrame,
    population: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    depots: pd.DataFrame,
    stock: pd.DataFrame,
    vehicles: pd.DataFrame,
    forecasts: pd.DataFrame,
    locations: pd.DataFrame,
    demographics: pd.DataFrame,
    overrides: pd.DataFrame,
) -> Iterator[Output]:
    """Share each conflict's relief among its camps around what people decided, and price its fairness."""
    from socialai_assets.methods.allocation.fairness import fairness_curve
    from socialai_assets.methods.allocation.planning import Planner, plan_allocation

    settings, standards = supply_settings(config.settings).plan, read_standards(config.standards)
    last = population.sort_values("week_start").drop_duplicates("camp_id", keep="last")
    known = SupplyTables(camps, last, links, closures, item_table(standards), depots, stock, vehicles)
    groups = camp_groups(forecasts, camps, locations, demographics, standards)
    plans, curves, decisions = [], [], []
    summary: dict[str, Any] = {"scenario": config.scenario}
    own = overrides[overrides["scenario"] == config.scenario]
    for conflict_id in sorted(forecasts["conflict_id"].unique()):
        case = supply_case(known, conflict_id, forecasts, groups, standards, settings)
        if case is None:
            summary[conflict_id] = "nothing to share, or nobody forecast"
            continue
        problem, made = decided(case.problem, case.starts, own, seconds=settings.seconds)
        case = replace(case, problem=problem)
        plan = plan_allocation(case.problem, settings.objective, settings.terms)
        rows = supply_plan_table(case, plan, settings)
        plans.append(rows.assign(override_id=decisions_of(rows, made)))
        if len(made):
            decisions.append(made.assign(conflict_id=conflict_id, is_synthetic=case.is_synthetic))
        curve = fairness_curve(Planner(case.problem, settings.terms), settings.fairness_steps)
        curves.append(
            curve.rename(columns={"cost": "cost_usd"}).assign(conflict_id=conflict_id, is_synthetic=case.is_synthetic)
        )
        short = plans[-1].query("shortfall > 0")
        summary[conflict_id] = MetadataValue.json(
            {
                "status": plan.status,
                "people reached": round(plan.people_reached),
                "of": round(float(case.problem.people.sum())),
                "least coverage": None if pd.isna(plan.least_coverage) else round(plan.least_coverage, 4),
                "cost, USD": round(plan.cost, 2),
                "camps below a minimum": int(short["camp_id"].nunique()),
                "reasons": {str(why): int(number) for why, number in short["reason"].value_counts().items()},
                "decisions": {str(state): int(number) for state, number in made["state"].value_counts().items()},
            }
        )
    asked = {"forecasts": forecasts, "locations": locations, "demographics": demographics, "overrides": own}
    inputs = inputs_hash({**vars(known), **asked})
    if plans:
        read = vars(known) | {"population": population} | asked
        log_decision(
            context,
            DecisionLog,
            contracts.SupplyPlan,
            {table: read[name] for name, table in PLANNED_FROM.items()} | {"refugees.overrides": own},
            status=[status for made in plans for status in made["status"].unique()],
            parameters={"plan": settings.model_dump(), "standards": standards.model_dump()},
            scenario=config.scenario,
            overrides=sum(int((made["state"] == KEPT).sum()) for made in decisions),
        )
    written = (plans, contracts.SupplyPlan), (curves, contracts.SupplyFairnessCurve), (decisions, OverrideDecisions)
    lake = context.resources.io_manager.lake
    for made, contract in written:
        yield scenario_output(lake, made, contract, scenario=config.scenario, inputs=inputs, metadata=summary)
