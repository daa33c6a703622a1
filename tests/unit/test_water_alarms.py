"""Alarms as a table: those of files are made from readings, those of the stream stay; acknowledging lands a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources import settings as settings_module
from resources.errors import ActionRefused
from resources.lake import Lake
from socialai_assets import acknowledge_command
from socialai_assets.ingest.contract import apply, empty
from socialai_assets.ingest.sample import water_stations
from socialai_assets.water import contracts
from socialai_assets.water.alarm_table import found_alarms
from socialai_assets.water.alarms import ALARMS, streaming_stations, write_file_alarms
from tests.conftest import make_lake


@pytest.fixture(scope="module")
def readings() -> pd.DataFrame:
    """The sample's day as `water.regular_readings` has it: what was not reported is a gap."""
    random = np.random.default_rng(0)
    parts = [water_stations._of_station(random, name, step) for name, step in water_stations.INTERVALS.items()]
    long = pd.concat(parts, ignore_index=True)
    minutes = long.pop("minute").to_numpy().astype("timedelta64[m]")
    long = long.assign(measured_at=water_stations.FIRST_MINUTE + minutes)
    gap = pd.DataFrame({"station_id": "T03", "parameter": "ph", "measured_at": [pd.Timestamp("2025-09-10 15:05")]})
    status = np.where(long["value"].notna(), "reported", "empty")
    whole = pd.concat([long.assign(status=status), gap.assign(status="gap")], ignore_index=True)
    return whole.assign(readings=whole["value"].notna().astype(int), source="sample", is_synthetic=True)


@pytest.fixture(scope="module")
def found(readings: pd.DataFrame) -> pd.DataFrame:
    return found_alarms(readings)


def test_alarms_keep_the_contract_and_say_whose_they_are(found: pd.DataFrame) -> None:
    kinds = set(zip(found["station_id"], found["kind"], strict=True))
    assert kinds == {("T01", "water_change"), ("T02", "sensor_fault"), ("T03", "sensor_fault")}
    assert found["is_synthetic"].all() and set(found["came_by"]) == {"file"} and set(found["source"]) == {"sample"}
    assert (found["began_at"] <= found["opened_at"]).all() and (found["opened_at"] <= found["last_seen_at"]).all()


def test_readings_without_anything_unusual_make_an_empty_table(readings: pd.DataFrame) -> None:
    quiet = readings[(readings["station_id"] == "T01") & (readings["measured_at"] < pd.Timestamp("2025-09-10 09:00"))]
    assert found_alarms(quiet).empty and list(found_alarms(quiet)) == list(empty(contracts.Alarms))


def test_alarms_of_the_stream_stay_and_their_stations_are_left_to_it(
    lake: Lake, readings: pd.DataFrame, found: pd.DataFrame
) -> None:
    assert streaming_stations(lake) == frozenset()
    write_file_alarms(lake, empty(contracts.Alarms), author="test")
    streamed = found[found["station_id"] == "T01"].assign(came_by="stream", source="water.readings")
    lake.replace_rows(ALARMS, streamed, column="came_by", value="stream", author="consumer")
    assert streaming_stations(lake) == {"T01"}
    again = found_alarms(readings, streaming_stations(lake))
    assert set(again["station_id"]) == {"T02", "T03"}
    first = write_file_alarms(lake, again, author="test")
    assert write_file_alarms(lake, again, author="test").data_version == first.data_version
    kept = lake.read_frame(ALARMS)
    assert kept["alarm_id"].is_unique and len(kept) == len(again) + len(streamed)
    assert kept.loc[kept["came_by"] == "stream", "explanation"].tolist() == streamed["explanation"].tolist()


@pytest.fixture
def home(tmp_path: Path, found: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the sample's alarms."""
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path))
    settings_module.current.cache_clear()
    lake = make_lake(tmp_path)
    write_file_alarms(lake, found, author="test")
    lake.close()
    return tmp_path


def test_acknowledging_lands_a_row_that_keeps_its_contract(home: Path, found: pd.DataFrame) -> None:
    still = found.loc[found["state"] != "closed", "alarm_id"].tolist()
    assert len(still) == 1
    acknowledge_command.acknowledge("T03", " new probe ordered ", "plant_operator")
    (file,) = (home / "landing" / "water" / "alarm_acknowledgements").glob("*.csv")
    rows = pd.read_csv(file, dtype=str)
    good, bad = apply(rows, contracts.AlarmAcknowledgementsInput)
    assert bad.empty and good["alarm_id"].tolist() == still and good["note"].tolist() == ["new probe ordered"]


@pytest.mark.parametrize(
    ("alarm", "role", "said"),
    [
        ("T99", "plant_operator", "No alarm that has not closed has `T99`"),
        ("T03", "Ana Quispe", "acknowledged_by"),
        ("T01:water_change:1757498460", "plant_operator", "has closed"),
    ],
)
def test_what_cannot_be_acknowledged_is_refused_and_nothing_lands(home: Path, alarm: str, role: str, said: str) -> None:
    with pytest.raises(ActionRefused, match=said):
        acknowledge_command.acknowledge(alarm, None, role)
    assert not (home / "landing" / "water" / "alarm_acknowledgements").exists()
