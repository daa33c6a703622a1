"""What people see of water after a whole run of the sample country: pages, reports, rounds, demand for trucks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from resources.lake import Lake
from socialai_assets.water.report_settings import report_settings
from socialai_assets.water.station_documents import page_name
from tests.conftest import make_lake


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Lake:
    return make_lake(prepared_home, read_only=True)


def test_every_station_has_its_page_in_both_languages_and_is_listed(made: Lake, prepared_home: Path) -> None:
    folder = prepared_home / "published" / "water" / "stations"
    stations = made.read_frame("water.stations")["station_id"]
    assert len(stations)
    for language in ("en", "es"):
        index = (folder / f"index_{language}.html").read_text("utf-8")
        for station in stations:
            page = (folder / page_name(station, language)).read_text("utf-8")
            assert station in page
            assert page_name(station, language) in index
    assert (folder / "stations.png").read_bytes().startswith(b"\x89PNG")


def test_recent_readings_are_those_of_the_last_week(made: Lake) -> None:
    regular, recent = made.read_frame("water.regular_readings"), made.read_frame("water.recent_readings")
    last = regular.groupby("station_id")["measured_at"].transform("max")
    week = regular[regular["measured_at"] > last - pd.Timedelta(days=7)]
    assert recent["expected"].sum() == len(week)
    assert recent["reported"].sum() == week["value"].notna().sum()


def test_districts_in_most_need_have_reports_as_page_and_print(made: Lake, prepared_home: Path) -> None:
    folder = prepared_home / "published" / "water" / "reports"
    pages = {path.name for path in folder.glob("*_es.html")} - {"index_es.html"}
    districts = made.read_frame("water.systems")["area_id"].nunique()
    assert len(pages) == min(districts, report_settings().most_districts)
    for page in pages:
        assert "El agua en" in (folder / page).read_text("utf-8")
        assert (folder / page.replace(".html", ".pdf")).read_bytes().startswith(b"%PDF")
        assert (folder / page.replace("_es", "_en")).is_file()


def test_every_system_is_visited_or_has_a_reason(made: Lake) -> None:
    stops, routes = made.read_frame("water.inspection_stops"), made.read_frame("water.inspection_routes")
    assert sorted(stops["system_id"]) == sorted(made.read_frame("water.systems")["system_id"])
    planned = stops["status"] == "planned"
    assert planned.any()
    assert sorted(stops.loc[planned, "system_id"]) == sorted(routes.loc[routes["kind"] == "stop", "system_id"])
    assert stops.loc[~planned, "reason"].notna().all()


def test_failed_systems_are_demand_for_water_trucks_or_say_why_not(made: Lake) -> None:
    failures, demand = made.read_frame("water.supply_failures"), made.read_frame("aid.failed_system_demand")
    assert len(failures)
    assert sorted(demand["system_id"]) == sorted(failures["system_id"])
    points = made.read_frame("water.points")
    fetched = points[points["component"] == "access_point"].groupby("system_id")["works"].max()
    # Whoever planted them: no water at any of its points.
    assert set(failures["system_id"]) == set(fetched.index[fetched.eq(False)])
    counted = demand["status"] == "counted"
    assert demand.loc[counted, "km"].le(5).all()
    assert (demand["quantity"] - 0.105 * demand["people"].fillna(0)).abs().max() < 1e-9
    plan = made.read_frame("aid.allocation_plan").query("item_id == 'water' and scenario == 'baseline'")
    least = plan.groupby("place_id")["demand"].min()
    for row in demand[counted].itertuples():
        assert least[row.site_id] >= row.quantity - 1e-6  # type: ignore[index]
