"""Aid's feature tables, each a thin asset over a pure function. Forecasts and plans are made elsewhere."""

import pandas as pd
from dagster import asset

from socialai_assets.aid import contracts, demand
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
