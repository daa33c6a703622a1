"""What goes wrong while the platform runs: nothing is ever half written, and every message can be acted on."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from tests.pipeline.command import Home, Started, edit_csv, mounted

pytestmark = pytest.mark.long

AREAS = "landing/geography/sample/areas.csv"
RATES = "landing/poverty/sample/poverty_rates.csv"
# What readers ask while a run writes: each answer must be the old or the new one.
QUESTIONS = (
    "SELECT count(*), count(*) FILTER (name LIKE '% new') FROM geography.areas",
    "SELECT count(*), round(sum(poverty_rate_pct), 6) FROM poverty.official_rates",
    "SELECT count(*), count(*) FILTER (name LIKE '% new'), round(sum(estimate), 6) FROM poverty.district_predictions",
)


def change(home: Home) -> Home:
    """Land other names and other rates: nearly every table changes with them."""

    def rename(row: dict[str, str]) -> None:
        row["name"] += " new"

    def lower(row: dict[str, str]) -> None:
        for column in ("poverty_rate_pct", "lower_pct", "upper_pct"):
            if row[column].replace(".", "").isdigit():
                row[column] = f"{float(row[column]) * 0.9:.4f}"

    edit_csv(home.path / AREAS, rename)
    edit_csv(home.path / RATES, lower)
    return home


@dataclass(frozen=True)
class Changed:
    """A prepared home and what becomes of it when other data land: contents, answers to readers, readers' failures."""

    old: dict[str, str]
    new: dict[str, str]
    old_answers: list[str]
    new_answers: list[str]
    read: list[list[str]]
    failures: list[str]


@pytest.fixture(scope="module")
def changed(prepared: Home, tmp_path_factory: pytest.TempPathFactory) -> Changed:
    """A run on changed data, with three readers asking all the while."""
    home = change(prepared.copy(tmp_path_factory.mktemp("changed") / "home"))
    old_answers = [home.done("sql", question, "--format", "csv") for question in QUESTIONS]
    read: list[list[str]] = [[] for _ in QUESTIONS]
    failures: list[str] = []
    ended = threading.Event()

    def ask(question: str, answers: list[str]) -> None:
        while not ended.is_set():
            answer = home.socialai("sql", question, "--format", "csv")
            if answer.code:
                failures.append(answer.err)
            else:
                answers.append(answer.out)

    readers = [threading.Thread(target=ask, args=pair) for pair in zip(QUESTIONS, read, strict=True)]
    started = home.start("run")
    for reader in readers:
        reader.start()
    code = started.end()
    ended.set()
    for reader in readers:
        reader.join()
    assert code == 0, started.output
    new_answers = [home.done("sql", question, "--format", "csv") for question in QUESTIONS]
    return Changed(prepared.contents(), home.contents(), old_answers, new_answers, read, failures)


def assert_whole(home: Home, changed: Changed) -> None:
    """Every table is readable, and what it was or what it is to be."""
    found = home.contents()
    assert set(found) == set(changed.old)
    torn = [table for table, content in found.items() if content not in (changed.old[table], changed.new[table])]
    assert torn == []


def wait_for_a_write(home: Home, started: Started) -> None:
    """Wait until the run holds the lake's write lock."""
    lock = FileLock(home.path / "lake" / "write.lock")
    while started.process.poll() is None:
        try:
            with lock.acquire(timeout=0):
                pass
        except Timeout:
            return
        time.sleep(0.002)
    pytest.fail(f"it ended before it wrote: {started.output}")


def test_readers_never_fail_and_see_old_or_new(changed: Changed) -> None:
    assert changed.failures == []
    for answers, old, new in zip(changed.read, changed.old_answers, changed.new_answers, strict=True):
        assert old != new
        assert len(answers) >= 3
        assert set(answers) <= {old, new}
        # Once the new is seen, the old never comes back.
        assert answers == sorted(answers, key=lambda answer: answer == new)


def test_killed_at_any_moment_every_table_is_old_or_new_and_the_next_run_completes(
    home: Home, changed: Changed
) -> None:
    change(home)
    # The last line printed before, whether to wait for the next write, and a moment more.
    moments = [
        ("geography.raw_areas ", True, 0.0),
        ("poverty.raw_poverty_rates ", True, 1.5),
        ("poverty.district_features ", False, 3.0),
        ("poverty.district_predictions ", False, 0.1),
    ]
    for line, writing, more in moments:
        started = home.start("run")
        started.wait_for(line)
        if writing:
            wait_for_a_write(home, started)
        time.sleep(more)
        assert started.process.poll() is None, started.output
        started.kill()
        assert_whole(home, changed)
        page = home.path / "published" / "poverty" / "district_poverty.html"
        assert page.read_text().rstrip().endswith("</html>")
        assert home.rows("SELECT count(*) > 0 FROM poverty.district_predictions") == [["true"]]
    assert "Failed" not in home.done("run")
    assert home.contents() == changed.new
    assert "Everything is up to date" in home.done("run")


def test_two_runs_at_once_end_well(home: Home, changed: Changed) -> None:
    change(home)
    both = [home.start("run"), home.start("run")]
    codes = [started.end() for started in both]
    assert codes == [0, 0], "\n\n".join(started.output for started in both)
    assert home.contents() == changed.new


class TestAFullDisk:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        """A disk of its own, of 192 MB."""
        yield from mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=192m", "tmpfs")

    @pytest.mark.parametrize("left", [0, 700_000], ids=["from the start", "in the middle"])
    def test_leaves_the_old_tables_and_says_so(self, prepared: Home, changed: Changed, disk: Path, left: int) -> None:
        home = change(prepared.copy(disk / "home"))
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while True:
                stream.write(bytes(65536))
        os.truncate(filler, filler.stat().st_size - left)
        answer = home.socialai("run")
        said = answer.out + answer.err
        assert answer.code == 1, said
        assert "Traceback" not in said
        assert "No space left" in said or "disk is full" in said or "disk space" in said
        filler.unlink()
        assert_whole(home, changed)
        home.done("run", "--select", "geography/raw_areas")
        assert home.rows("SELECT count(*) > 0 FROM geography.raw_areas WHERE name LIKE '% new'") == [["true"]]


def test_a_corrupt_file_fails_its_own_tables_alone_until_it_is_mended(home: Home, changed: Changed) -> None:
    change(home)
    corrupt = home.path / "landing" / "poverty" / "poverty_rates" / "rates [2023].csv"
    corrupt.parent.mkdir(parents=True)
    corrupt.write_bytes(b"\x00\x01 no table at all")
    answer = home.socialai("run")
    assert answer.code == 1
    assert "Traceback" not in answer.out + answer.err
    assert "rates [2023].csv" in answer.out + answer.err
    found = home.contents()
    for table in tables_of(home, "geography"):
        assert found[table] == changed.new[table], table
    assert found["poverty.raw_poverty_rates"] == changed.old["poverty.raw_poverty_rates"]
    assert found["poverty.out_of_sample"] == changed.old["poverty.out_of_sample"]
    corrupt.unlink()
    home.done("run")
    assert home.contents() == changed.new


def tables_of(home: Home, domain: str) -> list[str]:
    lake = home.lake()
    found = [table for table in lake.tables() if table.startswith(f"{domain}.")]
    lake.close()
    return found
