"""Many writes as one: all of them or none, one snapshot, and nobody sees half."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_transaction import as_one_write, transaction
from resources.lake_upkeep import last_writes, snapshots
from tests.conftest import make_lake


def numbers(*values: int) -> pd.DataFrame:
    return pd.DataFrame({"n": values})


@pytest.fixture
def filled(lake: Lake) -> Lake:
    lake.replace("water.one", numbers(1), author="before")
    return lake


def read(lake: Lake, table: str) -> list[int]:
    return lake.read(table)["n"].to_pylist()


def test_many_writes_are_one_snapshot_that_names_them_all(filled: Lake) -> None:
    before = len(snapshots(filled))
    with as_one_write(filled, author="lane"):
        receipts = [
            filled.replace("water.one", numbers(1, 2), author="run"),
            filled.replace_rows("water.two", numbers(3), column="n", value="3", author="run"),
        ]
        with transaction(filled, table="water.three", author="run") as cursor:
            cursor.execute("CREATE TABLE lake.water.three AS SELECT n + 1 AS n FROM lake.water.two")
        assert (read(filled, "water.one"), read(filled, "water.three")) == ([1, 2], [4])
        assert filled.newest_snapshot() == receipts[0].snapshot

    assert len(snapshots(filled)) == before + 1
    assert {receipt.snapshot for receipt in receipts} == {filled.newest_snapshot()}
    writes = last_writes(filled)
    assert {writes[f"water.{name}"].number for name in ("one", "two", "three")} == {filled.newest_snapshot()}
    assert writes["water.one"].author == "lane"
    assert filled.data_version("water.one") == receipts[0].data_version


def test_what_fails_leaves_every_table_as_it_was(filled: Lake) -> None:
    for fault in (KeyError, None):
        with pytest.raises(fault or LakeError), as_one_write(filled, author="lane"):
            filled.replace("water.one", numbers(9), author="run")
            filled.replace("water.two", numbers(9), author="run")
            if fault is not None:
                raise fault
            with transaction(filled, table="water.one", author="run") as cursor:
                cursor.execute("INSERT INTO lake.water.one VALUES ('no number')")
        assert read(filled, "water.one") == [1] and not filled.exists("water.two")
    filled.replace("water.two", numbers(2), author="after")
    assert read(filled, "water.two") == [2]


def test_nothing_written_leaves_no_snapshot(filled: Lake) -> None:
    before = filled.newest_snapshot()
    with as_one_write(filled, author="lane"):
        assert read(filled, "water.one") == [1]
    assert filled.newest_snapshot() == before


def test_others_see_the_lake_as_it_was_and_wait_with_their_writes(filled: Lake, tmp_path: Path) -> None:
    other = make_lake(tmp_path, lock_timeout=0.2)
    with as_one_write(filled, author="lane"):
        filled.replace("water.one", numbers(2), author="run")
        reader = Lake(filled.location, read_only=True)
        assert read(reader, "water.one") == [1]
        with pytest.raises(LakeError, match="writing to the lake"):
            other.replace("water.two", numbers(1), author="other")
    assert read(reader, "water.one") == [2]
    other.replace("water.two", numbers(1), author="other")
    reader.close()
    other.close()


def test_a_server_s_lake_is_refused(filled: Lake) -> None:
    with (
        pytest.raises(LakeError, match="On a server"),
        as_one_write(Lake(filled.location), author="lane"),
    ):
        raise AssertionError


def test_a_table_without_rows_is_planned_without_asking_the_catalogue(filled: Lake) -> None:
    filled.replace("water.none", numbers().astype("int64"), author="run")
    filled.replace_rows("water.one", numbers().astype("int64"), column="n", value="1", author="run")
    known = (
        "SELECT table_name FROM __ducklake_metadata_lake.ducklake_table_stats "
        "JOIN __ducklake_metadata_lake.ducklake_table USING (table_id) WHERE end_snapshot IS NULL ORDER BY ALL"
    )
    assert filled.cursor().execute(known).fetchall() == [("none",), ("one",)]
    assert read(filled, "water.none") == read(filled, "water.one") == []
