"""What people need whose water system has failed, as demand at sites beside the forecast one. Pure; plans nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.aid.sharing import LEVELS
from socialai_assets.aid.sharing_settings import FailedSystemSettings
from socialai_assets.factories.minimum_standards import Requirement
from socialai_assets.methods.minimum_needs import weekly_requirement
from socialai_assets.methods.spatial import nearest_km

WATER = "water"
COLUMNS = [
    "system_id", "name", "area_id", "reason", "report_date", "people", "site_id", "km", "item_id",
    "litres_per_person_day", "quantity", "status", "standard", "source", "is_synthetic",
]  # fmt: skip


def failed_system_demand(
    failures: pd.DataFrame,
    sites: pd.DataFrame,
    requirement: Requirement,
    newest: pd.Timestamp,
    settings: FailedSystemSettings,
) -> pd.DataFrame:
    """The weekly need of the people behind each failed system, at the nearest site, and whether it is planned for.

    Args:
        failures: `water.supply_failures`.
        sites: `aid.sites`.
        requirement: of drinking and domestic water, in litres a person and day.
        newest: first day of the newest week of demand that is known, from which the age of reports counts; NaT: all
            reports are new enough.

    Returns:
        Columns of `aid.failed_system_demand`, by system.
    """
    found = failures.sort_values("system_id", ignore_index=True).rename(columns={"served_population": "people"})
    place = found[["lat_deg", "lon_deg"]].to_numpy(float)
    known = sites.dropna(subset=["latitude", "longitude"]).sort_values("site_id")
    km, at = np.full(len(found), np.inf), np.zeros(len(found), dtype=int)
    if len(known) and len(found):
        km, at = nearest_km(place, known[["latitude", "longitude"]].to_numpy(float))
    near = km <= settings.most_km
    found["km"] = np.where(np.isfinite(km), km, np.nan)
    found["site_id"] = np.where(near, known["site_id"].to_numpy(object)[at] if len(known) else None, None)
    days = (newest - pd.to_datetime(found["report_date"])).dt.days
    # A report without a day may be of any age.
    old = np.full(len(found), False) if pd.isna(newest) else (days.isna() | (days > settings.most_days_since_report))
    found["status"] = np.select(
        [found["people"].isna(), old, ~near], ["people_unknown", "too_old", "no_site_near"], default="counted"
    )
    people = found["people"].fillna(0).to_numpy(float)
    litres = weekly_requirement(people[:, None], 0.0, requirement.requirement)[:, 0]
    found["quantity"] = litres / requirement.requirement_per_unit
    found["litres_per_person_day"] = requirement.requirement
    return found.assign(item_id=WATER, standard=requirement.standard)[COLUMNS]


def with_failed_systems(coming: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Coming demand with the needs of failed systems on top, the same in every week and at every quantile.

    Args:
        coming: as `sharing.coming_quantiles` returns it.
        counted: rows of `aid.failed_system_demand` that are planned for.

    Returns:
        The same columns; a site without demand for water so far has rows of its own.
    """
    if counted.empty or coming.empty:
        return coming
    levels = list(LEVELS)
    weeks = coming[["horizon", "period_start"]].drop_duplicates("horizon")
    more = counted.groupby(["site_id", "item_id"], as_index=False)["quantity"].sum()
    more = more.rename(columns={"site_id": "place_id"}).merge(weeks, how="cross").assign(place_kind="site")
    more[levels] = more[["quantity"] * len(levels)].to_numpy(float)
    key = ["place_id", "place_kind", "item_id", "horizon"]
    both = pd.concat([coming, more[[name for name in coming.columns if name in more]]], ignore_index=True)
    others = {name: "first" for name in coming.columns if name not in (*key, *levels)}
    return both.groupby(key, as_index=False, sort=False).agg(others | dict.fromkeys(levels, "sum"))[coming.columns]
