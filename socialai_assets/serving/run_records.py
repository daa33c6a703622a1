"""What is kept of each run that people started: who, what, whether it lives. Files in the home; starts none."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from resources.errors import NothingSuch

_RUN_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class RunRecord:
    """A run that somebody asked for.

    Attributes:
        run_id: Dagster's.
        plan: name of the plan.
        scenario: name of the what-if.
        settings: what was changed, nested as the plan's settings.
        asked_by: account.
        role: in which role.
        asked_at: seconds since 1970.
        process: number of the process, once it was started.
        cancelled_by: account that stopped it.
    """

    run_id: str
    plan: str
    scenario: str
    settings: dict[str, Any]
    asked_by: str
    role: str
    asked_at: float
    process: int | None = None
    cancelled_by: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


class RunRecords:
    """The files of a home's runs that people started.

    Args:
        home: of the platform.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "service" / "runs"

    def write(self, record: RunRecord) -> None:
        """Keep a record, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{record.run_id}.json"
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(record), indent=1), "utf-8")
        part.replace(path)

    def read(self, run_id: str) -> RunRecord:
        """The record of a run.

        Raises:
            NothingSuch: there is none.
        """
        path = self.folder / f"{run_id}.json"
        if not _RUN_ID.fullmatch(run_id) or not path.is_file():
            raise NothingSuch("There is no such run", do="Start it again, or look at the list of runs.")
        return RunRecord(**json.loads(path.read_text("utf-8")))

    def newest(self, number: int) -> list[RunRecord]:
        """The runs asked for last, newest first."""
        found = [self.read(path.stem) for path in self.folder.glob("*.json")]
        return sorted(found, key=lambda record: record.asked_at, reverse=True)[:number]

    def cancelled(self, run_id: str, by: str) -> RunRecord:
        """Note who stopped a run."""
        record = replace(self.read(run_id), cancelled_by=by)
        self.write(record)
        return record

    def life(self, run_id: str) -> int:
        """A locked file, for the run's process to inherit: the lock falls when the process ends, however it ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._life_file(run_id), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def lives(self, run_id: str) -> bool:
        """Whether the run's process is there."""
        try:
            file = os.open(self._life_file(run_id), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(file)

    def ended_at(self, run_id: str) -> float:
        """When anything was last written about a run that made no table: it was stopped then, or its process died."""
        files = [self.folder / f"{run_id}.{kind}" for kind in ("json", "log")]
        return max(file.stat().st_mtime for file in files if file.exists())

    @contextmanager
    def turn(self, plan: str) -> Iterator[None]:
        """A plan's turn: one run at a time, the others wait here."""
        with FileLock(self.folder / f"{plan}.turn.lock"):
            yield

    def _life_file(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.life"
