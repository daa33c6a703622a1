"""Covariates of an area from tables, places, shapes and pictures: logarithms, distances, potentials, neighbours.

Pure functions on frames over `methods`; knows no poverty figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods import imagery, spatial, tiles

if TYPE_CHECKING:
    import geopandas as gpd

CITY_SIZES = {"50k": 50_000, "200k": 200_000}
POTENTIAL_SCALES_KM = (25, 100)
OUTLINE_GAP_M = 200.0


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
    synthetic = any(bool(pictures["is_synthetic"].any()) for pictures in (night, day))
    return pd.DataFrame(table).assign(is_synthetic=synthetic)


def place_distances(places: pd.DataFrame) -> pd.DataFrame:
    """For each area the mean distance of its places to the next place and to an urban one, in km.

    Args:
        places: `area_id, kind, latitude, longitude`.

    Returns:
        `area_id, place_spacing_km, place_to_urban_km`; missing where there is nothing to measure to.
    """
    points = places[["latitude", "longitude"]].to_numpy()
    urban = points[(places["kind"] == "urban").to_numpy()]
    unknown = np.full(len(places), np.nan)
    measured = pd.DataFrame(
        {
            "area_id": places["area_id"].to_numpy(),
            "place_spacing_km": spatial.nearest_km(points, points, nth=2)[0] if len(points) > 1 else unknown,
            "place_to_urban_km": spatial.nearest_km(points, urban)[0] if len(urban) else unknown,
        }
    )
    return measured.groupby("area_id", as_index=False).mean()


def capital_distances(districts: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Distances of each area to the capitals above it and to cities, and the people near by.

    Args:
        districts: `area_id, admin1_id, admin2_id, latitude, longitude, population`.
        areas: `area_id, latitude, longitude` of all levels.

    Returns:
        `area_id` and the distances (km) and potentials (logarithms) of the contract.
    """
    points = districts[["latitude", "longitude"]].to_numpy(dtype=float)
    people = districts["population"].fillna(0).to_numpy(dtype=float)
    capitals = areas.set_index("area_id")[["latitude", "longitude"]]
    result = pd.DataFrame({"area_id": districts["area_id"].to_numpy()})
    for level in ("admin2", "admin1"):
        above = capitals.reindex(districts[f"{level}_id"]).to_numpy(dtype=float)
        result[f"distance_to_{level}_capital_km"] = _pairwise_km(points, above)
    for name, size in CITY_SIZES.items():
        cities = points[people > size]
        result[f"distance_to_city_{name}_km"] = spatial.nearest_km(points, cities)[0] if len(cities) else np.nan
    distances = spatial.great_circle_km(points, points)
    result["distance_to_largest_city_km"] = distances[:, people.argmax()] if people.any() else np.nan
    for scale in POTENTIAL_SCALES_KM:
        nearby = (spatial.distance_weights(distances, scale) * people).sum(axis=1)
        result[f"population_potential_{scale}km_log"] = np.log1p(nearby)
    return result


def outline_distances(districts: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Distance of each area's capital to the outline of all areas together (coast or border), in km."""
    import geopandas as gpd

    centre = shapes.geometry.iloc[[0]].union_all().centroid if len(shapes) == 1 else shapes.union_all().centroid
    plane = f"+proj=laea +lat_0={centre.y:.4f} +lon_0={centre.x:.4f} +units=m"
    # Digitised borders rarely meet exactly; a small buffer closes the gaps between neighbours.
    outline = shapes.to_crs(plane).buffer(OUTLINE_GAP_M).union_all().boundary
    points = gpd.GeoSeries.from_xy(districts["longitude"], districts["latitude"], crs="EPSG:4326").to_crs(plane)
    return pd.DataFrame(
        {
            "area_id": districts["area_id"].to_numpy(),
            "distance_to_outline_km": points.distance(outline).to_numpy() / 1000,
        }
    )


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
        areas: areas of all levels.
        shapes: polygons of the districts, EPSG:4326.
        neighbours: contiguity of the districts.
        averaged: covariates whose mean over the neighbours is a covariate too.
    """
    if districts.empty:
        raise ValueError("There is no area with a boundary to compute features for.")
    frame = districts.merge(pictures, on="area_id", how="left", suffixes=("", "_pictures"))
    frame["is_synthetic"] |= frame.pop("is_synthetic_pictures").fillna(False).astype(bool)
    for part in (place_distances(places), capital_distances(districts, areas), outline_distances(districts, shapes)):
        frame = frame.merge(part, on="area_id", how="left")
    population, surface = frame["population"].where(frame["population"] > 0), frame["area_km2"]
    count = frame["place_count"].where(frame["place_count"] > 0)
    frame["area_log"] = np.log(surface)
    frame["population_log"] = np.log1p(frame["population"])
    frame["population_density_log"] = np.log(population / surface)
    frame["place_count_log"] = np.log1p(frame["place_count"])
    frame["place_density_log"] = np.log(count / surface)
    frame["population_per_place_log"] = np.log(population / count)
    frame = frame.drop(columns=["population", "area_km2", "place_count"])
    means = spatial.neighbour_mean(frame, neighbours, list(averaged))
    return frame.merge(means, on="area_id", how="left").sort_values("area_id", ignore_index=True)


def _pairwise_km(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Great-circle distance of each point to the other of its row, missing where either is."""
    known = ~(np.isnan(points).any(axis=1) | np.isnan(others).any(axis=1))
    result = np.full(len(points), np.nan)
    latitude, other_latitude = np.radians(points[known, 0]), np.radians(others[known, 0])
    longitude = np.radians(others[known, 1] - points[known, 1])
    haversine = (
        np.sin((other_latitude - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(other_latitude) * np.sin(longitude / 2) ** 2
    )
    result[known] = 2 * spatial.EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
    return result
