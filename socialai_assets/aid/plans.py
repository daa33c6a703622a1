"""Assets of sharing the stock: plan, price of fairness, groups, comparison, order levels and their simulation. Thin.

Each table holds a scenario's rows beside those of the others; a run replaces its own scenario only.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.aid import plan_contracts as contracts
from socialai_assets.aid.failed_systems import with_failed_systems
from socialai_assets.aid.sharing import AidTables, coming_quantiles, sharing_case
from socialai_assets.aid.sharing_settings import PlanSettings, plan_settings
from socialai_assets.aid.sharing_tables import comparison_table, group_table, plan_table
from socialai_assets.aid.stock_levels import policy_table, simulation_table
from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import ScenarioConfig, plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import inputs_hash
from socialai_assets.factories.tables import tables
from socialai_assets.ingest.contract import table_name
from socialai_assets.methods.routing.settings import TravelSettings, parse_settings

INPUT_TABLES = {
    "sites": "aid.sites",
    "items": "aid.items",
    "depots": "aid.depots",
    "vehicles": "aid.vehicles",
    "stock": "aid.stock",
    "travel_times": "aid.travel_times",
    "road_links": "aid.road_links",
    "history": "aid.demand_history",
    "forecasts": "aid.demand_forecasts",
    "poverty": "poverty.district_predictions",
}
INPUTS = tables(**INPUT_TABLES)
FAILED_SYSTEMS = {"failed_systems": "aid.failed_system_demand"}


class PlansConfig(ScenarioConfig):
    """What the launchpad lets a person change for one run; the rest is in aid/sharing.yaml."""

    settings: dict[str, Any] = Field(
        {}, description="Nested as in aid/sharing.yaml, whose values it goes before: {sharing: {objective: max_min}}."
    )


@multi_asset(
    name="share_stock",
    outs={
        "allocation_plan": plan_out(contracts.AllocationPlan),
        "fairness_curve": plan_out(contracts.FairnessCurve),
        "allocation_groups": plan_out(contracts.AllocationGroups),
        "plan_comparison": plan_out(contracts.PlanComparison),
    },
    ins=INPUTS | tables(past_forecasts="aid.forecast_out_of_sample", **FAILED_SYSTEMS),
    required_resource_keys={"io_manager"},
)
def share_stock(
    context: AssetExecutionContext,
    config: PlansConfig,
    sites: pd.DataFrame,
    items: pd.DataFrame,
    depots: pd.DataFrame,
    vehicles: pd.DataFrame,
    stock: pd.DataFrame,
    travel_times: pd.DataFrame,
    road_links: pd.DataFrame,
    history: pd.DataFrame,
    forecasts: pd.DataFrame,
    poverty: pd.DataFrame,
    past_forecasts: pd.DataFrame,
    failed_systems: pd.DataFrame,
) -> Iterator[Output]:
    """Share the stock among sites, price its fairness, and judge that way of planning by past days."""
    from socialai_assets.methods.allocation.fairness import fairness_curve
    from socialai_assets.methods.allocation.planning import PEOPLE, Planner, plan_allocation

    every = plan_settings(config.settings)
    settings = every.sharing
    coming = coming_quantiles(forecasts, history, settings.weeks)
    counted = failed_systems[failed_systems["status"].eq("counted") & every.failed_systems.included]
    known = AidTables(sites, items, depots, vehicles, stock, travel_times, poverty, road_links, _travel())
    case = sharing_case(known, with_failed_systems(coming, counted), settings)
    made: dict[str, pd.DataFrame] = {}
    summary: dict[str, Any] = {"scenario": config.scenario}
    summary["m3 a week where water systems failed"] = round(float(counted["quantity"].sum()), 1)
    if case is not None:
        plan = plan_allocation(case.problem, settings.objective, settings.terms)
        planner = Planner(case.problem, settings.terms)
        curve = fairness_curve(planner, settings.fairness_steps).rename(columns={"cost": "cost_usd"})
        made = {
            "allocation_plan": plan_table(case, plan, settings),
            "fairness_curve": curve,
            "allocation_groups": group_table(case, plan, planner.plan(PEOPLE), poverty),
            "plan_comparison": comparison_table(known, history, settings, past_forecasts),
        }
        short = made["allocation_plan"].query("shortfall > 0")
        summary |= {
            "objective": plan.objective,
            "status": plan.status,
            "travel": MetadataValue.text(case.travel_source),
            "people reached": round(plan.people_reached, 1),
            "least coverage": plan.least_coverage,
            "cost, USD": round(plan.cost, 2),
            "sites below a minimum": int(short["place_id"].nunique()),
            "reasons": MetadataValue.json(
                {str(why): int(rows) for why, rows in short["reason"].value_counts().items()}
            ),
        }
    inputs = {"sites": sites, "items": items, "depots": depots, "vehicles": vehicles, "stock": stock}
    inputs |= {"travel_times": travel_times, "road_links": road_links}
    inputs |= {"history": history, "forecasts": forecasts, "poverty": poverty}
    inputs |= {"failed_systems": counted}
    version = inputs_hash(inputs | {"past_forecasts": past_forecasts})
    if case is not None:
        log_decision(
            context,
            contracts.DecisionLog,
            contracts.AllocationPlan,
            {(INPUT_TABLES | FAILED_SYSTEMS)[name]: frame for name, frame in inputs.items()},
            status=[summary["status"]],
            parameters={**settings.model_dump(), "failed_systems": every.failed_systems.model_dump()},
            scenario=config.scenario,
        )
    synthetic = known.is_synthetic or bool(history["is_synthetic"].any()) or bool(counted["is_synthetic"].any())
    lake = context.resources.io_manager.lake
    for contract in (
        contracts.AllocationPlan,
        contracts.FairnessCurve,
        contracts.AllocationGroups,
        contracts.PlanComparison,
    ):
        name = table_name(contract).split(".")[1]
        parts = [made[name].assign(is_synthetic=synthetic)] if name in made else []
        yield scenario_output(lake, parts, contract, scenario=config.scenario, inputs=version, metadata=summary)


@multi_asset(
    name="stock_levels",
    outs={
        "inventory_policy": plan_out(contracts.InventoryPolicy),
        "inventory_simulation": plan_out(contracts.InventorySimulation),
    },
    ins=INPUTS,
    required_resource_keys={"io_manager"},
)
def stock_levels(
    context: AssetExecutionContext,
    config: PlansConfig,
    sites: pd.DataFrame,
    items: pd.DataFrame,
    depots: pd.DataFrame,
    vehicles: pd.DataFrame,
    stock: pd.DataFrame,
    travel_times: pd.DataFrame,
    road_links: pd.DataFrame,
    history: pd.DataFrame,
    forecasts: pd.DataFrame,
    poverty: pd.DataFrame,
) -> Iterator[Output]:
    """When and how much each depot orders, and what that rule and the common one would have done on the history."""
    settings: PlanSettings = plan_settings(config.settings)
    known = AidTables(sites, items, depots, vehicles, stock, travel_times, poverty, road_links, _travel())
    longest = max(settings.inventory.lead_time_weeks) + settings.inventory.review_weeks
    coming = coming_quantiles(forecasts, history, longest)
    policy = policy_table(known, coming, history, settings.sharing, settings.inventory)
    simulated = simulation_table(known, history, settings.sharing, settings.inventory)
    inputs = {"sites": sites, "items": items, "depots": depots, "stock": stock, "travel_times": travel_times}
    version = inputs_hash(inputs | {"road_links": road_links, "history": history, "forecasts": forecasts})
    synthetic = known.is_synthetic or bool(history["is_synthetic"].any())
    lake = context.resources.io_manager.lake
    summary: dict[str, Any] = {"scenario": config.scenario}
    if len(simulated):
        figures = simulated.groupby(["store_kind", "rule"])[
            ["fill_rate", "stock_out_share", "waste_share", "weeks_of_stock"]
        ].mean()
        summary["simulated, mean of stores"] = MetadataValue.md(figures.round(3).reset_index().to_markdown(index=False))
    for frame, contract in ((policy, contracts.InventoryPolicy), (simulated, contracts.InventorySimulation)):
        parts = [frame.assign(is_synthetic=synthetic)] if len(frame.columns) else []
        yield scenario_output(lake, parts, contract, scenario=config.scenario, inputs=version, metadata=summary)


def _travel() -> TravelSettings:
    """Where routes and sharing take travel from."""
    file = files("socialai_assets.aid") / "routing.yaml"
    return parse_settings(file.read_text("utf-8"), "aid/routing.yaml").travel
