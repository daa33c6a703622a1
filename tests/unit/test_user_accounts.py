"""`socialai users …` as people meet it: accounts and keys are added, changed and shut out; who may is asked."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from resources import settings as settings_module
from resources.errors import AccessRefused, SettingsError
from resources.people import Account, account, read_accounts
from resources.settings import current
from resources.vault import Vault
from socialai_assets.access.policy import policy
from socialai_assets.serving.api_keys import opened
from socialai_assets.serving.passwords import matches
from socialai_assets.serving.sessions import keys
from socialai_assets.users_command import users_app

PASSWORD = "a password of some length"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    settings_module.current.cache_clear()
    return current().home


def users(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(users_app, list(arguments), input=typed)


def done(*arguments: str, typed: str | None = None) -> str:
    answer = users(*arguments, typed=typed)
    assert answer.exit_code == 0, answer.exception
    return answer.stdout


def add(name: str, *more: str) -> str:
    return done("add", name, *more, "--password", "-", typed=PASSWORD + "\n")


def people() -> dict[str, Account]:
    return read_accounts(current().people, list(policy().roles))


def test_an_account_is_added_granted_and_taken_from(home: Path) -> None:
    assert "ana: analyst; areas 11" in add("ana", "--role", "analyst", "--area", "11")
    entry = people()["ana"]
    assert (entry.roles, entry.areas, entry.language) == (("analyst",), ("11",), "en")
    assert matches(entry.password, PASSWORD) and PASSWORD not in current().people.read_text()
    assert current().people.stat().st_mode & 0o777 == 0o600
    done("grant", "ana", "--role", "social_worker", "--area", "12", "--school", "s1", "--staff-id", "S-1")
    done("grant", "ana", "--language", "es", "--email", "ana@example.org", "--area", "12")
    entry = people()["ana"]
    assert (entry.roles, entry.areas, entry.schools) == (("analyst", "social_worker"), ("11", "12"), ("s1",))
    assert (entry.staff_id, entry.language, entry.email) == ("S-1", "es", "ana@example.org")
    done("revoke", "ana", "--role", "analyst", "--area", "11", "--school", "s1", "--staff-id")
    entry = people()["ana"]
    assert (entry.roles, entry.areas, entry.schools, entry.staff_id) == (("social_worker",), ("12",), (), None)
    done("grant", "ana", "--area", "all")
    assert people()["ana"].areas == "all"
    done("revoke", "ana", "--area", "all")
    assert people()["ana"].areas == ()
    shown = done("list")
    assert "ana" in shown and "argon2" not in shown


def test_a_password_is_set_anew_and_an_account_shut_out_and_let_in(home: Path) -> None:
    add("ana", "--role", "analyst")
    done("password", "ana", "--password", "-", typed="another password of some length\n")
    assert matches(people()["ana"].password, "another password of some length")
    done("disable", "ana")
    assert people()["ana"].disabled and "disabled" in done("list")
    done("enable", "ana")
    assert not people()["ana"].disabled
    done("add", "program", "--role", "analyst", "--without-password")
    assert people()["program"].password is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ana", "--role", "analyst"), "already"),
        (("add", "ben", "--role", "analist"), "no role `analist`"),
        (("add", "ben", "--role", "analyst", "--language", "de"), "language"),
        (("add", "a b", "--role", "analyst"), "no name of an account"),
        (("grant", "ben", "--role", "analyst"), "no account `ben`"),
        (("grant", "ana", "--role", "analist"), "no role `analist`"),
        (("revoke", "ana", "--role", "official"), "no role `official`"),
        (("revoke", "ana", "--role", "analyst"), "no role left"),
        (("revoke", "ana", "--area", "12"), "no area `12`"),
        (("password", "ana", "--password", "given in clear on the line"), "history"),
        (("key", "add", "ana", "--role", "official"), "--role analyst"),
        (("key", "revoke", "00000000"), "no key"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_and_changes_nothing(home: Path, arguments: tuple, said: str) -> None:
    add("ana", "--role", "analyst", "--area", "11")
    before = current().people.read_bytes()
    more = ("--password", "-") if arguments[0] == "add" else ()
    answer = users(*arguments, *more, typed=PASSWORD + "\n")
    assert isinstance(answer.exception, SettingsError) and said in str(answer.exception)
    assert current().people.read_bytes() == before


def test_a_password_that_is_short_is_refused(home: Path) -> None:
    answer = users("add", "ana", "--role", "analyst", "--password", "-", typed="short\n")
    assert isinstance(answer.exception, SettingsError) and "fewer than" in str(answer.exception)


def test_a_key_is_shown_once_listed_and_revoked(home: Path) -> None:
    add("ana", "--role", "analyst", "--role", "official")
    answer = users("key", "add", "ana", "--role", "official", "--days", "7", "--note", "nightly report")
    key = answer.stdout.strip().splitlines()[-1]
    today = datetime.datetime.now(datetime.UTC).date()
    found = opened(people(), key, today)
    assert found is not None and found[0] == "ana" and found[1].role == "official"
    assert found[1].expires_on == today + datetime.timedelta(days=7)
    listed = done("key", "list")
    assert found[1].key_id in listed and "nightly" in listed and key.rsplit("_", 1)[1] not in listed
    assert found[1].key_id not in done("key", "list", "somebody")
    # Without the role, its keys go.
    done("revoke", "ana", "--role", "official")
    assert opened(people(), key, today) is None and people()["ana"].keys == ()
    again = users("key", "add", "ana").stdout.strip().splitlines()[-1]
    kept = people()["ana"].keys[0]
    assert kept.expires_on == today + datetime.timedelta(days=90)
    done("key", "revoke", kept.key_id)
    assert opened(people(), again, today) is None


def test_keys_of_sessions_are_rotated(home: Path) -> None:
    file = home / "access" / "session.keys"
    first = keys(file)
    done("rotate")
    second = keys(file)
    assert second[1:] == first and second[0] not in first
    assert "Everybody is signed out" in done("rotate", "--sign-everybody-out")
    assert len(keys(file)) == 1 and keys(file)[0] not in second


def test_whoever_does_not_own_the_key_needs_the_policy_s_permission(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("ana", "--role", "analyst")
    log = Vault.from_settings(current()).log
    assert [entry["allowed"] for entry in log.entries()] == [True]
    owner = current().vault_key.stat().st_uid
    # Behind `sudo` it is whoever ran that, as for one who does not own the key.
    monkeypatch.setenv("SUDO_USER", "ana")
    refused = users("grant", "ana", "--role", "system_administrator")
    assert isinstance(refused.exception, AccessRefused) and people()["ana"].roles == ("analyst",)
    monkeypatch.setenv("SUDO_USER", "stranger")
    for arguments in (("list",), ("rotate",), ("key", "list"), ("disable", "ana")):
        assert isinstance(users(*arguments).exception, AccessRefused), arguments
    assert [(entry["who"], entry["allowed"]) for entry in log.entries()][1:] == [
        ("ana", False), *[("stranger", False)] * 4,
    ]  # fmt: skip
    monkeypatch.delenv("SUDO_USER")
    done("add", "root.like", "--role", "system_administrator", "--without-password")
    monkeypatch.setenv("SUDO_USER", "root.like")
    assert "ana" in done("list")
    assert log.verify() and account() == "root.like" and owner == os.getuid()
