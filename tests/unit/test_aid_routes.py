"""Routes of aid's tables: what a day holds, what is refused, scenarios, driver's sheets, pictures and GeoJSON."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from dagster import AssetKey, AssetSelection, Definitions, SourceAsset, define_asset_job, materialize

from resources.lake import Lake
from resources.lake_io_manager import LakeIOManager
from socialai_assets.aid import route_checks, route_plans
from socialai_assets.aid.route_contracts import RoutePlan, RouteStops, UnservedStops
from socialai_assets.aid.route_days import plan_days
from socialai_assets.aid.route_rows import RoutePlans
from socialai_assets.aid.route_travel import open_links
from socialai_assets.aid.routes import AidTables
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.routing.settings import parse_settings
from socialai_assets.publishing.driver_sheets import WORDS, Sheet, clock, driver_sheet_pdf
from socialai_assets.publishing.route_pictures import activities, gantt_png, route_map_png, routes_geojson
from socialai_assets.publishing.route_words import change_words
from tests.assets.ticking import use_home
from tests.unit.aid_route_tables import MONDAY, aid_tables

TUESDAY = MONDAY + datetime.timedelta(days=1)
QUICK = parse_settings("limits: {iterations: 150}")
# What a plan's asset adds to each row.
BASELINE = {"scenario": "baseline", "inputs": "hash", "is_stale": False}


@pytest.fixture(scope="module")
def planned() -> RoutePlans:
    return plan_days(aid_tables(), [MONDAY, TUESDAY], QUICK)


def test_tables_keep_their_contracts_and_deliver_what_is_wanted(planned: RoutePlans) -> None:
    for frame, contract in ((planned.plan, RoutePlan), (planned.stops, RouteStops), (planned.unserved, UnservedStops)):
        validate(frame.assign(**BASELINE), contract)
    tables = aid_tables()
    weights = tables.wanted.merge(tables.items, on="item_id")
    kilograms = (weights["quantity"] * weights["weight_kg"]).sum()
    assert planned.plan["load_kg"].sum() == pytest.approx(kilograms, abs=len(planned.stops))
    assert planned.unserved.empty
    assert set(planned.plan["travel_source"]) == {"great circle with a detour factor"}


def test_no_vehicle_is_overloaded_late_or_where_it_may_not_be(planned: RoutePlans) -> None:
    tables = aid_tables()
    stops = planned.stops.merge(tables.vehicles, on="vehicle_id").merge(
        tables.sites[["site_id", "opens_minute", "closes_minute", "largest_vehicle"]],
        left_on="place_id",
        right_on="site_id",
        how="left",
    )
    assert (stops["load_kg"] <= stops["capacity_kg"]).all()
    assert (stops["load_m3"] <= stops["capacity_m3"] + 1e-9).all()
    served = stops[stops["kind"] == "stop"]
    assert (served["begins_minute"] <= served["closes_minute"]).all()
    assert set(served.loc[served["largest_vehicle"] == "pickup", "vehicle_type"]) == {"pickup"}
    assert (served.loc[served["place_id"] == "site5", "depot_id"] == "north").all()
    assert (stops["leaves_minute"] <= stops["shift_end_minute"] + stops["overtime_minutes"]).all()


def test_what_one_day_cannot_hold_goes_to_the_next_and_the_rest_has_a_reason() -> None:
    tables = aid_tables()
    one = tables.vehicles.head(1).assign(most_trips=1)
    found = plan_days(replace(tables, vehicles=one), [MONDAY, TUESDAY], QUICK)
    assert sorted(set(found.plan["day"])) == [MONDAY, TUESDAY]
    served = found.stops.loc[found.stops["kind"] == "stop", "place_id"]
    assert served.is_unique
    assert set(served).isdisjoint(found.unserved["site_id"])
    assert len(served) + len(found.unserved) == 24
    reasons = found.unserved.set_index("site_id")["reason"]
    assert (reasons[["site3", "site4"]] == "vehicle_type").all()
    # Vehicles that are too large for these two sites may not go there, and a change says with which figures it helps.
    changes = found.unserved.set_index("site_id")
    assert (changes.loc[["site3", "site4"], "change"] == "vehicle_type").all()
    figures = {"shift": "change_minutes", "open_earlier": "change_minutes", "open_later": "change_minutes"}
    figures |= {"capacity": "change_kg", "distance": "change_km"}
    for row in found.unserved.to_dict("records"):
        assert row["change"] not in figures or row[figures[row["change"]]] > 0
        assert change_words(row, "es") != change_words(row, "en") or not row["change"]
    validate(found.unserved.assign(**BASELINE), UnservedStops)


def test_a_delivery_beyond_every_vehicle_comes_in_parts() -> None:
    tables = aid_tables()
    much = pd.DataFrame({"site_id": ["site7"], "item_id": ["water"], "quantity": [30.0]})
    found = plan_days(replace(tables, wanted=much), [MONDAY], QUICK)
    stops = found.stops[found.stops["kind"] == "stop"]
    assert stops["delivered_m3"].sum() == pytest.approx(30.0)
    assert len(stops) >= 3
    assert found.unserved.empty


def test_rows_that_cannot_be_planned_are_named_and_the_rest_is_planned() -> None:
    tables = aid_tables()
    odd = pd.DataFrame(
        {"site_id": ["nowhere", "site1", "site2"], "item_id": ["water", "gold", "case"], "quantity": [1.0, 1.0, 1.0]}
    )
    closed = pd.DataFrame({"day": [MONDAY], "area_id": ["140100"], "kind": ["closure"], "name": ["flood"]})
    found = plan_days(replace(tables, wanted=pd.concat([tables.wanted.head(8), odd]), calendar=closed), [MONDAY], QUICK)
    reasons = found.unserved.set_index("site_id")["reason"].to_dict()
    assert reasons == {
        "nowhere": "unknown_site",
        "site1": "unknown_item",
        "site2": "not_carried",
        "site0": "closed",
        "site4": "closed",
    }
    assert set(found.stops["place_id"]) >= {"site1", "site2", "site3", "site5", "site6", "site7"}
    nobody = plan_days(replace(tables, vehicles=tables.vehicles.head(0)), [MONDAY], QUICK)
    assert set(nobody.unserved["reason"]) == {"no_vehicle"}
    validate(nobody.plan.assign(**BASELINE), RoutePlan)


def test_landed_times_of_the_weekday_are_used_where_they_know_every_place() -> None:
    tables = aid_tables(6)
    names = [*tables.depots["depot_id"], *tables.sites["site_id"]]
    pairs = [(a, b) for a in names for b in names if a != b]
    travel = pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(weekday=np.nan, hour=np.nan, minutes=10.0, km=4.0)
    slow = travel.assign(weekday=0.0, minutes=20.0)
    found = plan_days(replace(tables, travel_times=pd.concat([travel, slow])), [MONDAY], QUICK)
    assert set(found.plan["travel_source"]) == {"landed matrix"}
    first = found.stops[found.stops["sequence"].isin([0, 1])].sort_values("sequence")
    drive = first["arrives_minute"].iloc[-1] - first["leaves_minute"].iloc[0]
    assert drive == pytest.approx(20.0) or len(found.plan) > 1


def road_links(tables: AidTables) -> pd.DataFrame:
    """Every site hangs on a crossing; the crossing hangs on the north depot by a bridge, and on the south by a ford."""
    rows = [(site, "crossing", 3.0, 6.0) for site in tables.sites["site_id"]]
    rows += [("north", "crossing", 5.0, 8.0), ("south", "ford", 4.0, 7.0), ("ford", "crossing", 4.0, 7.0)]
    links = pd.DataFrame(rows, columns=["from_id", "to_id", "km", "minutes"])
    return links.assign(closed_from=None, closed_until=None, largest_vehicle=None)


def test_a_road_graph_is_used_where_it_knows_every_place_and_closures_are_kept_to() -> None:
    tables = aid_tables(8)
    links = road_links(tables)
    open_roads = plan_days(replace(tables, road_links=links), [MONDAY], QUICK)
    assert set(open_roads.plan["travel_source"]) == {"road graph"}
    legs = open_roads.stops.groupby("vehicle_id")["km"].apply(lambda km: km.diff().dropna().round(6))
    # 8 km from the north, 11 from the south, 6 between sites by the crossing, 0 at the same place.
    assert set(legs) <= {0.0, 6.0, 8.0, 11.0}
    washed_out = links.copy()
    gone = washed_out["to_id"] == "ford"
    washed_out.loc[gone, ["closed_from", "closed_until"]] = [datetime.date(2026, 11, 20), MONDAY]
    # Without the ford only the north depot reaches anybody, on Monday alone.
    closed = plan_days(replace(tables, road_links=washed_out), [MONDAY], QUICK)
    assert set(closed.plan["depot_id"]) == {"north"}
    assert set(open_links(washed_out, TUESDAY, "truck")["to_id"]) == {"crossing", "ford"}
    assert "ford" not in set(open_links(washed_out, MONDAY, "truck")["to_id"])
    washed_out["closed_until"] = None
    assert "ford" not in set(open_links(washed_out, TUESDAY, "truck")["to_id"])


def test_a_narrow_road_is_driven_by_small_vehicles_only() -> None:
    tables = aid_tables(8)
    links = road_links(tables)
    links.loc[links["from_id"].isin(["site1", "site2"]), "largest_vehicle"] = "pickup"
    made = plan_days(replace(tables, road_links=links), [MONDAY], QUICK)
    served = made.stops[made.stops["place_id"].isin(["site1", "site2"])].merge(tables.vehicles, on="vehicle_id")
    assert set(served["vehicle_type"]) == {"pickup"}
    assert {*served["place_id"], *made.unserved["site_id"].str.split("#").str[0]} >= {"site1", "site2"}
    assert set(made.plan["travel_source"]) == {"road graph"}


def test_a_graph_that_lacks_a_site_is_not_used_and_the_plan_says_so() -> None:
    tables = aid_tables(8)
    links = road_links(tables)
    short = replace(tables, road_links=links[links["from_id"] != "site5"])
    made = plan_days(short, [MONDAY], QUICK)
    (source,) = set(made.plan["travel_source"])
    assert source == "great circle with a detour factor; the landed road graph lacks 1 of 10 places (site5)"
    named = parse_settings("{limits: {iterations: 150}, travel: {source: road_graph}}")
    alone = plan_days(short, [MONDAY], named)
    assert set(alone.plan["travel_source"]) == {"road graph"}
    # What no road leads to is the one stop left out: it does not confuse the search for the others.
    assert alone.unserved.set_index("site_id")["reason"].to_dict() == {"site5": "road"}


def test_drivers_with_breaks_rest_and_the_engine_says_why() -> None:
    found = plan_days(aid_tables(10, breaks=True), [MONDAY], parse_settings("limits: {iterations: 20}"))
    assert found.plan["engine_reason"].str.contains("breaks").all()
    validate(found.stops.assign(**BASELINE), RouteStops)


def outlines() -> gpd.GeoDataFrame:
    box = shapely.box(-80.2, -7.1, -79.6, -6.5)
    return gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[box], crs=4326)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_drivers_sheet_is_a_pdf_that_is_the_same_each_time(planned: RoutePlans, language: str) -> None:
    plan = planned.plan.assign(scenario="baseline").iloc[0]
    visits = planned.stops[planned.stops["vehicle_id"] == plan["vehicle_id"]]
    sheet = Sheet(plan, visits, "Depósito Sur", {"water": "Agua"}, outlines())
    first = driver_sheet_pdf(sheet, language)  # type: ignore[arg-type]
    assert first.startswith(b"%PDF-")
    assert first == driver_sheet_pdf(sheet, language)  # type: ignore[arg-type]
    assert set(WORDS["en"]) == set(WORDS["es"])


def test_a_time_of_day_is_written_as_people_do() -> None:
    assert [clock(0), clock(59.6), clock(1439.4), clock(1500)] == ["00:00", "01:00", "23:59", "01:00 +1"]


def test_a_gantt_chart_leaves_no_gap_and_pictures_are_drawn(planned: RoutePlans) -> None:
    for _, visits in planned.stops.groupby(["day", "vehicle_id"]):
        done = activities(visits)
        assert done["begin"].iloc[1:].to_numpy() == pytest.approx(done["end"].iloc[:-1].to_numpy())
        assert done["end"].iloc[-1] == visits["begins_minute"].max()
    notes = {"source_note": "a", "licence_note": "b", "synthetic": True, "dpi": 50}
    left = pd.DataFrame({"latitude": [-6.9], "longitude": [-79.9]})
    for picture in (
        gantt_png(planned.stops, title="t", **notes),
        route_map_png(planned.stops, outlines(), left, title="t", **notes),
    ):
        assert picture.startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no route"):
        gantt_png(planned.stops.head(0), title="t", **notes)


def test_geojson_has_a_line_a_route_and_a_point_a_visit(planned: RoutePlans) -> None:
    frames = [frame.assign(scenario="baseline") for frame in (planned.plan, planned.stops)]
    found = gpd.GeoDataFrame.from_features(json.loads(routes_geojson(*frames)), crs=4326)
    kinds = found.geom_type.value_counts()
    assert kinds["LineString"] == len(planned.plan)
    assert kinds["Point"] == planned.stops["latitude"].notna().sum()
    first = planned.stops[planned.stops["kind"] == "stop"].iloc[0]
    point = found[(found["feature"] == "visit") & (found["place_id"] == first["place_id"])].geometry.iloc[0]
    assert (point.y, point.x) == pytest.approx((first["latitude"], first["longitude"]), abs=1e-6)


def test_a_what_if_replaces_its_own_rows_only(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_home(monkeypatch, tmp_path)
    tables: AidTables = aid_tables(8)
    wanted = tables.wanted.rename(columns={"site_id": "place_id"})
    allocation = wanted.assign(scenario="baseline", period_start=MONDAY)
    inputs = {
        "allocation_plan": allocation, "sites": tables.sites, "items": tables.items, "depots": tables.depots,
        "vehicles": tables.vehicles,
        "travel_times": pd.DataFrame({"from_id": ["x"], "to_id": ["y"], "weekday": [np.nan], "hour": [np.nan],
                                      "minutes": [1.0], "km": [1.0]}),
        "calendar": pd.DataFrame({"day": [MONDAY], "area_id": ["none"], "kind": ["holiday"], "name": ["x"]}),
        "road_links": pd.DataFrame({"from_id": ["x"], "to_id": ["y"], "km": [1.0], "minutes": [1.0],
                                    "closed_from": [MONDAY], "closed_until": [MONDAY], "largest_vehicle": ["truck"]}),
    }  # fmt: skip
    for name, frame in inputs.items():
        lake.replace(f"aid.{name}", frame, author="test")
    shapes = outlines()
    lake.replace("geography.area_shapes", shapes, author="test")
    sources = [SourceAsset(AssetKey(["aid", name])) for name in inputs]
    sources.append(SourceAsset(AssetKey(["geography", "area_shapes"])))
    resources = {"io_manager": LakeIOManager()}

    def run(**config: object) -> None:
        settings = {"limits": {"iterations": 30}}
        ops = {"plan_routes": {"config": {"days": 1, "settings": settings, **config}}}
        assets = [*sources, *route_plans.ASSETS, *route_checks.CHECKS]
        done = materialize(assets, resources=resources, run_config={"ops": ops})
        assert done.success
        looked = {check.check_name: check.passed for check in done.get_asset_check_evaluations()}
        assert len(looked) == 5
        assert all(looked.values()), looked

    run()
    before = lake.read_frame("aid.route_plan")
    assert set(before["scenario"]) == {"baseline"}
    run(scenario="two-trucks", settings={"limits": {"iterations": 30}, "constraints": {"most_trips": 1}})
    after = lake.read_frame("aid.route_plan")
    assert set(after["scenario"]) == {"baseline", "two-trucks"}
    columns = list(before.columns)
    kept = after[after["scenario"] == "baseline"]
    pd.testing.assert_frame_equal(
        kept.sort_values(columns, ignore_index=True), before.sort_values(columns, ignore_index=True)
    )
    assert (after.loc[after["scenario"] == "two-trucks", "trips"] == 1).all()
    lake.replace("aid.vehicles", tables.vehicles.assign(capacity_kg=10.0, shift_end_minute=430), author="test")
    job = define_asset_job("look", AssetSelection.checks(*route_checks.CHECKS))
    whole = Definitions(
        [*sources, *route_plans.ASSETS], asset_checks=route_checks.CHECKS, jobs=[job], resources=resources
    )
    spoiled = whole.resolve_job_def("look").execute_in_process(raise_on_error=False)
    failed = {check.check_name for check in spoiled.get_asset_check_evaluations() if not check.passed}
    assert failed == {"loads_fit_and_add_up", "days_keep_to_time"}
    sheets = list(tmp_path.rglob("*.pdf"))
    assert len(sheets) == 2 * len(after)
    assert {file.parent.name for file in sheets} == {"en", "es"}
    assert len(list(tmp_path.rglob("routes.geojson"))) == 2
    pages = [page.read_text("utf-8") for page in tmp_path.rglob("routes/*/map.html")]
    assert len(pages) == 2
    assert all("SYNTHETIC DATA" in page and "Caserío Ñaupe 1" in page for page in pages)
