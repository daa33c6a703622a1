"""The vault: nothing about a person in clear on the disk, one key, one door that writes down who came."""

from __future__ import annotations

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.access_log import Access
from resources.errors import LakeError, VaultError
from resources.settings import Settings
from resources.vault import Vault
from resources.vault_key import VaultKey
from tests import postgresql

TABLE = "children.pupils"
PLANTED = [f"MARIA QUISPE {number}" for number in range(500)]
WORK = Access(who="run 1", role="data scientist", purpose="test", what=TABLE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def filled(settings: Settings) -> Vault:
    vault = Vault.from_settings(settings)
    with vault.opened(WORK) as tables:
        tables.replace(TABLE, pd.DataFrame({"name": PLANTED, "mark": range(len(PLANTED))}), author="run 1")
    return vault


def test_nothing_of_a_row_is_on_the_disk_in_clear(settings: Settings) -> None:
    vault = filled(settings)
    with vault.opened(WORK) as tables:
        assert set(tables.read_frame(TABLE)["name"]) == set(PLANTED)
        # A few rows too: small inserts would stand in the catalogue.
        tables.replace_rows(
            TABLE, pd.DataFrame({"name": ["ROSA MAMANI"], "mark": [9]}), column="mark", value="9", author="x"
        )
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    for path in files:
        content = path.read_bytes()
        assert b"MARIA QUISPE" not in content and b"ROSA MAMANI" not in content, path


def test_only_its_owner_may_enter_and_only_the_key_opens(settings: Settings, tmp_path: Path) -> None:
    vault = filled(settings)
    assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.vault_key.stat().st_mode) == 0o600
    other = Settings(home=settings.home, vault_key_file=tmp_path / "other.key")
    with pytest.raises(VaultError, match="key is not there"):
        Vault.from_settings(other)
    VaultKey.from_file(tmp_path / "other.key", make=True)
    with pytest.raises((LakeError, VaultError)) as refused, Vault.from_settings(other).opened(WORK):
        pass
    assert VaultKey.from_file(tmp_path / "other.key").of_files not in str(refused.value)


def test_a_key_that_others_may_read_is_refused(settings: Settings) -> None:
    filled(settings)
    settings.vault_key.chmod(0o644)
    with pytest.raises(VaultError, match="Others may read"):
        Vault.from_settings(settings)


def test_a_lost_key_is_never_drawn_anew(settings: Settings) -> None:
    filled(settings)
    settings.vault_key.unlink()
    with pytest.raises(VaultError, match="key is not there"):
        Vault.from_settings(settings)
    assert not settings.vault_key.exists()


def test_processes_take_turns_and_each_opening_is_written_down(settings: Settings) -> None:
    vault = filled(settings)
    before = vault.log.verify()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_rows, [settings.home] * 4)) == [len(PLANTED)] * 4
    assert vault.log.verify() == before + 4
    assert {entry["who"] for entry in vault.log.entries()} == {"run 1", "reader"}


def _rows(home: Path) -> int:
    vault = Vault.from_settings(Settings(home=home))
    with vault.opened(Access(who="reader", role="analyst", purpose="count", what=TABLE)) as tables:
        return len(tables.read_frame(TABLE))


def test_what_an_opening_is_for_is_written_down_before_it_fails(settings: Settings) -> None:
    vault = filled(settings)
    with pytest.raises(LakeError), vault.opened(WORK) as tables:
        tables.read("children.nothing")
    assert [entry["what"] for entry in vault.log.entries()] == [TABLE, TABLE]


@given(st.text(min_size=1), st.text(min_size=1))
def test_pseudonyms_tell_persons_apart_and_say_nothing(one: str, other: str) -> None:
    key = VaultKey(b"k" * 32)
    same = one.strip().casefold() == other.strip().casefold()
    if same:
        assert key.pseudonym("child", one) == key.pseudonym("child", other)
    assert key.pseudonym("child", one) != key.pseudonym("school", one)
    assert key.pseudonym("child", one) != VaultKey(b"l" * 32).pseudonym("child", one)
    assert len(key.pseudonym("child", one)) == 24


def test_a_pseudonym_is_the_same_however_the_identifier_is_typed() -> None:
    key = VaultKey(b"k" * 32)
    assert key.pseudonym("child", " Muñoz-7 ") == key.pseudonym("child", "MUN\u0303OZ-7")
    assert "k" * 32 not in repr(key)


def test_a_catalogue_on_a_server_is_shared_and_its_files_are_encrypted(
    postgresql_server: postgresql.Server, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", vault_catalog=postgresql_server.create("vault_of_children"))
    vault = filled(settings)
    # Two at once, which an embedded catalogue does not let in.
    with vault.opened(WORK) as first, Vault.from_settings(settings).opened(WORK) as second:
        assert set(first.read_frame(TABLE)["name"]) == set(second.read_frame(TABLE)["name"]) == set(PLANTED)
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    assert not any(b"MARIA QUISPE" in path.read_bytes() for path in files)
