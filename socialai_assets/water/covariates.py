"""What a risk model may know of a water point, computed from tables. Reads no survey and no outcome; writes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.spatial import great_circle_km, nearest_km
from socialai_assets.water.leakage import AREA_COVARIATES, KEYS, ORIGINS

NEAR_KM = 5.0
_KM_PER_DEGREE = 111.2
_OF_POINTS = ["point_id", "system_id", "component", "water_source", "water_tech", "source", "is_synthetic"]
_OF_SYSTEMS = [
    "system_id",
    "area_id",
    "lat_deg",
    "lon_deg",
    "altitude_m",
    "install_year",
    "supply",
    "served_population",
    "served_households",
]


def point_features(
    points: pd.DataFrame,
    systems: pd.DataFrame,
    areas: pd.DataFrame,
    places: pd.DataFrame,
    districts: pd.DataFrame,
    rates: pd.DataFrame,
) -> pd.DataFrame:
    """Features of each point: what is known of its system, and of the area and the places around it.

    Only the columns named here are read, so that what a visit found (state, works) cannot come in with its table.

    Args:
        points: `water.points`.
        systems: `water.systems`.
        areas: `geography.areas` of all levels.
        places: `geography.places`.
        districts: `poverty.district_features`.
        rates: `poverty.official_rates`.

    Returns:
        Columns of `water.features`, one row a point; NaN where something is not known.
    """
    found = points[_OF_POINTS].merge(systems[_OF_SYSTEMS], on="system_id", how="left")
    found = found.merge(_of_areas(areas), on="area_id", how="left")
    found = found.merge(_of_districts(districts, rates), on="area_id", how="left")
    found["install_year"] = found["install_year"].astype("float64")
    households = found["served_households"].where(found["served_households"] > 0)
    found["people_per_household"] = found["served_population"] / households
    where = found[["lat_deg", "lon_deg"]].to_numpy(np.float64)
    found["km_to_capital"] = _km_between(where, found[["capital_latitude", "capital_longitude"]].to_numpy(np.float64))
    found["above_capital_m"] = found["altitude_m"] - found["capital_altitude_m"]
    urban = places.loc[places["kind"] == "urban", ["latitude", "longitude"]].to_numpy(np.float64)
    found["km_to_urban_place"] = nearest_km(where, urban)[0] if len(urban) and len(where) else np.nan
    found["places_within_5_km"] = _places_near(where, places[["latitude", "longitude"]].to_numpy(np.float64))
    return found[[*KEYS, *ORIGINS]]


def _of_areas(areas: pd.DataFrame) -> pd.DataFrame:
    own = areas.loc[areas["level"] == "admin3"]
    return pd.DataFrame(
        {
            "area_id": own["area_id"],
            "admin2_id": own["admin2_id"],
            "admin1_id": own["admin1_id"],
            "capital_latitude": own["latitude"],
            "capital_longitude": own["longitude"],
            "capital_altitude_m": own["altitude_m"],
            "area_people_per_km2": own["population"] / own["area_km2"].where(own["area_km2"] > 0),
            "area_urban_place_share": own["urban_place_share"],
            "natural_region": own["natural_region"],
        }
    )


def _of_districts(districts: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    both = districts.merge(rates[["area_id", "poverty_rate_pct"]], on="area_id", how="outer")
    named = both.rename(columns={column: feature for feature, column in AREA_COVARIATES.items()})
    return named[["area_id", *AREA_COVARIATES]]


def _km_between(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Great-circle km from each point to the one in the same row, by the haversine; NaN where one is unknown."""
    phi, theta = np.radians(starts), np.radians(ends)
    inner = np.sin((theta[:, 0] - phi[:, 0]) / 2) ** 2
    inner += np.cos(phi[:, 0]) * np.cos(theta[:, 0]) * np.sin((theta[:, 1] - phi[:, 1]) / 2) ** 2
    return 2 * 6371.0088 * np.arcsin(np.sqrt(inner))


def _places_near(where: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places within `NEAR_KM` of each point, great circle."""
    from scipy.spatial import KDTree

    if not len(where) or not len(places):
        return np.zeros(len(where))
    # Degrees are shortened first, so that only near places are measured.
    reach = NEAR_KM / _KM_PER_DEGREE / np.cos(np.radians(np.abs(where[:, 0]).max() + 0.1))
    candidates = KDTree(places).query_ball_point(where, reach)
    return np.array(
        [
            float((great_circle_km(point[None], places[near])[0] <= NEAR_KM).sum()) if near else 0.0
            for point, near in zip(where, candidates, strict=True)
        ]
    )
