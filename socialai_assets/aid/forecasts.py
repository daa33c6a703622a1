"""Aid's demand forecasts as assets: past ones, their scores, those of the coming periods. Maps are made elsewhere."""

import pandas as pd
from dagster import asset

from socialai_assets.aid import demand_forecasting, forecast_contracts, forecast_scoring
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import validate


@asset(
    **table_asset(forecast_contracts.ForecastOutOfSample, "training"),
    ins=tables(features="aid.demand_features"),
)
def forecast_out_of_sample(features: pd.DataFrame) -> pd.DataFrame:
    """Forecast from past origins."""
    return validate(demand_forecasting.out_of_sample(features), forecast_contracts.ForecastOutOfSample)


@asset(
    **table_asset(forecast_contracts.ForecastScores, "training"),
    ins=tables(past="aid.forecast_out_of_sample"),
)
def forecast_scores(past: pd.DataFrame) -> pd.DataFrame:
    """Score what was forecast from past origins."""
    return validate(forecast_scoring.forecast_scores(past), forecast_contracts.ForecastScores)


@asset(
    **table_asset(forecast_contracts.DemandForecasts, "prediction"),
    ins=tables(features="aid.demand_features", past="aid.forecast_out_of_sample"),
)
def demand_forecasts(features: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Forecast the coming periods."""
    return validate(demand_forecasting.demand_forecasts(features, past), forecast_contracts.DemandForecasts)
