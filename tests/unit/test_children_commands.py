"""`socialai children …` as people meet it: what is shown, who is refused, what the log says, forgetting."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from resources import settings as settings_module
from resources.access_log import Access
from resources.errors import AccessRefused, SettingsError, VaultError
from resources.people import account
from resources.settings import current
from resources.vault import Vault, key_of
from socialai_assets.children_command import children_app

WORK = ("--role", "social_worker", "--purpose", "casework")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose vault has three children and the case of one."""
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path / "home"))
    settings_module.current.cache_clear()
    key = key_of(current())
    ids = [key.pseudonym("child", f"7000000{n}") for n in range(3)]
    with Vault.from_settings(current()).opened(Access("test", "pipeline", "operation", "planting")) as tables:
        frame = pd.DataFrame({"child_id": ids, "birth_month": "2015-01-01", "sex": "F", "language": "quechua"})
        frame = frame.assign(disability=[True, None, None], household_id=["h1", "h2", None], area_id=["A", "A", "B"])
        tables.replace("children.children", frame, author="test")
        case = pd.DataFrame({"case_id": ["k"], "child_id": ids[:1], "event": ["opened"], "kind": ["neglect"]})
        tables.replace("children.cases", case.assign(event_date="2026-01-01"), author="test")
    return current().home


def people(home: Path, text: str) -> None:
    file = home / "access" / "people.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"people:\n  {account()}: {text}\n")
    file.chmod(0o600)


def children(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(children_app, list(arguments), input=typed)


def test_what_is_shown_is_what_the_policy_grants(home: Path) -> None:
    people(home, "{roles: [social_worker], areas: [A]}")
    answer = children("show", "children.children", *WORK, "--csv")
    lines = answer.stdout.splitlines()
    assert answer.exit_code == 0 and len(lines) == 3
    assert lines[0] == "child_id,birth_month,sex,language,disability,household_id,area_id"
    one = children("show", "children.children", *WORK, "--child", "-", "--column", "household_id", typed="70000001\n")
    assert one.exit_code == 0 and "h2" in one.stdout and "h1" not in one.stdout and "1 rows" in one.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "children.cases", "--role", "official", "--purpose", "statistics"), "you are not an official"),
        (("show", "children.marks", *WORK), "may see nothing of this table"),
        (("show", "children.children", *WORK, "--area", "B"), "area B is not yours"),
        (("show", "children.children", *WORK, "--column", "knowledge_date"), "knowledge_date"),
        (("show", "children.children", "--role", "boss", "--purpose", "casework"), "there is no role `boss`"),
        (("log",), "you are not a system administrator"),
        (("people",), "you are not a system administrator"),
        (("forget", "70000001", "--yes"), "you are not a system administrator"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_whoever_may_not_is_told_why_and_that_is_written_down(home: Path, arguments: tuple, said: str) -> None:
    people(home, "{roles: [social_worker], areas: [A]}")
    log = Vault.from_settings(current()).log
    before = log.verify()
    answer = children(*arguments)
    assert isinstance(answer.exception, AccessRefused) and said in str(answer.exception)
    assert not answer.stdout and "70000001" not in str(answer.exception)
    assert log.verify() == before + 1
    assert [entry["allowed"] for entry in log.entries()][-1] is False


def test_whom_nobody_has_written_down_gets_nothing(home: Path) -> None:
    people(home, "{roles: [social_worker], areas: [A]}")
    file = home / "access" / "people.yaml"
    file.write_text(file.read_text().replace(account(), "somebody_else"))
    assert isinstance(children("show", "children.children", *WORK).exception, AccessRefused)
    file.chmod(0o666)
    assert isinstance(children("show", "children.children", *WORK).exception, SettingsError)


def test_the_log_is_shown_verified_and_found_tampered_with(home: Path) -> None:
    children("show", "children.cases", *WORK)
    shown = children("log", "--tail", "3")
    assert shown.exit_code == 0 and "each as it was written" in shown.stdout and "owner" in shown.stdout
    assert children("log", "--verify").stdout.count("\n") == 1
    file = home / "vault" / "access.jsonl"
    file.write_text(file.read_text().replace("children.cases", "children.casez"))
    assert isinstance(children("log", "--verify").exception, VaultError)


def test_people_are_listed_and_where_there_are_none_it_says_how_to_write_them(home: Path) -> None:
    assert "people.yaml, as:" in children("people").stdout
    people(home, "{roles: [system_administrator], areas: all}")
    assert account() in children("people").stdout


def test_without_a_vault_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path / "none"))
    settings_module.current.cache_clear()
    assert "no vault yet" in str(children("show", "children.cases", *WORK).exception)
    assert not (tmp_path / "none").exists()


def test_forgetting_asks_once_more_removes_and_reports_without_naming_anybody(home: Path) -> None:
    refused = children("forget", "70000000", typed="n\n")
    assert refused.exit_code == 1 and "2 rows of 2 tables" in refused.stdout
    assert "3 rows" in children("show", "children.children", *WORK).stdout
    done = children("forget", "-", "--also", "nobody's name", "--yes", typed="70000000\n")
    assert done.exit_code == 0, done.stdout
    assert "children.cases: 1 rows removed" in done.stdout and "Nothing of the person is left" in done.stdout
    assert "70000000" not in done.stdout and key_of(current()).pseudonym("child", "70000000") not in done.stdout
    assert "2 rows" in children("show", "children.children", *WORK).stdout
    (home / "notes.txt").write_text("70000000")
    again = children("forget", "70000000", "--yes")
    assert again.exit_code == 2 and "STILL THERE: notes.txt" in again.stdout
    assert isinstance(children("forget", "x", "--kind", "school").exception, VaultError)
