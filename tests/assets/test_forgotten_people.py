"""A person who was forgotten stays out: of the next run, of a folder that is only read, of every byte of the home.

Dagster's event log is there as runs leave it, with a run that failed on the person's row among them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dagster import AssetKey, RunRequest
from typer.testing import CliRunner

from resources import settings as settings_module
from resources.access_log import Access
from resources.byte_search import search
from resources.settings import current
from resources.vault import Vault, key_of
from socialai_assets.children_command import children_app
from tests.assets.ticking import Platform, failures, use_home

HEAD = "child_id,nombre,birth_month,sex,language,disability,household_id,area_id,knowledge_date,observaciones"
ROWS = [
    "71234567,ROSALINDA PANTIGOSO,2012-03-01,F,quechua,false,HOGAR77123,S010101,2024-02-01,vive con su abuela Eulogia",
    "71234568,TEODOMIRO CCALLO,2011-07-01,M,quechua,,HOGAR77124,S010101,2024-02-01,padre ausente",
    "71234569,EUFRASIA HUAYHUA,2011-07-19,F,aimara,,HOGAR77125,S010101,2024-02-01,fecha de nacimiento completa",
]
CASES = [
    "CASO-0001,71234567,opened,neglect,2025-01-05,2025-01-06",
    "CASO-0002,71234568,opened,other,2025-01-05,2025-01-06",
]
SECRETS = ["71234567", "ROSALINDA PANTIGOSO", "Eulogia", "HOGAR77123", "CASO-0001"]
EVERYBODY = [*SECRETS, "TEODOMIRO CCALLO", "71234568", "71234569", "EUFRASIA", "HUAYHUA", "2011-07-19", "padre ausente"]
CHILDREN, CASES_TABLE = AssetKey(["children", "raw_children"]), AssetKey(["children", "raw_cases"])
LOOK = Access("test", "pipeline", "operation", "test")


def land(folder: Path, head: str, rows: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "rows.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    before = time.time() - 60
    os.utime(file, (before, before))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Children in the home's folder, cases in an external one; one run that failed on a row, and one that did not."""
    base = tmp_path_factory.mktemp("forgotten")
    home, external = base / "home", base / "external"
    land(home / "landing" / "children" / "children", HEAD, ROWS)
    land(external / "children" / "cases", "case_id,child_id,event,kind,event_date,knowledge_date", CASES)
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, domains="all", landing=str(external))
        platform = Platform.at(home)
        platform.look()
        with pytest.MonkeyPatch.context() as breaking:

            def fail(*_: object) -> None:
                raise ValueError(f"cannot read {ROWS[0]}")

            breaking.setattr("socialai_assets.factories.raw_tables.ingest", fail)
            assert not platform.run(RunRequest(asset_selection=[CHILDREN])).success
        result = platform.run(RunRequest(asset_selection=[CHILDREN, CASES_TABLE]))
        assert result.success, failures(result)
        yield platform
        platform.close()
    settings_module.current.cache_clear()


def children_in(table: str) -> list[str]:
    with Vault.from_settings(current()).opened(LOOK) as tables:
        return sorted(tables.read_frame(table)["child_id"])


def test_a_failed_run_a_refused_row_and_a_version_leave_no_value_in_clear(platform: Platform) -> None:
    events = platform.home / "dagster"
    assert any("Failed" in line or "STEP_FAILURE" in line for line in _texts(events))
    key = key_of(current())
    pseudonyms = [key.pseudonym("child", child) for child in ("71234567", "71234568")]
    seen = search([platform.home], [*EVERYBODY, *pseudonyms])
    # Sealed files are opened with the key only; without it nothing is to be seen.
    assert seen.found == [] and [path.name for path in seen.unreadable] == ["rows.csv.sealed"]
    assert seen.files > 10 and search([platform.home], EVERYBODY, key).found == seen.unreadable


def test_whoever_was_forgotten_is_nowhere_and_does_not_come_back(platform: Platform) -> None:
    key = key_of(current())
    gone, other = (key.pseudonym("child", child) for child in ("71234567", "71234568"))
    assert children_in("children.raw_cases") == sorted([gone, other])
    done = CliRunner().invoke(children_app, ["forget", "71234567", "--also", "ROSALINDA PANTIGOSO", "--yes"])
    assert done.exit_code == 0, done.stdout
    assert "children.raw_cases: 1 rows removed" in done.stdout and "landing/children/children/rows.csv" in done.stdout
    assert "Only read, and still holding the person" in done.stdout
    assert not search([platform.home], [*SECRETS, gone], key).found
    assert children_in("children.raw_children") == [other]
    # What landed counts as changed, also where the folder is only read and nothing has changed in it.
    assert {"children", "cases"} <= set(platform.look())
    result = platform.run(RunRequest(asset_selection=[CHILDREN, CASES_TABLE]))
    assert result.success, failures(result)
    assert children_in("children.raw_cases") == children_in("children.raw_children") == [other]
    assert not search([platform.home], [*SECRETS, gone], key).found
    assert "cases" not in platform.look()


def _texts(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "event_logs" in names:
                yield from (text for (text,) in database.execute("SELECT event FROM event_logs"))
