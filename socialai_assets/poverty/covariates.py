"""Covariates of an area from tables, places, shapes and pictures, put together from `methods`.

Pure functions on frames; knows no poverty figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods import imagery, location, spatial, tiles

if TYPE_CHECKING:
    import geopandas as gpd


def picture_statistics(night: pd.DataFrame, day: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Zonal statistics of night and day pictures for each area.

    Args:
        night: XYZ tiles `z, x, y, image, is_synthetic`; may be empty.
        day: likewise.
        shapes: `area_id, geometry`, any CRS.

    Returns:
        One row an area; missing where no picture shows it.
    """
    table = shapes[["area_id"]].reset_index(drop=True)
    for pictures, covariates in (
        (night, imagery.night_light_covariates),
        (day, imagery.daylight_covariates),
    ):
        if not pictures.empty:
            table = table.merge(covariates(tiles.mosaic(pictures), shapes), on="area_id", how="left")
    synthetic = any_synthetic(night, day)
    return pd.DataFrame(table).assign(is_synthetic=synthetic)


def district_features(
    districts: pd.DataFrame,
    pictures: pd.DataFrame,
    places: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
    neighbours: pd.DataFrame,
    averaged: Sequence[str],
) -> pd.DataFrame:
    """Everything the poverty model sees of each area, in one frame.

    Args:
        districts: the mart `district_covariates`.
        pictures: `picture_statistics`.
        places: populated places.
        areas: areas of all levels, whose capitals distances are measured to.
        shapes: polygons of the districts, EPSG:4326.
        neighbours: contiguity of the districts.
        averaged: covariates whose mean over the neighbours is a covariate too.

    Raises:
        ValueError: there is no area with a boundary, or one without coordinates.
    """
    if districts.empty:
        raise ValueError("There is no area with a boundary to compute features for.")
    placed = districts.assign(admin1=districts["admin1_id"], admin2=districts["admin2_id"])
    capitals = {level: areas[areas["level"] == level] for level in ("admin2", "admin1")}
    settled = location.settlement_covariates(districts, places.assign(is_urban=places["kind"] == "urban"))
    frame = districts.merge(pictures, on="area_id", how="left", suffixes=("", "_pictures"))
    frame["is_synthetic"] |= frame.pop("is_synthetic_pictures").eq(True)
    # The mart's share counts the same places.
    frame = frame.merge(settled.drop(columns="urban_place_share"), on="area_id")
    frame = frame.merge(location.access_covariates(placed, capitals), on="area_id")
    coordinates = frame[["latitude", "longitude"]].to_numpy(dtype=float)
    frame["distance_to_outline_km"] = location.outline_distance_km(coordinates, shapes)
    frame = frame.drop(columns=["population", "area_km2", "place_count"])
    means = spatial.neighbour_mean(frame, neighbours, list(averaged))
    return frame.merge(means, on="area_id", how="left").sort_values("area_id", ignore_index=True)
