"""Who is asking: the account, and what the file of people says of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resources.errors import AccessRefused, SettingsError
from resources.people import account, asking, read_people
from resources.vault_key import VaultKey

ROLES = ("social_worker", "analyst")
KEY = VaultKey(b"k" * 32)
PEOPLE = """people:
  maria: {roles: [social_worker], areas: [S0101], staff_id: S-17, schools: [s1]}
  chief: {roles: [social_worker, analyst], areas: all}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "people.yaml"
    file.write_text(PEOPLE)
    file.chmod(0o600)
    return file


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    VaultKey.from_file(tmp_path / "vault.key", make=True)
    return tmp_path / "vault.key"


def test_the_file_says_what_is_whose(file: Path, key_file: Path) -> None:
    maria = asking(file, key_file, KEY, ROLES, "maria")
    assert (maria.roles, maria.areas, maria.schools) == (frozenset({"social_worker"}), ("S0101",), ("s1",))
    assert maria.staff_id == KEY.pseudonym("staff", "S-17")
    assert asking(file, key_file, KEY, ROLES, "chief").areas == ("all",)


def test_a_pseudonym_of_staff_is_taken_as_it_is(file: Path) -> None:
    file.write_text(PEOPLE.replace("S-17", KEY.pseudonym("staff", "S-17")))
    assert read_people(file, KEY, ROLES)["maria"].staff_id == KEY.pseudonym("staff", "S-17")


def test_whom_the_file_does_not_name_is_nobody(file: Path, key_file: Path) -> None:
    with pytest.raises(AccessRefused, match="peter"):
        asking(file, key_file, KEY, ROLES, "peter")


def test_without_a_file_only_the_owner_of_the_key_may_act_as_anybody(
    tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = asking(tmp_path / "none.yaml", key_file, KEY, ROLES)
    assert owner.roles == frozenset(ROLES) and owner.areas == ("all",)
    assert owner.account == f"{account()}, owner of the key"
    monkeypatch.setattr(os, "getuid", lambda: key_file.stat().st_uid + 1)
    with pytest.raises(AccessRefused, match="Nobody has written down"):
        asking(tmp_path / "none.yaml", key_file, KEY, ROLES, "peter")


def test_behind_sudo_it_is_whoever_ran_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "maria")
    assert account() == "maria"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[social_worker, analyst]", "[social_worker, analist]", "no role `analist`.*line 3"),
        ("areas: all", "areas: some", "line 3"),
        ("areas: all", "ares: all", "line 3"),
        ("  chief", "  maria", "`maria` stands there twice.*line 3"),
        ("people:", "persons:", "people"),
        ("[S0101]", "[S0101", "no YAML"),
    ],
)
def test_a_file_that_is_wrong_lets_nobody_in(file: Path, old: str, new: str, said: str) -> None:
    file.write_text(PEOPLE.replace(old, new))
    with pytest.raises(SettingsError, match=f"(?s){said}"):
        read_people(file, KEY, ROLES)


def test_a_file_that_others_may_write_is_refused(file: Path) -> None:
    file.chmod(0o666)
    with pytest.raises(SettingsError, match="Others may write"):
        read_people(file, KEY, ROLES)
