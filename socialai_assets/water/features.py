"""Water's feature table, a thin asset over covariates.py. Nothing here reads a survey or an outcome."""

import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.water import contracts, covariates


@asset(
    **table_asset(contracts.Features, "feature"),
    ins=tables(
        points="water.points",
        systems="water.systems",
        areas="geography.areas",
        places="geography.places",
        districts="poverty.district_features",
        rates="poverty.official_rates",
    ),
)
def features(
    points: pd.DataFrame,
    systems: pd.DataFrame,
    areas: pd.DataFrame,
    places: pd.DataFrame,
    districts: pd.DataFrame,
    rates: pd.DataFrame,
) -> pd.DataFrame:
    """What a risk model may know of each point before anybody visits it."""
    return validate(covariates.point_features(points, systems, areas, places, districts, rates), contracts.Features)
