"""Poverty's feature tables, each a thin asset over covariates.py. Nothing here reads a poverty figure."""

import geopandas as gpd
import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import describe, validate
from socialai_assets.poverty import contracts, covariates


@asset(
    **table_asset(contracts.PictureStatistics, "feature"),
    ins=tables(night="poverty.stg_satellite_night", day="poverty.stg_satellite_day", shapes="geography.area_shapes"),
)
def picture_statistics(night: pd.DataFrame, day: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Zonal statistics of the satellite pictures for each admin3 area."""
    statistics = covariates.picture_statistics(night, day, _admin3(shapes))
    # Without night or day pictures their columns are there, and empty.
    columns = [column.name for column in describe(contracts.PictureStatistics)]
    return validate(statistics.reindex(columns=columns), contracts.PictureStatistics)


@asset(
    **table_asset(contracts.DistrictFeatures, "feature"),
    ins=tables(
        districts="poverty.district_covariates",
        pictures="poverty.picture_statistics",
        places="geography.places",
        areas="geography.areas",
        shapes="geography.area_shapes",
        neighbours="geography.neighbours",
    ),
)
def district_features(
    districts: pd.DataFrame,
    pictures: pd.DataFrame,
    places: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
    neighbours: pd.DataFrame,
) -> pd.DataFrame:
    """What the poverty model sees of each admin3 area."""
    features = covariates.district_features(
        districts, pictures, places, areas, _admin3(shapes), neighbours, contracts.AVERAGED
    )
    return validate(features, contracts.DistrictFeatures)


def _admin3(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return shapes.loc[shapes["level"] == "admin3", ["area_id", "geometry"]]  # type: ignore[return-value]
