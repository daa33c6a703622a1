"""`socialai trace` on the sample country: decisions are followed back to landed files and lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.event_log import instance_of
from resources.lake import Lake
from socialai_assets.actions.traces import table_graph
from socialai_assets.cli import app
from socialai_assets.factories.dbt_models import UNIQUE_ID
from socialai_assets.tracing.row_links import DeclaredLinks
from socialai_assets.tracing.walk import Graph, Trace, walk
from socialai_assets.water.risk_training import MODELS
from tests.conftest import make_lake
from tests.pipeline.command import Home


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Iterator[Lake]:
    lake = make_lake(prepared_home, read_only=True)
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def graph() -> Graph:
    from socialai_assets.definitions import defs

    return table_graph(defs)


def traced(lake: Lake, graph: Graph, table: str, *key: str, **options: int) -> Trace:
    return walk(lake, graph, DeclaredLinks.of_domains(), table, key, **options)


def landed_row(home: Path, trace: Trace, raw: str) -> dict[str, str]:
    """The first line of a CSV that a trace names, as its own file has it."""
    file = trace.steps[raw].files[0]
    lines = (home / "landing" / file.file).read_text(encoding="utf-8").splitlines()
    return next(csv.DictReader(io.StringIO(f"{lines[0]}\n{lines[file.lines[0] - 1]}\n")))


def test_a_targeted_district_leads_to_its_official_rate(prepared_home: Path, made: Lake, graph: Graph) -> None:
    areas = made.read_frame("poverty.targeting_plan")["area_id"]
    rated = made.read_frame("poverty.official_rates")["area_id"]
    area = sorted(set(areas) & set(rated))[0]
    trace = traced(made, graph, "poverty.targeting_plan", area)
    assert trace.steps["poverty.raw_poverty_rates"].rows == 1
    assert landed_row(prepared_home, trace, "poverty.raw_poverty_rates")["area_id"] == area
    assert landed_row(prepared_home, trace, "geography.raw_areas")["area_id"] == area
    # Training learns from every row, and the pixels of an area are found by its shape.
    assert trace.steps["poverty.model_scores"].rows is None
    assert trace.steps["poverty.stg_satellite_day"].rows is None


def test_a_routes_stop_leads_to_demand_and_the_site_that_landed(prepared_home: Path, made: Lake, graph: Graph) -> None:
    stops = made.read_frame("aid.route_stops")
    stop = stops[stops["kind"] == "stop"].iloc[0]
    key = [str(stop["day"])[:10], stop["vehicle_id"], str(stop["sequence"])]
    trace = traced(made, graph, "aid.route_stops", *key, shown=1)
    site = stop["place_id"].split("#")[0]
    assert landed_row(prepared_home, trace, "aid.raw_sites")["site_id"] == site
    assert landed_row(prepared_home, trace, "aid.raw_demand_history")["place_id"] == site
    # Ways without a weekday and hour are found too.
    assert trace.steps["aid.raw_travel_times"].rows == trace.steps["aid.travel_times"].rows
    by_stop = {link.origin: link for link in trace.links if link.table == "aid.route_stops"}
    assert by_stop["aid.vehicles"].rows == 1 and by_stop["aid.sites"].rows == 1
    demand = trace.steps["aid.raw_demand_history"]
    assert demand.rows and 0 < demand.rows < demand.total and len(demand.files[0].lines) == 1


def test_a_camps_population_leads_to_its_reports(prepared_home: Path, made: Lake, graph: Graph) -> None:
    week = made.read_frame("refugees.camp_population").iloc[40]
    start = str(week["week_start"])[:10]
    trace = traced(made, graph, "refugees.camp_population", f"camp_id={week['camp_id']}", f"week_start={start}")
    # The last report so far of each of its parts, and no other.
    assert trace.steps["refugees.camp_registrations"].rows == week["parts"]
    assert trace.steps["refugees.raw_camp_registrations"].rows == week["parts"]
    assert landed_row(prepared_home, trace, "refugees.raw_camp_registrations")["camp_id"] == week["camp_id"]


def test_every_sql_model_says_where_its_columns_come_from(prepared_home: Path) -> None:
    from socialai_assets.definitions import defs

    tables = defs.resolve_asset_graph()
    models = [key for key in tables.materializable_asset_keys if UNIQUE_ID in tables.get(key).metadata]
    with instance_of(prepared_home) as instance:
        made = {key: instance.get_latest_materialization_event(key) for key in models}
    told = {key: event.asset_materialization for key, event in made.items() if event and event.asset_materialization}
    assert set(told) == set(models)
    assert [key for key, model in told.items() if "dagster/column_lineage" not in model.metadata] == []


def test_a_depth_says_what_it_leaves_out(made: Lake, graph: Graph) -> None:
    trace = traced(made, graph, "poverty.hotspots", "S010101", depth=1)
    assert set(trace.steps) == {"poverty.hotspots", "poverty.district_predictions", "geography.neighbours"}
    assert trace.deeper > 10


@pytest.fixture
def command(prepared: Home, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in prepared.environment.items():
        if name.startswith("SOCIALAI_") and name != "SOCIALAI_DOMAINS":
            monkeypatch.setenv(name, value)
    return CliRunner()


def test_the_models_that_a_row_rests_on_are_named_as_the_registry_does(prepared: Home, command: CliRunner) -> None:
    rows = prepared.rows(
        "SELECT DISTINCT ON (target) point_id, target FROM water.point_risks WHERE NOT is_withheld ORDER BY target"
    )
    assert rows
    for point, target in rows:
        told = command.invoke(app, ["trace", "water.point_risks", point, target, "--json"])
        assert told.exit_code == 0, told.output
        [model] = [step["model"] for step in json.loads(told.stdout)["steps"] if step["table"] == "water.risk_models"]
        assert model["name"] == MODELS[target]
        assert model["version"] == 1
        assert set(model["trained_on"]) == {"features", "visit_outcomes"}


def test_text_json_and_picture(command: CliRunner, tmp_path: Path) -> None:
    picture = tmp_path / "trace.png"
    plan = ["trace", "poverty.targeting_plan", "S010101"]
    told = command.invoke(app, [*plan, "--picture", str(picture)])
    assert told.exit_code == 0, told.output
    assert "poverty/sample/poverty_rates.csv: line" in told.stdout and "(synthetic)" in told.stdout
    assert "the whole table" in told.stdout and "model name=poverty.district_model" in told.stdout
    with Image.open(picture) as image:
        assert image.width > 1000 and len(image.convert("L").getcolors() or []) > 50
    found = json.loads(command.invoke(app, [*plan, "--json"]).stdout)
    assert {step["table"] for step in found["steps"]} > {"poverty.raw_poverty_rates", "geography.raw_areas"}
    (model,) = (step["model"] for step in found["steps"] if "model" in step)
    assert set(model["trained_on"]) == {"features", "rates"}
    (decision,) = found["decisions"]
    assert decision["table_name"] == "poverty.targeting_plan"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["poverty.targeting", "S010101"], "Nearest: poverty.targeting_plan"),
        (["targeting_plan", "S010101"], "Nearest: poverty.targeting_plan"),
        (["poverty.targeting_plan", "S01010"], "Nearest: S0101"),
        (["poverty.targeting_plan", "S010101", "x"], "its key is area_id"),
        (["poverty.targeting_plan", "area=S010101"], "Nearest: area_id"),
    ],
)
def test_what_is_unknown_is_refused_with_the_nearest(command: CliRunner, arguments: list[str], said: str) -> None:
    answer = command.invoke(app, ["trace", *arguments])
    assert answer.exit_code == 2 and not answer.stdout
    assert said in answer.stderr and "Traceback" not in answer.stderr
