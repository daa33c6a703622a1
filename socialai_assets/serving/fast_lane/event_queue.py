"""The queue of events that were accepted: on disk before anybody is told so, so that none is lost. Lands nothing."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from resources.errors import ActionRefused, NothingSuch

State = Literal["accepted", "working", "done", "failed", "left_to_sensors"]
_TABLE = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, rows TEXT NOT NULL,
    asked_by TEXT NOT NULL, accepted_at REAL NOT NULL, state TEXT NOT NULL, told TEXT NOT NULL DEFAULT '{}',
    ended_at REAL
)
"""


@dataclass(frozen=True)
class Event:
    """Rows of a source that somebody sent.

    Attributes:
        event_id: its sender's code, or one of ours; the same twice is one event.
        source: name of the source, without its domain.
        rows: each column to its text.
        asked_by: account.
        accepted_at: seconds since 1970.
        state: `left_to_sensors`: landed, and taken in by the next ordinary run.
        told: what came of it.
        ended_at: when its plan was refreshed, or it was left.
    """

    event_id: str
    source: str
    rows: Sequence[Mapping[str, str | None]]
    asked_by: str
    accepted_at: float
    state: State = "accepted"
    told: Mapping[str, Any] = field(default_factory=dict)
    ended_at: float | None = None


class EventQueue:
    """The events of a home.

    Args:
        home: of the platform.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / "service" / "events.sqlite"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(_TABLE)

    def accept(self, event: Event) -> Event:
        """Keep an event; the same one again changes nothing.

        Returns:
            The event as it is kept.

        Raises:
            ActionRefused: another event has the same code.
        """
        values = (event.event_id, event.source, json.dumps(event.rows), event.asked_by, event.accepted_at, "accepted")
        with self._opened() as database:
            database.execute(
                "INSERT INTO events (event_id, source, rows, asked_by, accepted_at, state) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (event_id) DO NOTHING",
                values,
            )
        kept = self.event(event.event_id)
        if (kept.source, list(kept.rows)) != (event.source, [dict(row) for row in event.rows]):
            raise ActionRefused(
                f"Event {event.event_id} was sent before with other rows", do="Give each event a code of its own."
            )
        return kept

    def event(self, event_id: str) -> Event:
        """An event.

        Raises:
            NothingSuch: none has that code.
        """
        with self._opened() as database:
            row = database.execute(f"{_SELECT} WHERE event_id = ?", [event_id]).fetchone()
        if row is None:
            raise NothingSuch("There is no such event", do="Send it.")
        return _event(row)

    def waiting(self) -> list[Event]:
        """Events to work on, in order; those that a worker left half done among them."""
        with self._opened() as database:
            found = database.execute(f"{_SELECT} WHERE state IN ('accepted', 'working') ORDER BY number").fetchall()
        return [_event(row) for row in found]

    def of_day(self, source: str, start: float, end: float) -> list[Event]:
        """A source's events accepted in a time, in order, whatever became of them."""
        with self._opened() as database:
            found = database.execute(
                f"{_SELECT} WHERE source = ? AND accepted_at >= ? AND accepted_at < ? ORDER BY number",
                [source, start, end],
            ).fetchall()
        return [_event(row) for row in found]

    def mark(self, events: Sequence[Event], state: State, told: Mapping[str, Any] | None = None) -> None:
        """Say what became of events."""
        ended = time.time() if state in ("done", "failed", "left_to_sensors") else None
        with self._opened() as database:
            database.executemany(
                "UPDATE events SET state = ?, told = ?, ended_at = ? WHERE event_id = ?",
                [(state, json.dumps(told or {}), ended, event.event_id) for event in events],
            )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._file, timeout=30)) as database, database:
            # An event that was accepted is on the disk, even if the machine stops.
            database.execute("PRAGMA synchronous=FULL")
            yield database


_SELECT = "SELECT event_id, source, rows, asked_by, accepted_at, state, told, ended_at FROM events"


def _event(row: tuple[Any, ...]) -> Event:
    event_id, source, rows, asked_by, accepted_at, state, told, ended_at = row
    return Event(event_id, source, json.loads(rows), asked_by, accepted_at, state, json.loads(told), ended_at)
