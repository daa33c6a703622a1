"""What people were told and which events programs are still to get: one SQLite file in the home. Decides nothing.

Not a table of the lake, as the book of alerts is none: it must be kept when the lake is what fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from resources.settings import Settings

PATIENCE_SECONDS = 60.0
_TABLES = (
    "CREATE TABLE IF NOT EXISTS told (identity TEXT, account TEXT, step INTEGER, at TEXT, "
    "PRIMARY KEY (identity, account))",
    "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT, subscriber TEXT, "
    "identity TEXT, body TEXT, state TEXT, attempts INTEGER, due TEXT, made TEXT, why TEXT, "
    "UNIQUE (event_id, subscriber))",
)
_EVENT = "number, event_id, subscriber, identity, body, state, attempts, due, why"


@dataclass(frozen=True)
class Told:
    """That an account was told of a matter.

    Attributes:
        identity: of the matter.
        account: who.
        step: 0 the first to be told, 1 those after them.
        at: when, UTC.
    """

    identity: str
    account: str
    step: int
    at: datetime


@dataclass(frozen=True)
class Event:
    """An event on its way to a subscriber.

    Attributes:
        number: order in which they are sent.
        event_id: the same for the same matter, so that a receiver knows one that comes twice.
        subscriber: whom it is for.
        identity: of the matter.
        body: what is sent, the same at each attempt.
        state: waits, delivered, or given up.
        attempts: made so far.
        due: when the next is, UTC.
        why: why the last failed.
    """

    number: int
    event_id: str
    subscriber: str
    identity: str
    body: str
    state: Literal["waits", "delivered", "given up"]
    attempts: int
    due: datetime
    why: str | None = None


class NoticeBook:
    """What was told, of a home.

    Args:
        file: the SQLite file; made, readable by its owner alone, when first used.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    @classmethod
    def from_settings(cls, settings: Settings) -> NoticeBook:
        """The home's book."""
        return cls(settings.home / "notices.sqlite")

    def told(self) -> list[Told]:
        """What people were told."""
        with self._connected() as connection:
            rows = connection.execute("SELECT identity, account, step, at FROM told").fetchall()
        return [Told(identity, account, step, datetime.fromisoformat(at)) for identity, account, step, at in rows]

    def note(self, told: Iterable[Told]) -> None:
        """Keep that people were told."""
        rows = [(one.identity, one.account, one.step, one.at.isoformat()) for one in told]
        with self._connected() as connection:
            connection.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?, ?)", rows)

    def add(self, event_id: str, subscriber: str, identity: str, body: str, now: datetime) -> None:
        """Have an event sent, unless the subscriber has had it or is to have it."""
        with self._connected() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO events (event_id, subscriber, identity, body, state, attempts, due, made) "
                "VALUES (?, ?, ?, ?, 'waits', 0, ?, ?)",
                (event_id, subscriber, identity, body, now.isoformat(), now.isoformat()),
            )

    def events(self) -> list[Event]:
        """All events that are remembered, in order."""
        with self._connected() as connection:
            rows = connection.execute(f"SELECT {_EVENT} FROM events ORDER BY number").fetchall()
        named = (dict(zip(_EVENT.split(", "), row, strict=True)) for row in rows)
        return [Event(**{**row, "due": datetime.fromisoformat(row["due"])}) for row in named]

    def change(self, event: Event) -> None:
        """Keep what came of an attempt."""
        with self._connected() as connection:
            connection.execute(
                "UPDATE events SET state = ?, attempts = ?, due = ?, why = ? WHERE number = ?",
                (event.state, event.attempts, event.due.isoformat(), event.why, event.number),
            )

    def forget(self, before: datetime, standing: Collection[str]) -> None:
        """Forget what was told or sent before a time, except of matters that stand and what still waits."""
        with self._connected() as connection:
            old = connection.execute(
                "SELECT identity FROM told WHERE at < :at UNION "
                "SELECT identity FROM events WHERE made < :at AND state <> 'waits'",
                {"at": before.isoformat()},
            ).fetchall()
            gone = [(identity,) for (identity,) in old if identity not in standing]
            connection.executemany("DELETE FROM told WHERE identity = ?", gone)
            connection.executemany("DELETE FROM events WHERE identity = ? AND state <> 'waits'", gone)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch(mode=0o600)
        with closing(sqlite3.connect(self.file, timeout=PATIENCE_SECONDS)) as connection, connection:
            for table in _TABLES:
                connection.execute(table)
            yield connection
