"""Aid's feature tables, each a thin asset over a pure function. Forecasts and plans are made elsewhere."""

import pandas as pd
from dagster import asset

from socialai_assets.aid import contracts, demand
from socialai_assets.aid.failed_systems import failed_system_demand as demand_of_failed_systems
from socialai_assets.aid.sharing_settings import plan_settings
from socialai_assets.factories.minimum_standards import minimum_requirement
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import validate


@asset(
    **table_asset(contracts.DemandFeatures, "feature"),
    ins=tables(
        history="aid.demand_history",
        calendar="aid.calendar",
        sites="aid.sites",
        areas="geography.areas",
        poverty="poverty.district_predictions",
    ),
)
def demand_features(
    history: pd.DataFrame,
    calendar: pd.DataFrame,
    sites: pd.DataFrame,
    areas: pd.DataFrame,
    poverty: pd.DataFrame,
) -> pd.DataFrame:
    """Demand by place, item and period, beside what a forecast may know."""
    return validate(demand.demand_features(history, calendar, sites, areas, poverty), contracts.DemandFeatures)


@asset(
    **table_asset(contracts.FailedSystemDemand, "feature"),
    ins=tables(failures="water.supply_failures", sites="aid.sites", history="aid.demand_history"),
)
def failed_system_demand(failures: pd.DataFrame, sites: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Water that people need whose system has failed, at the site nearest to it."""
    settings = plan_settings().failed_systems
    newest = pd.to_datetime(history["period_start"]).max()
    found = demand_of_failed_systems(failures, sites, minimum_requirement("water"), newest, settings)
    return validate(found, contracts.FailedSystemDemand)
