"""Assets of supply plans: what reaches which camp from where, and what fairness costs. Thin.

Each table holds a scenario's rows beside those of the others; a run replaces its own scenario only.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, AssetOut, Config, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.factories.plan_scenarios import BASELINE, inputs_hash, with_scenarios
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import Contract, describe, table_name, validate
from socialai_assets.refugees import supply_contracts as contracts
from socialai_assets.refugees.needs_tables import camp_groups
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


class SupplyConfig(Config):
    """What the launchpad lets a person change for one run; the rest is in refugees/supply.yaml and standards.yaml."""

    scenario: str = Field(BASELINE, pattern=r"^\S+$", description="Name of the plan; its rows are replaced, no others.")
    settings: dict[str, Any] = Field(
        {}, description="Nested as in refugees/supply.yaml, whose values it goes before: {plan: {objective: max_min}}."
    )
    standards: dict[str, Any] = Field(
        {}, description="Nested as in refugees/standards.yaml, before whose values it goes."
    )


def _output(contract: type[Contract]) -> AssetOut:
    return AssetOut(**table_asset(contract, "plan", kinds=("python", "ortools")))


@multi_asset(
    name="plan_supply",
    outs={
        "supply_plan": _output(contracts.SupplyPlan),
        "supply_fairness_curve": _output(contracts.SupplyFairnessCurve),
    },
    ins=tables(**PLANNED_FROM),
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
) -> Iterator[Output]:
    """Share each conflict's relief among its camps over the coming weeks, and price its fairness."""
    from socialai_assets.methods.allocation.fairness import fairness_curve
    from socialai_assets.methods.allocation.planning import Planner, plan_allocation

    settings, standards = supply_settings(config.settings).plan, read_standards(config.standards)
    last = population.sort_values("week_start").drop_duplicates("camp_id", keep="last")
    known = SupplyTables(camps, last, links, closures, item_table(standards), depots, stock, vehicles)
    years = pd.to_datetime(forecasts["week_start"]).dt.year.groupby(forecasts["conflict_id"]).min()
    groups = camp_groups(camps, locations, demographics, years, standards)
    plans, curves = [], []
    summary: dict[str, Any] = {"scenario": config.scenario}
    for conflict_id in sorted(forecasts["conflict_id"].unique()):
        case = supply_case(known, conflict_id, forecasts, groups, standards, settings)
        if case is None:
            summary[conflict_id] = "nothing to share, or nobody forecast"
            continue
        plan = plan_allocation(case.problem, settings.objective, settings.terms)
        plans.append(supply_plan_table(case, plan, settings))
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
                "reasons": {str(why): int(rows) for why, rows in short["reason"].value_counts().items()},
            }
        )
    inputs = inputs_hash({**vars(known), "forecasts": forecasts, "locations": locations, "demographics": demographics})
    for made, contract in ((plans, contracts.SupplyPlan), (curves, contracts.SupplyFairnessCurve)):
        empty = pd.DataFrame(columns=[described.name for described in describe(contract)])
        rows = pd.concat(made, ignore_index=True) if made else empty
        lake = context.resources.io_manager.lake
        whole = with_scenarios(lake, rows, contract, scenario=config.scenario, inputs=inputs)
        yield Output(validate(whole, contract), table_name(contract).split(".")[1], metadata=summary)
