"""The lake: whole writes, versions by content, readers during writes, kills, locks, missing extensions."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources import duckdb_extensions
from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_location import LakeLocation
from tests.conftest import PROJECT, make_lake


def frame(rows: int, value: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"area_id": [f"{i:06d}" for i in range(rows)], "value": [value] * rows})


def test_a_written_table_reads_back_with_its_types(lake: Lake) -> None:
    written = pd.DataFrame(
        {"name": ["Ñuñoa", None], "count": [1, 2], "share": [0.5, None], "image": [b"\x00\xff", None]}
    )
    receipt = lake.replace("geography.things", written, author="test", comments={"name": "what it's called"})
    read = lake.read_frame("geography.things")
    assert receipt.rows == 2
    assert read["name"].tolist() == ["Ñuñoa", None]
    assert read["image"].tolist()[0] == b"\x00\xff"
    assert lake.columns("geography.things") == {
        "name": "VARCHAR",
        "count": "BIGINT",
        "share": "DOUBLE",
        "image": "BLOB",
    }


def test_geometries_keep_their_shape_and_are_stored_in_degrees(lake: Lake) -> None:
    import geopandas as gpd
    from shapely import box

    shapes = gpd.GeoDataFrame(
        {"area_id": ["a"]}, geometry=[box(-8_500_000, -1_400_000, -8_400_000, -1_300_000)], crs="EPSG:3857"
    )
    lake.replace("geography.shapes", shapes, author="test")
    read = lake.read_geoframe("geography.shapes")
    assert read.crs == "EPSG:4326"
    assert read.to_crs("EPSG:3857").geometry.iloc[0].equals_exact(shapes.geometry.iloc[0], tolerance=0.01)


def test_a_geoframe_without_crs_is_refused(lake: Lake) -> None:
    import geopandas as gpd
    from shapely import Point

    with pytest.raises(LakeError, match=r"without a CRS.*set_crs"):
        lake.replace("geography.shapes", gpd.GeoDataFrame(geometry=[Point(0, 0)]), author="test")
    assert not lake.exists("geography.shapes")


@settings(max_examples=15, deadline=None)
@given(
    rows=st.lists(st.tuples(st.text(max_size=5), st.integers(-5, 5)), min_size=1, max_size=20),
    seed=st.integers(0, 9),
)
def test_the_version_follows_content_not_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]], seed: int
) -> None:
    lake = make_lake(tmp_path_factory.mktemp("home"))
    original = pd.DataFrame(rows, columns=["name", "value"])
    shuffled = original.sample(frac=1, random_state=seed)
    changed = original.assign(value=original["value"].where(original.index > 0, 99))
    first = lake.replace("geography.things", original, author="test").data_version
    assert lake.replace("geography.things", shuffled, author="test").data_version == first
    assert lake.replace("geography.things", changed, author="test").data_version != first
    lake.close()


def test_replace_rows_leaves_other_rows(lake: Lake) -> None:
    table = "geography.quarantine"
    lake.replace_rows(table, pd.DataFrame({"source": ["a"], "line": [1]}), column="source", value="a", author="t")
    lake.replace_rows(table, pd.DataFrame({"line": [7], "source": ["b"]}), column="source", value="b", author="t")
    lake.replace_rows(table, pd.DataFrame({"source": ["a"], "line": [2]}), column="source", value="a", author="t")
    read = lake.read_frame(table).sort_values("source")
    assert list(zip(read["source"], read["line"], strict=True)) == [("a", 2), ("b", 7)]


def test_every_write_is_one_snapshot_with_author_and_version(lake: Lake) -> None:
    before = lake.replace("geography.things", frame(3), author="run 1").snapshot
    receipt = lake.replace("geography.things", frame(4), author="run 2")
    cursor = lake.cursor()
    found = cursor.execute(
        "SELECT author, commit_message FROM ducklake_snapshots('lake') ORDER BY snapshot_id DESC LIMIT 1"
    ).fetchone()
    assert receipt.snapshot == before + 1
    assert found is not None and found[0] == "run 2" and receipt.data_version in found[1]
    old = cursor.execute(f"SELECT count(*) FROM lake.geography.things AT (VERSION => {before})").fetchone()
    assert old == (3,)


@pytest.mark.parametrize("name", ["things", "a.b.c", 'geography."x"', "geography.things; DROP", ""])
def test_only_schema_dot_table_is_a_name(lake: Lake, name: str) -> None:
    with pytest.raises(LakeError, match="not a table's name"):
        lake.replace(name, frame(1), author="test")


def test_an_unknown_table_or_column_says_what_there_is(lake: Lake) -> None:
    lake.replace("geography.things", frame(1), author="test")
    with pytest.raises(LakeError, match=r"no table `geography\.nothing`"):
        lake.read("geography.nothing")
    with pytest.raises(LakeError, match=r"no column \['x'\].*area_id"):
        lake.read("geography.things", ["x"])


WRITER = """
import sys, pandas as pd
from pathlib import Path
from tests.conftest import make_lake
lake = make_lake(Path(sys.argv[1]))
lake.cursor()
print("ready", flush=True)
i = 0
while True:
    i += 1
    rows = pd.DataFrame({"area_id": [f"{k:06d}" for k in range(20_000)], "value": [i] * 20_000})
    lake.replace("geography.things", rows, author=f"write {i}")
"""


def start_writer(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_a_killed_writer_leaves_a_whole_table_and_no_stuck_lock(tmp_path: Path) -> None:
    lake = make_lake(tmp_path)
    lake.replace("geography.things", frame(20_000), author="test")
    lake.close()
    for delay in (0.05, 0.13, 0.21, 0.34, 0.55):
        process = start_writer(tmp_path)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lake = make_lake(tmp_path, lock_timeout=5)
        values = lake.read_frame("geography.things")["value"]
        assert len(values) == 20_000 and values.nunique() == 1
        lake.replace("geography.after", frame(1), author="after the kill")
        lake.close()


def read_while_writing(home: Path, seconds: float) -> int:
    lake = make_lake(home)
    end = time.monotonic() + seconds
    reads = 0
    while time.monotonic() < end:
        values = lake.read_frame("geography.things")["value"]
        assert len(values) == 20_000 and values.nunique() == 1, f"{len(values)} rows, {values.unique()}"
        reads += 1
    lake.close()
    return reads


def test_three_readers_never_see_half_a_write_and_two_writers_never_fail(tmp_path: Path) -> None:
    lake = make_lake(tmp_path)
    lake.replace("geography.things", frame(20_000), author="test")
    lake.close()
    writers = [start_writer(tmp_path), start_writer(tmp_path)]
    try:
        # A Pool can wait for ever for a lock that a process it ends had; this says when a process is gone.
        with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
            reads = list(pool.map(read_while_writing, [tmp_path] * 3, [4.0] * 3))
        alive = [writer.poll() is None for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert all(alive), "a writer failed"
    assert min(reads) > 0
    snapshots = make_lake(tmp_path).cursor().execute("SELECT count(*) FROM ducklake_snapshots('lake')").fetchone()
    assert snapshots is not None and snapshots[0] > 10


def test_a_write_that_waits_too_long_says_who_and_what_to_do(tmp_path: Path) -> None:
    holder, waiter = make_lake(tmp_path), make_lake(tmp_path, lock_timeout=0.2)
    waiter.cursor()
    with holder.writing(), pytest.raises(LakeError, match=r"Another process.*SOCIALAI_LOCK_TIMEOUT_SECONDS"):
        waiter.replace("geography.things", frame(1), author="test")


def test_a_moved_home_still_opens(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "old")
    lake.replace("geography.things", frame(5), author="test")
    lake.close()
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert len(make_lake(tmp_path / "new").read_frame("geography.things")) == 5


def test_a_missing_extension_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(duckdb_extensions.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LakeError, match=r"`sqlite_scanner` is not installed.*make setup"):
        make_lake(tmp_path).cursor()


def test_an_extension_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    with pytest.raises(LakeError, match=r"does not fit DuckDB 9\.9\.9.*v1\."):
        duckdb_extensions.path("ducklake")


def test_a_read_only_attach_of_no_lake_says_how_to_make_one(tmp_path: Path) -> None:
    import duckdb

    from resources.lake_location import attach

    location = LakeLocation(f"sqlite:{tmp_path}/none.sqlite", str(tmp_path))
    with pytest.raises(LakeError, match=r"There is no lake yet.*make run"):
        attach(duckdb.connect(), location, read_only=True)
    assert not (tmp_path / "none.sqlite").exists()


def test_a_read_only_lake_waits_for_nobody_and_writes_nothing(tmp_path: Path) -> None:
    writer = make_lake(tmp_path)
    writer.replace("geography.things", frame(3), author="test")
    reader = make_lake(tmp_path, lock_timeout=0.2, read_only=True)
    with writer.writing():
        assert len(reader.read_frame("geography.things")) == 3
    with pytest.raises(LakeError, match="read-only"):
        reader.replace("geography.things", frame(4), author="test")
    assert len(writer.read_frame("geography.things")) == 3
