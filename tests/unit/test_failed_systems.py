"""People whose water system failed need Sphere's litres at the nearest site; what is not planned for says why."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from socialai_assets.aid.contracts import FailedSystemDemand
from socialai_assets.aid.failed_systems import failed_system_demand, with_failed_systems
from socialai_assets.aid.sharing import LEVELS
from socialai_assets.aid.sharing_settings import FailedSystemSettings, plan_settings
from socialai_assets.factories.minimum_standards import minimum_requirement
from socialai_assets.ingest.contract import validate

NEWEST = pd.Timestamp("2026-01-05")
SITES = pd.DataFrame({"site_id": ["S2", "S1"], "latitude": [-6.5, -6.0], "longitude": -79.0})
FAILURES = pd.DataFrame(
    {
        "system_id": ["W1", "W2", "W3", "W4", "W5"],
        "name": None,
        "area_id": None,
        "lat_deg": [-6.01, -6.01, -9.0, -6.01, -6.01],
        "lon_deg": -79.0,
        "served_population": [400.0, 100.0, 100.0, None, 100.0],
        "reason": "points_dry",
        "report_date": [
            *[datetime.date(2025, 12, 1), datetime.date(2015, 9, 1)],
            *[datetime.date(2025, 12, 1), datetime.date(2025, 12, 1), None],
        ],
        "source": "sample",
        "is_synthetic": True,
    }
)


@pytest.fixture(scope="module")
def demand() -> pd.DataFrame:
    found = failed_system_demand(FAILURES, SITES, minimum_requirement("water"), NEWEST, FailedSystemSettings())
    return validate(found, FailedSystemDemand).set_index("system_id")


def test_only_fresh_failures_of_known_people_near_a_site_are_counted(demand: pd.DataFrame) -> None:
    expected = ["counted", "too_old", "no_site_near", "people_unknown", "too_old"]
    assert demand["status"].tolist() == expected
    assert demand.loc["W1", "site_id"] == "S1"
    assert pd.isna(demand.loc["W3", "site_id"])
    assert demand.loc["W1", "km"] == pytest.approx(1.112, abs=0.01)


def test_the_need_is_the_standards_litres_for_seven_days(demand: pd.DataFrame) -> None:
    # 400 people, 15 litres a day, 7 days.
    assert demand.loc["W1", "quantity"] == pytest.approx(42.0)
    assert "Sphere" in demand.loc["W1", "standard"]
    assert demand.loc["W4", "quantity"] == 0


def test_without_sites_or_failures_the_table_is_whole() -> None:
    settings, requirement = FailedSystemSettings(), minimum_requirement("water")
    nowhere = failed_system_demand(FAILURES.head(1), SITES.head(0), requirement, NEWEST, settings)
    assert validate(nowhere, FailedSystemDemand)["status"].tolist() == ["no_site_near"]
    none = failed_system_demand(FAILURES.head(0), SITES, requirement, pd.NaT, settings)
    assert validate(none, FailedSystemDemand).empty


def test_demand_is_added_to_a_series_or_begins_one(demand: pd.DataFrame) -> None:
    rows = [("S1", "water", 1), ("S1", "kit", 1), ("S2", "water", 1), ("S1", "water", 2)]
    coming = pd.DataFrame(rows, columns=["place_id", "item_id", "horizon"]).assign(place_kind="site")
    coming["period_start"] = [NEWEST.date() + datetime.timedelta(weeks=horizon) for horizon in coming["horizon"]]
    coming[list(LEVELS)] = 1.0
    counted = demand.reset_index().query("status == 'counted'")
    found = with_failed_systems(coming, pd.concat([counted, counted.assign(site_id="S9", system_id="W9")]))
    by = found.set_index(["place_id", "item_id", "horizon"])
    assert by.loc[("S1", "water", 1), "q500"] == by.loc[("S1", "water", 2), "q025"] == pytest.approx(43.0)
    assert by.loc[("S1", "kit", 1), "q500"] == by.loc[("S2", "water", 1), "q500"] == 1.0
    assert by.loc[("S9", "water", 2), "q975"] == pytest.approx(42.0)
    assert by.loc[("S9", "water", 2), "period_start"] == coming["period_start"].iloc[3]
    assert len(found) == 6
    assert list(found.columns) == list(coming.columns)
    pd.testing.assert_frame_equal(with_failed_systems(coming, counted.head(0)), coming)


def test_the_switch_is_a_setting() -> None:
    assert plan_settings().failed_systems.included
    assert not plan_settings({"failed_systems": {"included": False}}).failed_systems.included
