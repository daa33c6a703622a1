"""Camps' population forecasts as assets: tried on past weeks, scored, made. No methods here."""

import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.refugees import arrival_forecasting, arrival_scores, contracts
from socialai_assets.refugees.arrival_factors import factors
from socialai_assets.refugees.arrival_models import panels
from socialai_assets.refugees.arrival_series import conflicts

KNOWN = {
    "population": "refugees.camp_population",
    "camps": "refugees.camps",
    "links": "refugees.links",
    "closures": "refugees.closures",
    "locations": "refugees.locations",
}


@asset(**table_asset(contracts.PopulationOutOfSample, "training"), ins=tables(**KNOWN))
def population_out_of_sample(
    population: pd.DataFrame,
    camps: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    locations: pd.DataFrame,
) -> pd.DataFrame:
    """Forecasts of past weeks by every model."""
    known = panels(conflicts(population), camps, links, closures, locations)
    return _table(arrival_forecasting.tried(known), contracts.PopulationOutOfSample)


@asset(**table_asset(contracts.PopulationScores, "training"), ins=tables(past="refugees.population_out_of_sample"))
def population_scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on past weeks."""
    return _table(arrival_scores.scores(past), contracts.PopulationScores)


@asset(
    **table_asset(contracts.PopulationForecasts, "prediction"),
    ins=tables(**KNOWN, past="refugees.population_out_of_sample"),
)
def population_forecasts(
    population: pd.DataFrame,
    camps: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    locations: pd.DataFrame,
    past: pd.DataFrame,
) -> pd.DataFrame:
    """Forecasts of the coming weeks."""
    known = panels(conflicts(population), camps, links, closures, locations)
    return _table(arrival_forecasting.forecast(known, past), contracts.PopulationForecasts)


@asset(**table_asset(contracts.ArrivalFactors, "prediction"), ins=tables(**KNOWN))
def arrival_factors(
    population: pd.DataFrame,
    camps: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    locations: pd.DataFrame,
) -> pd.DataFrame:
    """How camps grow and what goes with it."""
    known = panels(conflicts(population), camps, links, closures, locations)
    return _table(factors(known), contracts.ArrivalFactors)


def _table(rows: pd.DataFrame, contract: type) -> pd.DataFrame:
    return validate(rows, contract) if len(rows) else empty(contract)
