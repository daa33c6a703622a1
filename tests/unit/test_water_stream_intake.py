"""Batches into the lake: rows and offsets together or not at all, whoever else reads the same messages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from resources.errors import LakeError, StreamError
from resources.lake import Lake
from socialai_assets.ingest.contract import validate
from socialai_assets.water import stream_intake
from socialai_assets.water.reading_messages import message
from socialai_assets.water.stream_contracts import Readings, StreamBatches, StreamOffsets, StreamQuarantine
from socialai_assets.water.stream_intake import Intake, OffsetsMoved, forget_offsets, merge_small_files, taken_offsets
from tests.conftest import make_lake
from tests.unit.test_water_reading_messages import NOON, raw

TOPIC = "test"
HELD = {0: (0, 100)}


def contents(first: int, last: int) -> list[bytes]:
    return [
        message("A", NOON + timedelta(minutes=n - 60), {"ph": 7.0 + n}, synthetic=False) for n in range(first, last)
    ]


def intake(lake: Lake, **options: object) -> Intake:
    return Intake(lake, TOPIC, author="test", **options)  # type: ignore[arg-type]


def minutes(lake: Lake) -> list[int]:
    frame = validate(lake.read_frame("water.readings"), Readings)
    return sorted(int((moment - NOON).total_seconds() / 60) + 60 for moment in frame["measured_at"])


def test_a_batch_is_rows_offsets_log_and_quarantine_as_their_contracts_say(lake: Lake) -> None:
    one = intake(lake)
    assert one.begin(HELD) == {0: 0}
    receipt = one.take(raw(*contents(0, 3), b"{"), {0: 0}, {0: 4})
    assert receipt.counts["readings"] == 3 and receipt.counts["malformed"] == 1
    assert minutes(lake) == [0, 1, 2] and taken_offsets(lake, TOPIC) == {0: 4}
    (batch,) = validate(lake.read_frame("water.stream_batches"), StreamBatches).to_dict("records")
    assert (batch["first_offset"], batch["next_offset"], batch["messages"]) == (0, 4, 4)
    (bad,) = validate(lake.read_frame("water.stream_quarantine"), StreamQuarantine).to_dict("records")
    assert (bad["topic"], bad["partition"], bad["message_offset"], bad["message"]) == (TOPIC, 0, 3, "{")
    validate(lake.read_frame("water.stream_offsets"), StreamOffsets)
    assert (lake.read_frame("water.readings")["source"] == TOPIC).all()


def test_of_two_that_read_the_same_messages_one_writes_them(lake: Lake) -> None:
    one, two = intake(lake), intake(lake)
    assert one.begin(HELD) == two.begin(HELD)
    one.take(raw(*contents(0, 3)), {0: 0}, {0: 3})
    with pytest.raises(OffsetsMoved):
        two.take(raw(*contents(0, 5)), {0: 0}, {0: 5})
    assert minutes(lake) == [0, 1, 2] and taken_offsets(lake, TOPIC) == {0: 3}
    assert two.begin(HELD) == {0: 3}
    two.take([m for m in raw(*contents(0, 5)) if m.offset >= 3], {0: 3}, {0: 5})
    assert minutes(lake) == [0, 1, 2, 3, 4]


def test_a_batch_that_fails_at_its_end_leaves_no_row_and_no_offset(lake: Lake) -> None:
    def broken(cursor: object, taken: object) -> None:
        raise ValueError("the detector fails")

    failing = intake(lake, detect=broken)
    failing.begin(HELD)
    with pytest.raises(ValueError, match="the detector fails"):
        failing.take(raw(*contents(0, 3)), {0: 0}, {0: 3})
    assert minutes(lake) == [] and taken_offsets(lake, TOPIC) == {}
    assert lake.read("water.stream_batches").num_rows == 0


def test_what_is_detected_on_sees_each_reading_once_and_is_written_with_it(lake: Lake) -> None:
    seen: list[float] = []
    one = intake(lake, detect=lambda cursor, taken: seen.extend(taken["value"].to_pylist()))
    one.begin(HELD)
    one.take(raw(*contents(0, 3)), {0: 0}, {0: 3})
    one.take(raw(*contents(1, 4)), {0: 3}, {0: 6})
    assert seen == [7.0, 8.0, 9.0, 10.0]


def test_readings_known_from_files_late_ones_and_a_topic_read_again_are_not_taken_twice(lake: Lake) -> None:
    one = intake(lake)
    one.begin(HELD)
    early = message("A", NOON - timedelta(days=300), {"ph": 1.0}, synthetic=False)
    one.take(raw(*contents(0, 3), early), {0: 0}, {0: 4})
    receipt = one.take(raw(*contents(2, 5), early), {0: 4}, {0: 8})
    assert (receipt.counts["readings"], receipt.counts["repeated"], receipt.counts["late"]) == (2, 2, 1)
    forget_offsets(lake, TOPIC, author="test")
    again = intake(lake)
    assert again.begin(HELD) == {0: 0}
    assert again.take(raw(*contents(0, 5), early), {0: 0}, {0: 6}).counts["readings"] == 0
    assert len(minutes(lake)) == 6


def test_messages_that_kafka_deleted_before_they_were_taken_are_counted(lake: Lake) -> None:
    one = intake(lake)
    one.begin(HELD)
    one.take(raw(*contents(0, 2)), {0: 0}, {0: 2})
    assert one.begin({0: (10, 20), 1: (5, 5)}) == {0: 10, 1: 5}
    assert one.take([], {0: 10, 1: 5}, {0: 10, 1: 5}).counts["expired"] == 8
    assert taken_offsets(lake, TOPIC) == {0: 10, 1: 5}


def test_a_topic_made_anew_is_said_and_not_passed_over(lake: Lake) -> None:
    one = intake(lake)
    one.begin(HELD)
    one.take(raw(*contents(0, 2)), {0: 0}, {0: 2})
    with pytest.raises(StreamError, match=r"has taken 2 messages of partition 0, and Kafka has had 1.*--from-start"):
        intake(lake).begin({0: (0, 1)})


def test_small_files_are_merged_and_nothing_changes(lake: Lake) -> None:
    one = intake(lake)
    one.begin(HELD)
    # More rows than DuckLake keeps in its catalogue instead of a file.
    for n in range(4):
        one.take(raw(*contents(20 * n, 20 * n + 20)), {0: 20 * n}, {0: 20 * n + 20})
    with lake.cursor() as cursor:
        query = "SELECT count(*) FROM ducklake_list_files('lake', 'readings', schema => 'water')"
        before = cursor.execute(query).fetchall()
        version = lake.data_version("water.readings")
        merge_small_files(lake)
        assert (before, cursor.execute(query).fetchall()) == ([(4,)], [(1,)])
    assert lake.data_version("water.readings") == version
    assert one.take(raw(*contents(80, 81)), {0: 80}, {0: 81}).counts["readings"] == 1


def test_a_write_that_the_lake_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = make_lake(tmp_path)
    one = intake(lake)
    one.begin(HELD)
    monkeypatch.setattr(stream_intake, "_INSERT", "INSERT INTO lake.water.absent SELECT ?")
    with pytest.raises(LakeError, match="could not be written"):
        one.take(raw(*contents(0, 2)), {0: 0}, {0: 2})
    assert taken_offsets(lake, TOPIC) == {}
    lake.close()
