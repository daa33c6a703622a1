"""Tests of sharing's assets on a lake: tables, checks and pictures are made; a what-if leaves the baseline alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from dagster import AssetKey, AssetSpec, materialize

from resources.lake import Lake
from resources.lake_io_manager import LakeIOManager
from socialai_assets.aid.forecast_contracts import ForecastOutOfSample
from socialai_assets.aid.plan_checks import CHECKS, plan_violations
from socialai_assets.aid.plan_maps import sharing_pictures
from socialai_assets.aid.plans import share_stock, stock_levels
from socialai_assets.aid.sharing import AidTables, recent_quantiles
from socialai_assets.ingest.contract import empty
from tests.assets.ticking import use_home
from tests.conftest import make_lake
from tests.unit.test_aid_sharing import history, tables  # noqa: F401

NAMES = ("sites", "items", "depots", "vehicles", "stock", "travel_times", "road_links")


def failed_systems() -> pd.DataFrame:
    """Two systems have failed at one site that needs little; only the first is planned for."""
    row = {
        "name": None, "area_id": None, "reason": "points_dry", "report_date": pd.Timestamp("2025-01-01"),
        "people": 400.0, "site_id": "P3", "km": 1.0, "item_id": "water", "litres_per_person_day": 15.0,
        "quantity": 42.0, "standard": "Sphere", "source": "sample", "is_synthetic": True,
    }  # fmt: skip
    both = [row | {"system_id": "W1", "status": "counted"}, row | {"system_id": "W2", "status": "too_old"}]
    return pd.DataFrame(both)


@pytest.fixture
def planned(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tables: AidTables,  # noqa: F811
    history: pd.DataFrame,  # noqa: F811
) -> Lake:
    use_home(monkeypatch, tmp_path)
    lake = make_lake(tmp_path)
    for name in NAMES:
        frame = getattr(tables, name).assign(source="sample")
        if name == "depots":
            frame["name"] = frame["depot_id"]
        if name == "travel_times":
            frame = frame.astype({"weekday": "Int64", "hour": "Int64"})
        lake.replace(f"aid.{name}", frame, author="test")
    lake.replace("aid.demand_history", history, author="test")
    forecasts = recent_quantiles(history, 4).assign(period="week", weights="recent weeks", is_synthetic=True)
    lake.replace("aid.demand_forecasts", forecasts[forecasts["item_id"] == "water"], author="test")
    lake.replace("aid.forecast_out_of_sample", empty(ForecastOutOfSample), author="test")
    lake.replace("poverty.district_predictions", tables.poverty, author="test")
    lake.replace("aid.failed_system_demand", failed_systems(), author="test")
    square = gpd.GeoSeries([shapely.box(-79.2, -6.5, -78.8, -5.9)], crs=4326)
    shapes = gpd.GeoDataFrame({"area_id": ["0101"]}, geometry=square).rename_geometry("geometry_web")
    lake.replace("geography.area_shapes", shapes, author="test")
    return lake


def run(config: dict[str, Any] | None = None) -> dict[tuple[str, str], bool]:
    """Make every table and picture; returns each check's verdict."""
    above = [f"aid.{name}" for name in (*NAMES, "demand_history", "demand_forecasts", "forecast_out_of_sample")]
    above += ["aid.failed_system_demand", "poverty.district_predictions", "geography.area_shapes"]
    done = materialize(
        [
            *(AssetSpec(AssetKey(name.split("."))) for name in above),
            share_stock,
            stock_levels,
            sharing_pictures,
            *CHECKS,
        ],
        resources={"io_manager": LakeIOManager()},
        run_config={"ops": {"share_stock": {"config": config}}} if config else None,
    )
    return {(one.asset_key.path[-1], one.check_name): one.passed for one in done.get_asset_check_evaluations()}


def test_a_what_if_beside_the_baseline_and_a_plan_that_was_tampered_with(planned: Lake, tmp_path: Path) -> None:
    verdicts = run()
    assert len(verdicts) == len(CHECKS) and all(verdicts.values())
    baseline = planned.read_frame("aid.allocation_plan")
    verdicts = run({"scenario": "fair", "settings": {"sharing": {"objective": "max_min"}}})
    assert all(verdicts.values())
    both = planned.read_frame("aid.allocation_plan")
    kept = both[both["scenario"] == "baseline"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, baseline)
    assert set(both["scenario"]) == {"baseline", "fair"} and not both["is_stale"].any()
    assert {file.name for file in (tmp_path / "published" / "aid" / "fair").iterdir()} == {
        "coverage.png",
        "price_of_fairness.png",
    }
    # Ten times what there is, and a shortfall nobody explains.
    tampered = both.assign(quantity=10 * both["quantity"], reason=None)
    planned.replace("aid.allocation_plan", tampered, author="test")
    assert any("more than there is in date" in text for text in plan_violations(planned, tampered))


def test_a_plan_that_needs_more_room_than_the_depot_has_fails_its_check(planned: Lake) -> None:
    run()
    plan = planned.read_frame("aid.allocation_plan")
    assert plan_violations(planned, plan) == []
    # Depots have shrunk since: what is on hand keeps its room, and what is to come and be sent later has none.
    stock = planned.read_frame("aid.stock")
    stock["arrives_on"] = stock["arrives_on"].where(stock["on_order"] == 0, stock["as_of"])
    stock.loc[stock["item_id"] == "water", "on_hand"] = 0.0
    stock.loc[stock["item_id"] == "water", "on_order"] = 400.0
    stock.loc[stock["item_id"] == "water", "arrives_on"] = pd.to_datetime(stock["as_of"]) + pd.Timedelta(days=5)
    planned.replace("aid.stock", stock, author="test")
    planned.replace("aid.depots", planned.read_frame("aid.depots").assign(capacity_m3=3.0), author="test")
    late = plan[pd.to_datetime(plan["period_start"]) > pd.to_datetime(plan["period_start"]).min()]
    whole = pd.concat([late, plan.assign(quantity=0.0).head(1)])
    found = plan_violations(planned, whole)
    assert found and all("whatever is refused" in text for text in found if "m3" in text)
    assert any("whatever is refused" in text for text in found)


def test_failed_water_systems_raise_the_demand_of_their_site_until_that_is_switched_off(planned: Lake) -> None:
    run()
    run({"scenario": "without", "settings": {"failed_systems": {"included": False}}})
    plan = planned.read_frame("aid.allocation_plan").drop_duplicates(
        ["scenario", "place_id", "item_id", "period_start"]
    )
    demand = plan.pivot_table(index=["place_id", "item_id", "period_start"], columns="scenario", values="demand")
    more = (demand["baseline"] - demand["without"]).groupby(["place_id", "item_id"]).max()
    assert more[("P3", "water")] == pytest.approx(42.0)
    assert more.drop(("P3", "water")).abs().max() == pytest.approx(0.0, abs=1e-6)
