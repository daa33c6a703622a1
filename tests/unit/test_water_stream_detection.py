"""Alarms of a stream: found with the readings, the same whatever is killed between batches, written once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.lake import Lake
from socialai_assets.ingest.contract import validate
from socialai_assets.water.detection_contracts import Alarms
from socialai_assets.water.reading_messages import message
from socialai_assets.water.stream_detection import StreamAlarms
from socialai_assets.water.stream_intake import Intake, make_stream_tables
from tests.unit.test_water_reading_messages import NOON, raw

TOPIC, MINUTES, EVENT = "test", 480, range(300, 360)


@pytest.fixture(scope="module")
def contents() -> list[bytes]:
    """A station's messages: in the event chlorine falls and turbidity and conductivity rise."""
    chance = np.random.default_rng(0)
    found = []
    for minute in range(MINUTES):
        changed = minute in EVENT
        values = {
            "free_chlorine": (0.1 if changed else 0.7) + chance.normal(0, 0.01),
            "turbidity": (4.0 if changed else 0.4) + chance.normal(0, 0.02),
            "conductivity": (520.0 if changed else 420.0) + chance.normal(0, 1.5),
        }
        moment = NOON + timedelta(minutes=minute - MINUTES)
        found.append(message("sim-1", moment, values, synthetic=True))
    return found


def take(lake: Lake, folder: Path, contents: list[bytes], first: int, last: int, *, keep: bool) -> None:
    """Take messages in batches of 120 as a process would that begins and ends with them."""
    make_stream_tables(lake, author="test")
    alarms = StreamAlarms(lake, folder, TOPIC, author="test")
    intake = Intake(lake, TOPIC, author="test", detector=alarms)
    assert intake.begin({0: (0, MINUTES)}) == {0: first}
    messages = raw(*contents)
    for start in range(first, last, 120):
        end = min(start + 120, last)
        intake.take(messages[start:end], {0: start}, {0: end})
    if keep:
        alarms.keep()
    intake.close()


def alarms_of(lake: Lake) -> pd.DataFrame:
    return validate(lake.read_frame("water.alarms"), Alarms).sort_values("alarm_id", ignore_index=True)


@pytest.fixture
def undisturbed(lake: Lake, tmp_path: Path, contents: list[bytes]) -> pd.DataFrame:
    take(lake, tmp_path / "stream", contents, 0, MINUTES, keep=True)
    return alarms_of(lake)


def test_water_that_changes_is_an_alarm_of_the_stream_that_closes(undisturbed: pd.DataFrame) -> None:
    (alarm,) = undisturbed.to_dict("records")
    assert (alarm["station_id"], alarm["kind"], alarm["state"]) == ("sim-1", "water_change", "closed")
    assert (alarm["came_by"], alarm["source"], alarm["is_synthetic"]) == ("stream", TOPIC, True)
    opened = (alarm["opened_at"] - (NOON - timedelta(minutes=MINUTES))).total_seconds() / 60
    assert EVENT.start <= opened <= EVENT.start + 5


@pytest.mark.parametrize("kept", ["each time", "never", "once"])
def test_a_consumer_killed_in_an_alarm_goes_on_with_it(
    undisturbed: pd.DataFrame, tmp_path: Path, contents: list[bytes], kept: str
) -> None:
    from tests.conftest import make_lake

    lake, folder = make_lake(tmp_path / "other"), tmp_path / "other" / "stream"
    for first, last in ((0, 250), (250, 330), (330, 345), (345, MINUTES)):
        take(lake, folder, contents, first, last, keep=kept == "each time" or (kept == "once" and first == 0))
    pd.testing.assert_frame_equal(alarms_of(lake), undisturbed)
    lake.close()
