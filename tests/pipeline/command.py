"""`socialai` as a person runs it: a process of its own, on a home of its own. No tests."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from resources.lake import Lake
from resources.settings import PROJECT, Settings
from tests.conftest import make_lake
from tests.prepared_home import home_environment

SOCIALAI = str(Path(sys.executable).parent / "socialai")
# A whole run of all domains takes minutes, more beside other tests.
PATIENCE = 900.0


# Columns with the time or number of a training differ between equal runs.
COMPARED = {
    "poverty.district_model": "algorithm, areas, r2_province",
    "poverty.model_scores": "split, model, metric, value",
    "poverty.district_explanations": "area_id, sentence_en, what_if_en, dissimilarity",
    "aid.decision_log": "DISTINCT table_name, scenario, overrides",
    "poverty.decision_log": "DISTINCT table_name, scenario, overrides",
    "refugees.decision_log": "DISTINCT table_name, scenario, overrides",
    "water.decision_log": "DISTINCT table_name, scenario, overrides",
    "water.stream_offsets": "topic, partition, next_offset",
    "poverty.feature_drift": "feature, stability_index, p_value",
    "poverty.district_predictions": "area_id, name, estimate, lower, upper, official",
}


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Home:
    """A home that commands work in.

    Args:
        path: the home.
        settings: further environment variables of every command.
        before: what stands in front of the command, such as `unshare -n`.
    """

    path: Path
    settings: dict[str, str] = field(default_factory=dict)
    before: Sequence[str] = ()

    def copy(self, path: Path) -> Home:
        """The same home at another place, to be changed."""
        shutil.copytree(self.path, path)
        return Home(path, self.settings, self.before)

    @property
    def environment(self) -> dict[str, str]:
        return home_environment(self.path, **self.settings)

    def socialai(self, *arguments: str) -> Answer:
        """Run a command to its end."""
        done = subprocess.run(
            [*self.before, SOCIALAI, *arguments],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def done(self, *arguments: str) -> str:
        """What a command that must succeed printed."""
        answer = self.socialai(*arguments)
        assert answer.code == 0, f"socialai {' '.join(arguments)}: exit {answer.code}\n{answer.out}{answer.err}"
        return answer.out

    def refused(self, *arguments: str) -> str:
        """The one message of a command that must fail in a way a person can act on; nothing else stands beside it."""
        answer = self.socialai(*arguments)
        assert answer.code == 1, f"exit {answer.code}\n{answer.out}{answer.err}"
        assert "Traceback" not in answer.out + answer.err, answer.err
        assert answer.err.startswith("socialai: ") and answer.err.count("socialai: ") == 1, answer.err
        return answer.err

    def rows(self, statement: str) -> list[list[str]]:
        """Rows of a query, as `socialai sql --format csv` gives them, without the heading."""
        return list(csv.reader(io.StringIO(self.done("sql", statement, "--format", "csv"))))[1:]

    def start(self, *arguments: str) -> Started:
        """Start a command in a session of its own and go on."""
        process = subprocess.Popen(
            [*self.before, SOCIALAI, *arguments],
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Tests that a shell runs in the background hand on that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        return Started(process)

    def lake(self) -> Lake:
        """The home's lake; close it when done."""
        catalog = self.settings.get("SOCIALAI_LAKE_CATALOG")
        return Lake.from_settings(Settings(home=self.path, lake_catalog=catalog)) if catalog else make_lake(self.path)

    def versions(self) -> dict[str, str]:
        """The hash of every table's content; each row of each table is read for it."""
        with contextlib.closing(self.lake()) as lake:
            return lake.data_versions()

    def contents(self) -> dict[str, str]:
        """Each table's content, whole tables read for it: a hash, or the rows where only some columns are compared."""
        versions = self.versions()
        lake = self.lake()
        cursor = lake.cursor()
        for table, columns in COMPARED.items():
            if table in versions:
                versions[table] = str(cursor.execute(f"SELECT {columns} FROM lake.{table} ORDER BY ALL").fetchall())
        cursor.close()
        lake.close()
        return versions


class Started:
    """A running command; its output is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str) -> None:
        """Wait until a line with a text has been printed."""
        self.wait_until(lambda: text in self.output, f"printed {text!r}")

    def wait_until(self, condition: Callable[[], bool], meaning: str) -> None:
        """Wait until something holds, or fail when the command ends before."""
        with self._news:
            assert self._news.wait_for(lambda: condition() or self._ended, PATIENCE), f"never {meaning}: {self.output}"
        assert condition(), f"it ended before it {meaning}: {self.output}"

    def kill(self) -> None:
        """`kill -9` of the command and all it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        code = self.process.wait(PATIENCE)
        with self._news:
            self._news.wait_for(lambda: self._ended, PATIENCE)
        return code


def edit_csv(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Rewrite a landed CSV, each row changed by a function."""
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        rows, names = list(reader), list(reader.fieldnames or [])
    for row in rows:
        change(row)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)


def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A folder something is mounted at, as long as the test lasts."""
    folder.mkdir()
    try:
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"mounting is not permitted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
