"""The lake with its catalogue on a real PostgreSQL server: writers, readers, kills, a crash, a refused sign-in."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from dagster._utils.error import serializable_error_info_from_exc_info

from resources.errors import LakeError
from resources.lake import Lake
from resources.settings import Settings
from tests import postgresql
from tests.conftest import PROJECT
from tests.postgresql import Server


def open_lake(home: Path, catalog: str) -> Lake:
    return Lake.from_settings(Settings(home=home, lake_catalog=catalog))


def frame(rows: int, value: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"area_id": [f"{i:06d}" for i in range(rows)], "value": [value] * rows})


WRITER = """
import sys
from pathlib import Path
from tests.unit.test_lake_on_postgresql import frame, open_lake
lake = open_lake(Path(sys.argv[1]), sys.argv[2])
lake.cursor()
print("ready", flush=True)
for i in range(1, 10_000):
    lake.replace(sys.argv[3], frame(20_000, i), author=f"write {i}")
"""


def start_writer(home: Path, catalog: str, table: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), catalog, table], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_settings_alone_put_the_catalogue_on_a_server(tmp_path: Path, catalog: str) -> None:
    lake = open_lake(tmp_path, catalog)
    first = lake.replace("geography.things", frame(3), author="run 1", comments={"value": "it's a value"})
    second = lake.replace("geography.things", frame(4, 1), author="run 2")
    assert second.snapshot == first.snapshot + 1
    assert lake.data_version("geography.things") == second.data_version
    old = lake.cursor().execute(f"SELECT count(*) FROM lake.geography.things AT (VERSION => {first.snapshot})")
    assert old.fetchone() == (3,)
    lake.close()
    assert not (tmp_path / "lake" / "catalog.sqlite").exists() and not (tmp_path / "lake" / "write.lock").exists()
    assert len(open_lake(tmp_path, catalog).read_frame("geography.things")) == 4


def test_the_data_version_is_the_same_on_either_catalogue(tmp_path: Path, catalog: str, lake: Lake) -> None:
    on_server = open_lake(tmp_path / "server", catalog).replace("geography.things", frame(100), author="test")
    assert on_server.data_version == lake.replace("geography.things", frame(100), author="test").data_version


def test_two_writers_of_two_tables_go_on_while_a_reader_sees_whole_tables(tmp_path: Path, catalog: str) -> None:
    tables = ("geography.left", "geography.right")
    lake = open_lake(tmp_path, catalog)
    for table in tables:
        lake.replace(table, frame(20_000), author="test")
    writers = [start_writer(tmp_path, catalog, table) for table in tables]
    seen: dict[str, set[int]] = {table: set() for table in tables}
    try:
        # DuckLake lets the loser of a race wait for longer and longer, so one writer may lead for a while.
        end = time.monotonic() + 60
        while time.monotonic() < end and any(len(values) < 3 for values in seen.values()):
            for table in tables:
                values = lake.read_frame(table)["value"]
                assert len(values) == 20_000 and values.nunique() == 1
                seen[table].add(int(values.iloc[0]))
        alive = [writer.poll() is None for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
        lake.close()
    assert all(alive), "a writer failed"
    assert all(len(values) > 1 for values in seen.values()), seen


def test_a_killed_writer_leaves_a_whole_table_and_holds_nobody_up(tmp_path: Path, catalog: str) -> None:
    lake = open_lake(tmp_path, catalog)
    lake.replace("geography.things", frame(20_000), author="test")
    for delay in (0.05, 0.21, 0.55):
        process = start_writer(tmp_path, catalog, "geography.things")
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        values = lake.read_frame("geography.things")["value"]
        assert len(values) == 20_000 and values.nunique() == 1
        lake.replace("geography.after", frame(1), author="after the kill")
    lake.close()


def test_a_server_that_crashes_is_an_error_that_says_so_and_loses_nothing(
    tmp_path: Path, postgresql_server: Server, catalog: str
) -> None:
    lake = open_lake(tmp_path, catalog)
    version = lake.replace("geography.things", frame(50), author="test").data_version
    postgresql_server.stop()
    try:
        with pytest.raises(LakeError, match="What to do") as caught:
            lake.replace("geography.things", frame(60), author="test")
        lake.close()
    finally:
        postgresql_server.start()
    assert postgresql.PASSWORD not in str(caught.value)
    again = open_lake(tmp_path, catalog)
    assert again.data_version("geography.things") == version
    again.replace("geography.things", frame(60), author="test")
    again.close()


def test_a_wrong_password_says_what_to_do_and_shows_no_password(tmp_path: Path, postgresql_server: Server) -> None:
    catalog = postgresql_server.catalog("postgres", password="wrong-secret")
    with pytest.raises(LakeError, match="SOCIALAI_LAKE_CATALOG") as caught:
        open_lake(tmp_path, catalog).cursor()
    assert "authentication failed" in str(caught.value)
    # What Dagster keeps of an error and shows in its UI: the whole chain with its tracebacks.
    shown = serializable_error_info_from_exc_info((type(caught.value), caught.value, caught.value.__traceback__))
    assert str(shown).count("authentication failed") == 2 and "wrong-secret" not in str(shown)


def test_an_absent_server_says_what_to_do_and_shows_no_password(tmp_path: Path) -> None:
    catalog = "postgres:dbname=lake host=127.0.0.1 port=1 user=lake password='sec ret'"
    with pytest.raises(LakeError, match="server can be reached") as caught:
        open_lake(tmp_path, catalog).cursor()
    assert "refused" in str(caught.value) and "sec ret" not in str(caught.value)
