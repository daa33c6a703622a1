"""Aid's demand forecasts as assets: tried on past origins, scored, made, and what drives them. No methods here."""

import pandas as pd
from dagster import AssetExecutionContext, asset

from socialai_assets.aid import contracts, forecasting
from socialai_assets.aid.demand_series import demand_series
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate


@asset(
    **table_asset(contracts.ForecastOutOfSample, "training"),
    ins=tables(features="aid.demand_features", calendar="aid.calendar"),
)
def forecast_out_of_sample(
    context: AssetExecutionContext, features: pd.DataFrame, calendar: pd.DataFrame
) -> pd.DataFrame:
    """Forecasts of past periods by every model."""
    parts = []
    for series in demand_series(features, calendar):
        parts.append(forecasting.tried(series))
        context.log.info(f"{series.period}: {series.values.shape[1]} series tried")
    return _table(parts, contracts.ForecastOutOfSample)


@asset(**table_asset(contracts.ForecastScores, "training"), ins=tables(past="aid.forecast_out_of_sample"))
def forecast_scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on past periods."""
    return _table([forecasting.scores(past)], contracts.ForecastScores)


@asset(
    **table_asset(contracts.DemandForecasts, "prediction"),
    ins=tables(features="aid.demand_features", calendar="aid.calendar", past="aid.forecast_out_of_sample"),
)
def demand_forecasts(features: pd.DataFrame, calendar: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the coming periods."""
    parts = [
        forecasting.forecast(series, past[past["period"] == series.period])
        for series in demand_series(features, calendar)
    ]
    return _table(parts, contracts.DemandForecasts)


@asset(
    **table_asset(contracts.DemandDrivers, "prediction"),
    ins=tables(features="aid.demand_features", calendar="aid.calendar"),
)
def demand_drivers(features: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """What drives demand."""
    parts = [forecasting.demand_drivers(series) for series in demand_series(features, calendar)]
    return _table(parts, contracts.DemandDrivers)


def _table(parts: list[pd.DataFrame], contract: type) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return validate(pd.concat(filled, ignore_index=True), contract) if filled else empty(contract)
