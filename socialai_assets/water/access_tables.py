"""Who has water within reach and who relies on which system, computed from tables. Knows no risk and plans nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.access import Reach, nearest_in_reach, reliance
from socialai_assets.methods.population_spread import people_of_places
from socialai_assets.methods.spatial import nearest_km
from socialai_assets.water.repair_contracts import LEFT_OUT
from socialai_assets.water.repair_settings import AccessSettings

_COORDINATES = ["latitude", "longitude"]
_POINT_COORDINATES = ["lat_deg", "lon_deg"]


@dataclass(frozen=True, eq=False)
class Access:
    """Places and systems with the ways between them.

    Attributes:
        places: `geography.places` with `people`, `is_counted`, `left_out`.
        systems: `water.systems` with `works`, `is_visited`, `failed_points`.
        reach: pairs of a counted place and a system in walking distance, by positions in these two.
    """

    places: pd.DataFrame
    systems: pd.DataFrame
    reach: Reach

    @property
    def people(self) -> np.ndarray:
        """(places,) people who are counted."""
        return np.where(self.places["is_counted"], self.places["people"].fillna(0.0), 0.0)


def access_of(
    systems: pd.DataFrame,
    points: pd.DataFrame,
    areas: pd.DataFrame,
    places: pd.DataFrame,
    settings: AccessSettings,
) -> Access:
    """Spread the people, judge the systems, measure the ways.

    Args:
        systems: `water.systems`.
        points: `water.points`.
        areas: `geography.areas` of all levels.
        places: `geography.places`.
        settings: of access.
    """
    smallest = areas.loc[areas["level"] == "admin3", ["area_id", "population", "natural_region"]]
    settled = places.sort_values("place_id", ignore_index=True)
    settled["people"] = people_of_places(smallest.rename(columns={"natural_region": "stratum"}), settled)
    registered = settled["area_id"].isin(systems["area_id"].dropna()) | (not settings.registered_areas_only)
    reasons = [~settled["kind"].isin(settings.place_kinds), ~registered, settled["people"].isna()]
    settled["left_out"] = np.select(reasons, LEFT_OUT, default=None)  # pyright: ignore[reportArgumentType, reportCallIssue]
    settled["is_counted"] = settled["left_out"].isna()
    judged = judged_systems(systems.sort_values("system_id", ignore_index=True), points, settings)
    reach = Reach.of(
        settled[_COORDINATES].to_numpy(float), judged[_POINT_COORDINATES].to_numpy(float), settings.reach_km
    )
    return Access(settled, judged, reach)


def failed(points: pd.DataFrame, settings: AccessSettings) -> pd.Series:
    """Whether each of `water.points` had failed at its latest visit; missing where nobody looked."""
    bad = pd.Series(False, index=points.index)
    for component, states in settings.failed_states.items():
        bad |= (points["component"] == component) & points["state"].isin(states)
    looked = points["works"].notna() | points["state"].notna()
    stopped = points["works"].astype("boolean").eq(False).fillna(False).astype(bool)
    return (bad | stopped).astype("boolean").where(looked)


def judged_systems(systems: pd.DataFrame, points: pd.DataFrame, settings: AccessSettings) -> pd.DataFrame:
    """`water.systems` with `works`, `is_visited` and `failed_points`: a system works if none of its points failed."""
    seen = points.assign(failed=failed(points, settings)).dropna(subset="failed").sort_values("point_id")
    wrong = seen[seen["failed"].astype(bool)].groupby("system_id")["point_id"].agg(",".join)
    result = systems.assign(
        is_visited=systems["system_id"].isin(seen["system_id"]), failed_points=systems["system_id"].map(wrong)
    )
    return result.assign(works=result["is_visited"] & result["failed_points"].isna())


def gap_rows(access: Access, *, synthetic: bool) -> pd.DataFrame:
    """Columns of `water.service_gaps`."""
    places, systems, reach = access.places, access.systems, access.reach
    works = systems["works"].to_numpy(bool)
    nearest = nearest_in_reach(reach, works)
    rows = places[["place_id", "area_id", "name", "kind", *_COORDINATES, "people", "is_counted", "left_out"]].copy()
    rows["points_in_reach"] = np.bincount(reach.place, minlength=len(places))
    rows["working_in_reach"] = np.bincount(reach.place[works[reach.point]], minlength=len(places))
    codes = systems["system_id"].to_numpy(object)
    rows["working_system_id"] = [codes[at] if at >= 0 else None for at in nearest]
    rows["km_to_working"] = np.nan
    if works.any() and len(places):
        there = systems.loc[works, _POINT_COORDINATES].to_numpy(float)
        rows["km_to_working"] = nearest_km(places[_COORDINATES].to_numpy(float), there)[0]
    rows["is_in_gap"] = rows["is_counted"] & (rows["working_in_reach"] == 0)
    rows["people_in_gap"] = np.where(rows["is_in_gap"], access.people, 0.0)
    return rows.assign(reach_km=reach.most_km, is_synthetic=synthetic)


def pressure_rows(
    access: Access, points: pd.DataFrame, surveys: pd.DataFrame, settings: AccessSettings, *, synthetic: bool
) -> pd.DataFrame:
    """Columns of `water.point_pressure`; people are those of all places with known people, looked at or not.

    Args:
        access: of the systems.
        points: `water.points`.
        surveys: `water.surveys`.
        settings: of access.
        synthetic: whether any input is.
    """
    systems = access.systems
    found = reliance(access.reach, access.places["people"].to_numpy(float), systems["works"].to_numpy(bool))
    columns = ["system_id", "area_id", "name", *_POINT_COORDINATES, "supply", "works", "is_visited", "failed_points"]
    rows = systems[[*columns, "last_report"]].assign(
        local_population=found.around,
        users=found.users,
        crucialness=np.divide(
            found.users, found.around, out=np.full(len(systems), np.nan), where=found.around > 0
        ).clip(max=1),
        nearest_people=found.nearest,
        sole_people=found.sole,
    )
    reported = systems["served_population"].astype(float)
    rows["served_population"] = reported.fillna(rows["users"])
    rows["served_basis"] = np.where(reported.notna(), "reported", "reach")
    capacities = _capacities(systems, points, surveys, settings)
    rows["capacity"] = capacities.bfill(axis=1).iloc[:, 0].to_numpy(float)
    rows["capacity_basis"] = [
        next((str(name) for name, value in zip(capacities.columns, row, strict=True) if value == value), None)
        for row in capacities.to_numpy(float)
    ]
    rows["pressure"] = rows["served_population"] / rows["capacity"]
    return rows.assign(is_synthetic=synthetic)


def _capacities(
    systems: pd.DataFrame, points: pd.DataFrame, surveys: pd.DataFrame, settings: AccessSettings
) -> pd.DataFrame:
    """What a system can serve by each thing that tells it, the first known one to be used."""
    stored = surveys[surveys["is_latest"] & (surveys["parameter"] == "storage_volume") & (surveys["value"] > 0)]
    litres = systems["system_id"].map(stored.groupby("system_id")["value"].sum())
    taps = points.loc[points["component"] == "access_point", "system_id"].value_counts()
    pumped_by_hand = systems["supply"].eq("hand pump")
    pumps = systems["system_id"].map(taps).fillna(1).clip(lower=1)
    return pd.DataFrame(
        {
            "hand pump": (settings.people_per_hand_pump * pumps).where(pumped_by_hand),
            "storage": litres / (settings.storage_share_of_day * settings.litres_per_person_day),
            "taps": settings.people_per_tap * systems["system_id"].map(taps).astype(float),
        }
    ).astype(float)
