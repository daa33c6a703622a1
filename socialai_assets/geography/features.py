"""Geography's tables that need geometry: valid shapes and contiguity. Joins and counts are dbt's."""

import geopandas as gpd
import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.geography import contracts
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.methods import shapes as methods
from socialai_assets.methods import spatial


@asset(
    **table_asset(contracts.AreaShapes, "feature"),
    ins=tables(boundaries="geography.stg_area_boundaries", areas="geography.stg_areas"),
)
def area_shapes(boundaries: gpd.GeoDataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Valid polygons of the areas, whole and simplified for the web."""
    # A boundary whose area no table knows is kept, as the lowest level: the check `vintages_agree` lists it.
    levels = areas.drop_duplicates("area_id").set_index("area_id")["level"]
    shapes = methods.valid_shapes(boundaries[["area_id", "geometry", "is_synthetic"]])
    shapes["level"] = shapes["area_id"].map(levels).fillna("admin3")
    return validate(shapes, contracts.AreaShapes)  # type: ignore[return-value]


@asset(**table_asset(contracts.Neighbours, "feature"), ins=tables(shapes="geography.area_shapes"))
def neighbours(shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of areas of one level that touch."""
    by_level = [spatial.neighbours(level[["area_id", "geometry"]]) for _, level in shapes.groupby("level")]
    return validate(pd.concat(by_level) if by_level else empty(contracts.Neighbours), contracts.Neighbours)
