"""The fast lane's queue and landing: nothing accepted is lost, and the same event twice is one."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from resources.errors import ActionRefused, NothingSuch
from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.sources import Source
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue
from socialai_assets.serving.fast_lane.landing import land
from socialai_assets.serving.fast_lane.lanes import lane_of
from socialai_assets.serving.fast_lane.presence import is_there, leave_to_sensors, presence

VISIT = {
    "system_id": "W1",
    "point_id": "W1-treatment",
    "report_date": "2026-01-05",
    "parameter": "treatment_works",
    "grade": "no",
}
SENT = Event("visit-1", "water_surveys", [VISIT], "ana", accepted_at=1_767_600_000.0)


def surveys(settings: Settings) -> Source:
    return next(source for source in all_sources(settings) if source.name == "water_surveys")


def landed(folder: Path) -> list[dict[str, str]]:
    with next(folder.glob("events-*.csv")).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_was_accepted_waits_for_the_next_worker_until_it_has_ended(tmp_path: Path) -> None:
    EventQueue(tmp_path).accept(SENT)
    queue = EventQueue(tmp_path)
    assert [event.event_id for event in queue.waiting()] == ["visit-1"]
    queue.mark(queue.waiting(), "working")
    # A worker that died here has left it, and the next one finds it.
    assert [event.state for event in EventQueue(tmp_path).waiting()] == ["working"]
    queue.mark(queue.waiting(), "done", {"run_id": "one"})
    assert queue.waiting() == []
    assert queue.event("visit-1").told == {"run_id": "one"}
    assert queue.event("visit-1").ended_at is not None


def test_the_same_event_twice_is_one_and_another_under_its_code_is_refused(tmp_path: Path) -> None:
    queue = EventQueue(tmp_path)
    queue.accept(SENT)
    queue.mark([SENT], "done")
    assert queue.accept(SENT).state == "done"
    with pytest.raises(ActionRefused, match="sent before with other rows"):
        queue.accept(replace(SENT, rows=[{**VISIT, "grade": "yes"}]))
    assert len(queue.of_day("water_surveys", 0, 2e9)) == 1


def test_an_event_nobody_sent_is_not_told_of(tmp_path: Path) -> None:
    with pytest.raises(NothingSuch):
        EventQueue(tmp_path).event("none")
    with pytest.raises(NothingSuch, match="no fast lane"):
        lane_of("sites")


def test_landing_an_event_again_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path})
    queue, zone = EventQueue(tmp_path), LandingZone.from_settings(settings, all_sources(settings))
    queue.accept(SENT)
    land([SENT], queue, zone, surveys(settings))
    version = zone.version(surveys(settings))
    land([SENT], queue, zone, surveys(settings))
    assert zone.version(surveys(settings)) == version
    second = queue.accept(replace(SENT, event_id="visit-2", rows=[{**VISIT, "report_date": "2026-01-06"}]))
    land([second], queue, zone, surveys(settings))
    rows = landed(settings.home_landing / "water" / "water_surveys")
    assert [row["report_date"] for row in rows] == ["2026-01-05", "2026-01-06"]


def test_an_event_about_the_sample_country_is_synthetic_and_puts_none_of_it_aside(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path})
    folder = settings.home_landing / "water" / "sample"
    folder.mkdir(parents=True)
    (folder / "water_surveys.csv").write_text("system_id,point_id,report_date,parameter,value,grade\n")
    queue, zone = EventQueue(tmp_path), LandingZone.from_settings(settings, all_sources(settings))
    queue.accept(SENT)
    land([SENT], queue, zone, surveys(settings))
    files = zone.files(surveys(settings))
    assert len(files) == 2
    assert all(file.synthetic for file in files)


def test_without_a_worker_an_event_is_landed_for_the_next_run(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path})
    queue = EventQueue(tmp_path)
    queue.accept(SENT)
    assert not is_there(settings)
    leave_to_sensors(settings, SENT)
    assert queue.event("visit-1").state == "left_to_sensors"
    assert landed(settings.home_landing / "water" / "water_surveys")[0]["grade"] == "no"
    with presence(settings):
        assert is_there(settings)
