"""Past plans and fairness as assets: plans kept as made, groups compared by the needs met. No methods here."""

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, asset

from resources.lake import Lake
from socialai_assets.factories.plan_scenarios import BASELINE
from socialai_assets.factories.tables import asset_key, table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.refugees import contracts
from socialai_assets.refugees.fairness import audited_groups, fairness_table
from socialai_assets.refugees.feedback_settings import feedback_settings
from socialai_assets.refugees.forecast_feedback import as_table, so_far
from socialai_assets.refugees.past_forecasts import kept_plans

PLAN = "refugees.supply_plan"


@asset(**table_asset(contracts.ServedPlans, "plan"), deps=[asset_key(PLAN)], required_resource_keys={"io_manager"})
def served_plans(context: AssetExecutionContext) -> pd.DataFrame:
    """Keep what is planned now beside what was planned for weeks that are past."""
    lake = context.resources.io_manager.lake
    return as_table(kept_plans(so_far(lake, contracts.ServedPlans), baseline_plan(lake)), contracts.ServedPlans)


@asset(
    **table_asset(contracts.FairnessAudit, "plan"),
    ins=tables(
        camps="refugees.camps",
        population="refugees.camp_population",
        links="refugees.links",
        locations="refugees.locations",
        depots="refugees.relief_depots",
        reported="refugees.needs_reported",
    ),
    deps=[asset_key(PLAN)],
    required_resource_keys={"io_manager"},
)
def fairness_audit(
    context: AssetExecutionContext,
    camps: pd.DataFrame,
    population: pd.DataFrame,
    links: pd.DataFrame,
    locations: pd.DataFrame,
    depots: pd.DataFrame,
    reported: pd.DataFrame,
) -> Output[pd.DataFrame]:
    """Compare the needs met of groups of camps and people."""
    groups = audited_groups(camps, population, links, locations, depots)
    plan = baseline_plan(context.resources.io_manager.lake)
    table = fairness_table(groups, reported, plan, feedback_settings().fairness)
    worse = table[table["is_below"]] if len(table) else table
    shown = worse[["basis", "dimension", "group", "met_share", "ratio_to_best"]] if len(worse) else pd.DataFrame()
    return Output(
        as_table(table, contracts.FairnessAudit),
        metadata={"served worse": MetadataValue.md(shown.round(3).to_markdown(index=False))},
    )


def baseline_plan(lake: Lake) -> pd.DataFrame:
    """The rows of the baseline supply plan; none where there is no plan."""
    if not lake.exists(PLAN):
        return empty(contracts.SupplyPlan)
    plan = lake.read_frame(PLAN)
    return validate(plan[plan["scenario"] == BASELINE], contracts.SupplyPlan)
