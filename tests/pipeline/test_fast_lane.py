"""The fast lane makes of an event what an ordinary run makes of the same landed file, and says so to Dagster alike."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import AssetKey
from dagster._core.definitions.data_version import extract_data_version_from_entry

from benchmarks.event_log import instance_of
from resources.settings import PROJECT, Settings
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue
from socialai_assets.serving.fast_lane.lanes import lane_of
from socialai_assets.serving.fast_lane.presence import leave_to_sensors
from tests.pipeline.command import PATIENCE, Home

pytestmark = pytest.mark.long

LANE = lane_of("water_surveys")
WORK = """
from resources.settings import current
from socialai_assets.serving.fast_lane.worker import FastLane
lane = FastLane(current())
lane.warm()
assert lane.work() == 1
"""


def contents(home: Home) -> dict[str, str]:
    lake = home.lake()
    try:
        return {table: lake.data_version(table) for table in LANE.tables}
    finally:
        lake.close()


def told_to_dagster(home: Home) -> dict[str, str | None]:
    with instance_of(home.path) as instance:
        found = {table: instance.get_latest_data_version_record(AssetKey(table.split("."))) for table in LANE.tables}
        versions = {
            table: extract_data_version_from_entry(record.event_log_entry) if record else None
            for table, record in found.items()
        }
    return {table: version.value if version else None for table, version in versions.items()}


def test_an_event_by_the_lane_leaves_what_a_run_leaves_of_the_same_file(prepared: Home, tmp_path: Path) -> None:
    [[system, point, failed]] = prepared.rows(
        "SELECT system_id, point_id, outcome FROM water.visit_outcomes "
        "WHERE target = 'treatment_fails' AND visit_number = 1 "
        "ORDER BY point_id LIMIT 1"
    )
    visit = {
        "system_id": system,
        "point_id": point,
        "report_date": prepared.rows("SELECT max(as_of) FROM water.staleness")[0][0][:10],
        "parameter": "treatment_works",
        "grade": "yes" if failed == "true" else "no",
    }
    event = Event("visit-1", LANE.source, [visit], "ana", accepted_at=time.time())
    by_lane, by_run = (Home(prepared.copy(tmp_path / name).path) for name in ("lane", "run"))
    for home in (by_lane, by_run):
        EventQueue(home.path).accept(event)

    worked = subprocess.run(
        [sys.executable, "-c", WORK],
        env=by_lane.environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert worked.returncode == 0, worked.stdout + worked.stderr
    told = EventQueue(by_lane.path).event("visit-1")
    assert told.state == "done", told.told

    leave_to_sensors(Settings.model_validate({"home": by_run.path}), event)
    by_run.done("run", "--select", " or ".join(f'key:"{table}"' for table in LANE.tables))

    made = contents(by_lane)
    assert made == contents(by_run)
    assert told_to_dagster(by_lane) == told_to_dagster(by_run)
    before = contents(prepared)
    assert {table for table in LANE.tables if made[table] != before[table]} >= {"water.surveys", "water.visit_outcomes"}
