"""Past forecasts as assets: kept as they were served, measured against later reports, watched for drift. No methods."""

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, asset

from resources.lake import Lake
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import Contract, empty, table_name, validate
from socialai_assets.refugees import contracts
from socialai_assets.refugees.feedback_settings import feedback_settings
from socialai_assets.refugees.past_forecasts import drift_table, judged, kept_forecasts, performance_table

_PAST = {
    "served": "refugees.served_forecasts",
    "past": "refugees.population_out_of_sample",
    "population": "refugees.camp_population",
}


@asset(
    **table_asset(contracts.ServedForecasts, "prediction"),
    ins=tables(forecasts="refugees.population_forecasts"),
    required_resource_keys={"io_manager"},
)
def served_forecasts(context: AssetExecutionContext, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Keep what is served now beside what was served before."""
    kept = so_far(context.resources.io_manager.lake, contracts.ServedForecasts)
    return as_table(kept_forecasts(kept, forecasts), contracts.ServedForecasts)


@asset(**table_asset(contracts.ForecastPerformance, "prediction"), ins=tables(**_PAST))
def forecast_performance(served: pd.DataFrame, past: pd.DataFrame, population: pd.DataFrame) -> Output[pd.DataFrame]:
    """Measure past forecasts against later reports."""
    table = performance_table(judged(served, past, population), feedback_settings().forecasts)
    if table.empty:
        return Output(empty(contracts.ForecastPerformance))
    whole = table[table["camp_id"] == "all"][["conflict_id", "horizon", "basis", "forecasts", "wape", "coverage_80"]]
    return Output(
        validate(table, contracts.ForecastPerformance),
        metadata={"by conflict": MetadataValue.md(whole.round(3).to_markdown(index=False))},
    )


@asset(**table_asset(contracts.ForecastDrift, "drift"), ins=tables(**_PAST))
def forecast_drift(served: pd.DataFrame, past: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Compare recent forecasts with those before; the check that fails here asks for a training."""
    return as_table(
        drift_table(judged(served, past, population), feedback_settings().forecasts), contracts.ForecastDrift
    )


def so_far(lake: Lake, contract: type[Contract]) -> pd.DataFrame | None:
    """What a table that is added to holds; None where it is not there yet or an earlier version made it."""
    table, names = table_name(contract), set(empty(contract).columns)
    return lake.read_frame(table) if lake.exists(table) and set(lake.columns(table)) == names else None


def as_table(rows: pd.DataFrame, contract: type[Contract]) -> pd.DataFrame:
    """Rows held to their contract; an empty table where there are none."""
    return validate(rows, contract) if len(rows) else empty(contract)
