"""Readings from files beside those that came by stream; a write of several statements is whole or nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_transaction import transaction
from socialai_assets.ingest.contract import validate
from socialai_assets.water.readings_table import FILES, READINGS, merge_files
from socialai_assets.water.stream_contracts import Readings

NOON = pd.Timestamp("2026-11-21T12:00:00")


def staged(*rows: tuple[str, int, float | None, str, bool]) -> pd.DataFrame:
    """Staged readings of pH: station, minute, value, source, whether synthetic."""
    return pd.DataFrame(
        [
            {
                "station_id": station,
                "parameter": "ph",
                "measured_at": NOON + pd.Timedelta(minute, "min"),
                "value": value,
                "source": source,
                "is_synthetic": synthetic,
            }
            for station, minute, value, source, synthetic in rows
        ]
    )


def values(lake: Lake) -> dict[tuple[str, int], tuple[float | None, str]]:
    frame = validate(lake.read_frame(READINGS), Readings)
    return {
        (row.station_id, int((row.measured_at - NOON).total_seconds() / 60)): (row.value, row.came_by)  # type: ignore[operator, arg-type]
        for row in frame.itertuples()
    }


def test_files_replace_what_came_by_file_and_leave_what_came_by_stream(lake: Lake) -> None:
    lake.replace(FILES, staged(("A", 0, 7.0, "plant", False), ("A", 1, 7.1, "plant", False)), author="test")
    assert merge_files(lake, author="test").changed
    with transaction(lake, table=READINGS, author="test") as cursor:
        cursor.execute(
            f"INSERT INTO lake.{READINGS} BY NAME SELECT 'A' AS station_id, 'ph' AS parameter, "
            "TIMESTAMP '2026-11-21 12:02:00' AS measured_at, 9.0 AS value, now()::TIMESTAMP AS received_at, "
            "'stream' AS came_by, 'topic' AS source, false AS is_synthetic"
        )
    lake.replace(FILES, staged(("A", 1, 7.3, "plant", False), ("A", 2, 7.2, "plant", False)), author="test")
    merged = merge_files(lake, author="test")
    assert merged.changed and merged.rows == 1
    assert values(lake) == {("A", 1): (7.3, "file"), ("A", 2): (9.0, "stream")}


def test_a_real_reading_goes_before_a_synthetic_one(lake: Lake) -> None:
    lake.replace(FILES, staged(("A", 0, 1.0, "sample", True), ("A", 0, 7.0, "plant", False)), author="test")
    merge_files(lake, author="test")
    assert values(lake) == {("A", 0): (7.0, "file")}


def test_the_same_files_again_write_nothing(lake: Lake) -> None:
    lake.replace(FILES, staged(("A", 0, 7.0, "plant", False), ("B", 0, None, "plant", False)), author="test")
    first = merge_files(lake, author="test")
    rows = lake.read(READINGS).num_rows
    again = merge_files(lake, author="test")
    assert rows == 2 and not again.changed and again.version == first.version
    lake.replace(FILES, staged(("B", 0, None, "plant", False), ("A", 0, 7.0, "plant", False)), author="test")
    assert merge_files(lake, author="test").version == first.version


def test_a_transaction_that_fails_leaves_every_table_as_it_was(lake: Lake) -> None:
    lake.replace("water.one", pd.DataFrame({"n": [1]}), author="test")
    before = lake.newest_snapshot()
    with pytest.raises(LakeError, match=r"`water.one` could not be written"):
        with transaction(lake, table="water.one", author="test") as cursor:
            cursor.execute("INSERT INTO lake.water.one VALUES (2)")
            cursor.execute("INSERT INTO lake.water.absent VALUES (2)")
    with pytest.raises(KeyboardInterrupt), transaction(lake, table="water.one", author="test") as cursor:
        cursor.execute("INSERT INTO lake.water.one VALUES (3)")
        raise KeyboardInterrupt
    assert lake.read("water.one")["n"].to_pylist() == [1] and lake.newest_snapshot() == before
