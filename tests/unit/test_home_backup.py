"""A home as an archive and back: both catalogues, under writers, cut off, damaged, into places it must not go."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import threading
from pathlib import Path

import pandas as pd
import pytest

from resources.access_log import Access
from resources.errors import LakeError, VaultError
from resources.home_backup import MANIFEST, UNFINISHED, BackupError, back_up, restore
from resources.lake import Lake
from resources.settings import Settings, load
from resources.vault import Vault
from tests.unit.test_lake_move import fill, history


@pytest.fixture(params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A home with a lake, a database in WAL mode that somebody has open, and files."""
    catalog = None
    if request.param == "postgresql":
        catalog = request.getfixturevalue("postgresql_server").create(request.node.name[:60])
    settings = load(home=tmp_path / "home", lake_catalog=catalog)
    fill(settings)
    for name, content in {
        "landing/geography/areas/ñ.csv": b"a\n1\n",
        "mlflow/models/1/model.bin": b"\x00" * 99,
    }.items():
        (settings.home / name).parent.mkdir(parents=True)
        (settings.home / name).write_bytes(content)
    return settings


def test_a_restored_home_holds_all_that_was_backed_up_and_goes_on(filled: Settings, tmp_path: Path) -> None:
    (filled.dagster_home / "history").mkdir(parents=True)
    runs = sqlite3.connect(filled.dagster_home / "history" / "runs.db", isolation_level=None)
    runs.execute("PRAGMA journal_mode = WAL")
    runs.execute("CREATE TABLE runs AS SELECT 7 AS id")
    before = history(filled)
    manifest = back_up(filled, tmp_path / "backups" / "home.tar")
    runs.execute("INSERT INTO runs VALUES (8)")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["home.tar"]
    assert sorted(manifest.tables) == ["geography.large", "geography.shapes", "geography.small"]

    restored = load(home=tmp_path / "restored")
    assert restore(restored, tmp_path / "backups" / "home.tar") == manifest
    assert history(restored) == before == history(filled)
    again = sqlite3.connect(restored.dagster_home / "history" / "runs.db")
    assert again.execute("SELECT id FROM runs").fetchall() == [(7,)]
    assert (restored.home / "landing/geography/areas/ñ.csv").read_bytes() == b"a\n1\n"
    assert not (restored.home / UNFINISHED).exists() and not (restored.home / MANIFEST).exists()
    lake = Lake.from_settings(restored)
    lake.replace("geography.after", pd.DataFrame({"a": [1]}), author="after")
    lake.close()
    again.close()
    runs.close()


def test_a_backup_while_tables_are_written_is_of_one_moment(filled: Settings, tmp_path: Path) -> None:
    stop, written = threading.Event(), list[int]()

    def write() -> None:
        lake = Lake.from_settings(filled)
        while not stop.is_set():
            i = len(written) + 1
            for table in ("geography.first", "geography.second"):
                lake.replace(table, pd.DataFrame({"i": [i] * 1000}), author=f"write {i}")
            written.append(i)
        lake.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written:
            assert writer.is_alive()
        back_up(filled, tmp_path / "home.tar")
    finally:
        stop.set()
        writer.join()
    restored = load(home=tmp_path / "restored")
    restore(restored, tmp_path / "home.tar")
    lake = Lake.from_settings(restored, read_only=True)
    first, second = (lake.read_frame(f"geography.{name}")["i"].unique().tolist() for name in ("first", "second"))
    lake.close()
    assert len(first) == len(second) == 1 and first[0] - second[0] in (0, 1)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    settings = load(home=tmp_path / "home")
    fill(settings)
    back_up(settings, tmp_path / "home.tar")
    return tmp_path / "home.tar"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_refused(archive: Path, tmp_path: Path, share: float) -> None:
    whole = archive.read_bytes()
    # A tar ends in zeros; what is cut off is content.
    archive.write_bytes(whole[: int(len(whole.rstrip(b"\0")) * share)])
    with pytest.raises(BackupError, match="not a whole archive"):
        restore(load(home=tmp_path / "restored"), archive)
    assert not (tmp_path / "restored" / "lake").exists()


def test_one_changed_byte_is_found_and_nothing_is_put_in_place(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as tar:
        parquet = next(member for member in tar if member.name.endswith(".parquet"))
    content = bytearray(archive.read_bytes())
    content[parquet.offset_data + parquet.size // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged: lake/data/.*\.parquet"):
        restore(load(home=tmp_path / "restored"), archive)
    assert [path.name for path in (tmp_path / "restored").iterdir()] == [UNFINISHED]


def test_a_restore_that_was_cut_off_while_extracting_starts_afresh(archive: Path, tmp_path: Path) -> None:
    leftover = tmp_path / "restored" / UNFINISHED / "lake" / "data" / "half.parquet"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    restore(load(home=tmp_path / "restored"), archive)
    assert not list((tmp_path / "restored").rglob("half.parquet"))


def test_a_member_that_points_outside_the_home_is_refused(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("../../outside.txt")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    with pytest.raises(BackupError, match="not a whole archive"):
        restore(load(home=tmp_path / "restored"), archive)
    assert not list(tmp_path.parent.rglob("outside.txt"))


def test_what_must_not_be_overwritten_is_not(archive: Path, tmp_path: Path) -> None:
    settings = load(home=tmp_path / "home")
    before, content = history(settings), archive.read_bytes()
    with pytest.raises(BackupError, match="home is not empty"):
        restore(settings, archive)
    with pytest.raises(BackupError, match="there already"):
        back_up(settings, archive)
    with pytest.raises(BackupError, match="in the home itself"):
        back_up(settings, settings.home / "home.tar")
    with pytest.raises(BackupError, match="Unset SOCIALAI_LAKE_CATALOG"):
        restore(load(home=tmp_path / "new", lake_data=str(tmp_path / "data")), archive)
    assert history(settings) == before and archive.read_bytes() == content


def test_a_home_without_a_lake_and_one_in_an_object_store_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=r"no lake yet.*socialai run"):
        back_up(load(home=tmp_path / "home"), tmp_path / "home.tar")
    with pytest.raises(BackupError, match=r"object store.*pg_dump"):
        back_up(load(home=tmp_path / "home", lake_data="s3://bucket/lake"), tmp_path / "home.tar")
    assert not list(tmp_path.glob("home.tar*"))


def test_the_vault_is_in_the_archive_and_its_key_is_not(filled: Settings, tmp_path: Path) -> None:
    vault, look = Vault.from_settings(filled), Access("test", "pipeline", "test", "children.raw_children")
    with vault.opened(look) as tables:
        tables.replace("children.raw_children", pd.DataFrame({"child_id": ["abc"]}), author="test")
    manifest = back_up(filled, tmp_path / "home.tar")
    assert "vault/catalog.duckdb" in manifest.files and not any("key" in name for name in manifest.files)

    restored = load(home=tmp_path / "restored", vault_key_file=filled.vault_key)
    restore(restored, tmp_path / "home.tar")
    with Vault.from_settings(restored).opened(look) as tables:
        assert tables.read_frame("children.raw_children")["child_id"].tolist() == ["abc"]
    with pytest.raises(VaultError, match="key is not there"):
        Vault.from_settings(load(home=restored.home))
