"""Camps' population forecasts as assets: tried on past weeks, scored, made. No methods here."""

import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.refugees import arrival_forecasting, contracts
from socialai_assets.refugees.arrival_series import conflicts


@asset(**table_asset(contracts.PopulationOutOfSample, "training"), ins=tables(population="refugees.camp_population"))
def population_out_of_sample(population: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of past weeks by every model."""
    return _table(arrival_forecasting.tried(conflicts(population)), contracts.PopulationOutOfSample)


@asset(**table_asset(contracts.PopulationScores, "training"), ins=tables(past="refugees.population_out_of_sample"))
def population_scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on past weeks."""
    return _table(arrival_forecasting.scores(past), contracts.PopulationScores)


@asset(**table_asset(contracts.PopulationForecasts, "prediction"), ins=tables(population="refugees.camp_population"))
def population_forecasts(population: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the coming weeks."""
    return _table(arrival_forecasting.forecast(conflicts(population)), contracts.PopulationForecasts)


def _table(rows: pd.DataFrame, contract: type) -> pd.DataFrame:
    return validate(rows, contract) if len(rows) else empty(contract)
