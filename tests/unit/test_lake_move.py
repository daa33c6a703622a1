"""Moving a home's catalogue between SQLite and a real PostgreSQL server: all rows and history, kills, refusals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from resources.errors import LakeError, SettingsError
from resources.lake import Lake
from resources.lake_move import move
from resources.settings import HOME_CATALOG, Settings, load
from tests import postgresql
from tests.conftest import PROJECT
from tests.postgresql import Server


def fill(settings: Settings) -> None:
    """Tables in Parquet and, small ones, in the catalogue itself; replaced, deleted from, dropped; many types."""
    lake = Lake.from_settings(settings)
    small = pd.DataFrame(
        {
            "name": ["Ñuñoa \\x41 it's", "nul\0inside", None],
            "count": [1, -(2**60), 3],
            "share": [0.1 + 0.2, None, float("inf")],
            "image": [b"\x00\xff\\", None, b""],
            "seen": [True, False, None],
            "at": pd.to_datetime(["2024-02-29 23:59:59.123456", None, "1969-12-31"], format="ISO8601"),
            "path": [["a", "b"], None, []],
        }
    )
    lake.replace("geography.small", small, author="run 1", comments={"name": "what it's called"}, description="Small.")
    lake.replace("geography.small", small.iloc[:2], author="run 2")
    lake.replace("geography.large", pd.DataFrame({"area_id": range(5000), "value": 0.5}), author="run 2")
    rows = pd.DataFrame({"area_id": [7], "value": [0.25]})
    lake.replace_rows("geography.large", rows, column="area_id", value="7", author="run 3")
    shapes = gpd.GeoDataFrame({"area_id": ["a", "b"]}, geometry=[Point(1, 2), None], crs="EPSG:4326")
    lake.replace("geography.shapes", shapes, author="run 3")
    lake.replace("geography.gone", small, author="run 3")
    lake.drop("geography.gone", author="run 4")
    lake.close()


def history(settings: Settings) -> dict[int, tuple[object, ...]]:
    """Every snapshot: when, by whom, why, and what each table held at it."""
    lake = Lake.from_settings(settings, read_only=True)
    cursor = lake.cursor()
    snapshots = cursor.execute(
        "SELECT snapshot_id, epoch_us(snapshot_time), author, commit_message, changes::VARCHAR "
        "FROM ducklake_snapshots('lake') ORDER BY 1"
    ).fetchall()
    seen: dict[int, tuple[object, ...]] = {}
    for number, *rest in snapshots:
        contents = []
        for table in [*lake.tables(), "geography.gone"]:
            schema, name = table.split(".")
            rows = f"FROM lake.{schema}.{name} AT (VERSION => {number})"
            try:
                contents.append(sorted(map(repr, cursor.execute(f"SELECT * {rows}").fetchall())))
            except Exception as error:  # noqa: BLE001  (not there at that snapshot: DuckDB's class for it varies)
                contents.append([type(error).__name__])
        seen[number] = (*rest, contents)
    comments = cursor.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'lake' ORDER BY ALL"
    ).fetchall()
    lake.close()
    return {**seen, -1: tuple(comments)}


def test_there_and_back_everything_is_as_it_was_and_goes_on(tmp_path: Path, catalog: str) -> None:
    settings = load(home=tmp_path)
    fill(settings)
    before = history(settings)
    assert len(before) == 9 and "inside" in str(before[1]) and "CatalogException" in str(before[1])

    there = move(settings, catalog)
    assert settings.catalog == catalog
    assert (there.tables, there.snapshots) == (3, len(before) - 1)
    assert postgresql.PASSWORD not in f"{there}"
    assert (tmp_path / "lake" / "catalog.location").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "lake" / "catalog.sqlite").exists() and Path(there.set_aside).is_file()
    assert history(settings) == before

    lake = Lake.from_settings(settings)
    lake.replace_rows("geography.small", lake.read("geography.small"), column="name", value="none", author="run 5")
    lake.replace("geography.new", pd.DataFrame({"name": ["ñ"]}), author="run 5")
    lake.close()
    changed = history(settings)

    back = move(settings, HOME_CATALOG)
    assert settings.catalog == settings.home_catalog and back.snapshots == there.snapshots + 2
    assert history(settings) == changed
    lake = Lake.from_settings(settings)
    lake.replace("geography.new", pd.DataFrame({"name": ["o"]}), author="run 6")
    assert lake.read_frame("geography.new")["name"].tolist() == ["o"]
    lake.close()
    move(settings, catalog)
    assert settings.catalog == catalog


MOVER = """
import sys
from pathlib import Path
from resources.lake_move import move
from resources.settings import load
import duckdb, geopandas
print("ready", flush=True)
move(load(home=Path(sys.argv[1])), sys.argv[2])
print("moved", flush=True)
"""


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_killed_anywhere_nothing_is_lost_and_the_same_move_ends_it(
    tmp_path: Path, postgresql_server: Server, back: bool
) -> None:
    settings = load(home=tmp_path)
    fill(settings)
    before = history(settings)
    target = postgresql_server.create(f"killed_{back}")
    if back:
        move(settings, target)
        target = HOME_CATALOG
    delay, killed = 0.02, 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "-c", MOVER, str(tmp_path), target], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert history(settings) == before
        where = settings.catalog_record.read_text().strip() if settings.catalog_record.is_file() else HOME_CATALOG
        if where == target:
            break
        killed, delay = killed + 1, delay * 1.6
    assert killed > 2
    lake = Lake.from_settings(settings)
    lake.replace("geography.after", pd.DataFrame({"a": [1]}), author="after")
    lake.close()


def test_a_move_that_was_cut_off_before_the_switch_is_taken_up(
    tmp_path: Path, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resources import lake_move

    settings = load(home=tmp_path)
    fill(settings)
    before = history(settings)

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(lake_move, "record", no_space)
        with pytest.raises(OSError, match="No space"):
            move(settings, catalog)
    assert settings.catalog == settings.home_catalog and history(settings) == before
    move(settings, catalog)
    assert settings.catalog == catalog and history(settings) == before


def test_another_lake_at_the_target_is_left_alone(tmp_path: Path, catalog: str) -> None:
    mine, other = load(home=tmp_path / "mine"), load(home=tmp_path / "other", lake_catalog=catalog)
    fill(mine)
    lake = Lake.from_settings(other)
    lake.replace("geography.small", pd.DataFrame({"a": [1]}), author="other")
    lake.close()
    before = history(mine)
    with pytest.raises(LakeError, match=r"Another lake is at the target.*Nothing was switched") as caught:
        move(mine, catalog)
    assert postgresql.PASSWORD not in str(caught.value)
    assert history(mine) == before and mine.catalog == mine.home_catalog
    assert Lake.from_settings(other).read_frame("geography.small")["a"].tolist() == [1]


def test_a_process_that_had_the_lake_open_cannot_write_to_what_was_set_aside(tmp_path: Path, catalog: str) -> None:
    settings = load(home=tmp_path)
    fill(settings)
    open_before = Lake.from_settings(settings)
    open_before.cursor()
    move(settings, catalog)
    with pytest.raises(LakeError, match="was moved while"):
        open_before.replace("geography.small", pd.DataFrame({"a": [1]}), author="late")
    on_server = Lake.from_settings(settings)
    on_server.cursor()
    move(settings, HOME_CATALOG)
    with pytest.raises(LakeError, match="could not be written"):
        on_server.replace("geography.small", pd.DataFrame({"a": [1]}), author="late")


def test_a_setting_that_names_the_catalogue_left_behind_is_refused(tmp_path: Path, catalog: str) -> None:
    settings = load(home=tmp_path, lake_catalog=catalog)
    fill(settings)
    before = history(settings)
    move(settings, HOME_CATALOG)
    with pytest.raises(SettingsError, match="Remove SOCIALAI_LAKE_CATALOG"):
        _ = settings.catalog
    assert history(load(home=tmp_path)) == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("mysql:db", "not a catalogue to move to"),
        (HOME_CATALOG, "there already"),
        ("postgres:dbname=x host=127.0.0.1 port=1 user=lake password=hidden", "cannot be opened"),
    ],
)
def test_what_cannot_be_moved_to_says_why(tmp_path: Path, target: str, message: str) -> None:
    settings = load(home=tmp_path)
    fill(settings)
    with pytest.raises(LakeError, match=message) as caught:
        move(settings, target)
    assert "hidden" not in str(caught.value)


def test_without_a_lake_there_is_nothing_to_move(tmp_path: Path, catalog: str) -> None:
    with pytest.raises(LakeError, match="no lake yet"):
        move(load(home=tmp_path), catalog)
    with pytest.raises(LakeError, match="no lake yet"):
        move(load(home=tmp_path, lake_catalog=catalog), HOME_CATALOG)
