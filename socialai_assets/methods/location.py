"""Covariates of an area from its settlements, its population and its position. No pictures, no target values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods.spatial import great_circle_km, nearest_km, potential

if TYPE_CHECKING:
    import geopandas as gpd


def _places(frame: pd.DataFrame) -> np.ndarray:
    return frame[["latitude", "longitude"]].to_numpy(dtype=np.float64)


def settlement_covariates(areas: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """How people live spread over each area.

    Args:
        areas: ``area_id``, ``area_km2``, ``population`` (people; may be missing).
        places: settlements with ``area_id``, ``latitude``, ``longitude`` (degrees) and ``is_urban`` (boolean).

    Returns:
        ``area_id`` in the order of ``areas`` and ``population_log`` (ln(1 + people)), ``population_density_log``
        (ln people per km²), ``place_density_log`` (ln settlements per km²), ``population_per_place_log`` (ln people
        per settlement), ``urban_place_share`` (0 to 1), ``place_distance_to_urban_km`` (mean over settlements of the
        way to the nearest urban one). NaN where an area has no settlement, no people or no known population.
    """
    urban = places["is_urban"].to_numpy(dtype=bool)
    if urban.any():
        to_nearest_urban, _ = nearest_km(_places(places), _places(places.loc[urban]))
    else:
        to_nearest_urban = np.full(len(places), np.nan)
    by_area = (
        pd.DataFrame({"area_id": places["area_id"].to_numpy(), "urban": urban, "to_urban": to_nearest_urban})
        .groupby("area_id")
        .agg(count=("urban", "size"), share=("urban", "mean"), to_urban=("to_urban", "mean"))
        .reindex(areas["area_id"])
    )
    population = areas["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    people = np.where(population > 0, population, np.nan)
    count, share, to_urban = by_area.to_numpy(dtype=np.float64).T
    area_km2 = areas["area_km2"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "area_id": areas["area_id"].to_numpy(),
            "population_log": np.log1p(population),
            "population_density_log": np.log(people / area_km2),
            "place_density_log": np.log(count / area_km2),
            "population_per_place_log": np.log(people / count),
            "urban_place_share": share,
            "place_distance_to_urban_km": to_urban,
        }
    )


def access_covariates(
    areas: pd.DataFrame,
    capitals: Mapping[str, pd.DataFrame],
    *,
    city_populations: Sequence[int] = (50_000, 200_000),
    potential_scale_km: float = 100.0,
) -> pd.DataFrame:
    """How far each area is from where services and markets are, as the crow flies.

    Args:
        areas: ``area_id``, ``latitude``, ``longitude`` (degrees, of the area's own capital or centre),
            ``population``, and one column for each key of ``capitals`` with the area's ancestor at that level.
        capitals: level, e.g. ``province`` -> its units with ``area_id``, ``latitude``, ``longitude`` of the capital.
        city_populations: an area with at least that many people counts as a city.
        potential_scale_km: decay length of the population potential.

    Returns:
        ``area_id`` in the order of ``areas``, ``distance_to_<level>_capital_km``, ``distance_to_city_<people>_km``
        (0 in a city; NaN where the country has none), ``distance_to_largest_city_km``, and
        ``population_potential_log`` (ln(1 + people weighed by exp(-distance / scale))).

    Raises:
        ValueError: an area without coordinates, or no area with a population.
    """
    here = _places(areas)
    if np.isnan(here).any():
        raise ValueError(f"{np.isnan(here).any(axis=1).sum()} areas have no coordinates.")
    population = areas["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(population).all():
        raise ValueError("No area has a known population.")
    result = pd.DataFrame({"area_id": areas["area_id"].to_numpy()})
    for level, units in capitals.items():
        there = _places(units.set_index("area_id").reindex(areas[level]))
        result[f"distance_to_{level}_capital_km"] = _paired_km(here, there)
    for people in city_populations:
        cities = here[population >= people]
        result[f"distance_to_city_{people}_km"] = nearest_km(here, cities)[0] if len(cities) else np.nan
    largest = here[[np.nanargmax(population)]]
    result["distance_to_largest_city_km"] = great_circle_km(here, largest)[:, 0]
    result["population_potential_log"] = np.log1p(potential(here, here, population, scale_km=potential_scale_km))
    return result


def _paired_km(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Great-circle distance of each place to its own target; NaN where the target is unknown."""
    distance = np.full(len(here), np.nan)
    known = ~np.isnan(there).any(axis=1)
    targets, position = np.unique(there[known], axis=0, return_inverse=True)
    for target in range(len(targets)):
        rows = np.flatnonzero(known)[position == target]
        distance[rows] = great_circle_km(here[rows], targets[[target]])[:, 0]
    return distance


def outline_distance_km(
    coordinates: np.ndarray, shapes: gpd.GeoDataFrame, *, gap_tolerance_m: float = 200.0
) -> np.ndarray:
    """Distance of each place to the outer edge of all shapes together, coast and land border alike.

    Args:
        coordinates: (n, 2) latitude and longitude in degrees.
        shapes: polygons that fill the country, in any CRS.
        gap_tolerance_m: gaps between polygons up to twice as wide are closed first.

    Returns:
        (n,) kilometres, 0 and more on either side of the edge, in an equidistant projection centred on the shapes.
    """
    import geopandas as gpd

    west, south, east, north = shapes.to_crs("EPSG:4326").total_bounds
    centred = f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +units=m"
    country = shapes.to_crs(centred).buffer(gap_tolerance_m, resolution=4).union_all().buffer(-gap_tolerance_m)
    points = gpd.GeoSeries(gpd.points_from_xy(coordinates[:, 1], coordinates[:, 0]), crs="EPSG:4326")
    return points.to_crs(centred).distance(country.boundary).to_numpy() / 1000
