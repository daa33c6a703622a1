"""What is known of each alert, kept in `<home>/alerts.sqlite`. What becomes an alert is decided elsewhere.

A file of its own, not a table of the lake: a lake that cannot be written is one of the troubles a person is told of.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from resources.errors import SocialAIError

_COLUMNS = """
    key TEXT PRIMARY KEY, subject TEXT NOT NULL, detail TEXT NOT NULL, severity TEXT NOT NULL,
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, times INTEGER NOT NULL, told TEXT,
    quiet_until TEXT, acknowledgement TEXT, resolved TEXT, resolution_told TEXT
"""
_MOMENTS = ("first_seen", "last_seen", "told", "quiet_until", "resolved", "resolution_told")


@dataclass(frozen=True)
class AlertRecord:
    """One trouble and what people were told of it.

    Attributes:
        key: what the trouble is of, e.g. `check:poverty/areas:vintages_agree`.
        subject: one line.
        detail: what happened and what to do.
        severity: warning or error.
        first_seen: when it began.
        last_seen: when it was last seen to fail.
        times: how often it was seen to fail.
        told: when a person was last told; None while nobody could be reached.
        quiet_until: until when an acknowledgement keeps it quiet.
        acknowledgement: who knows, or why it may wait.
        resolved: when it was seen to be well again.
        resolution_told: when a person was told so.
    """

    key: str
    subject: str
    detail: str
    severity: str
    first_seen: datetime
    last_seen: datetime
    times: int = 1
    told: datetime | None = None
    quiet_until: datetime | None = None
    acknowledgement: str | None = None
    resolved: datetime | None = None
    resolution_told: datetime | None = None

    @property
    def number(self) -> str:
        """Six hexadecimal digits a person names the alert by; they never change."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:6]


class AlertStore:
    """The alerts of a home.

    Args:
        file: the SQLite file; made when something is first kept.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def records(self) -> list[AlertRecord]:
        """All alerts, the oldest first."""
        if not self.file.is_file():
            return []
        with self._connected() as connection:
            return self._read(connection)

    def revise(self, change: Callable[[list[AlertRecord]], tuple[Iterable[AlertRecord], Iterable[str]]]) -> None:
        """Change all alerts at once; an acknowledgement given meanwhile waits and is not lost.

        Args:
            change: from the alerts kept, those to keep and the keys to forget.
        """
        with self._connected() as connection:
            kept, forgotten = change(self._read(connection))
            connection.executemany("DELETE FROM alerts WHERE key = ?", [(key,) for key in forgotten])
            for record in kept:
                self._write(connection, record)

    def told(self, record: AlertRecord, moment: datetime) -> None:
        """Note that a person was told of an alert, or of its end where it is resolved."""
        column = "told" if record.resolved is None else "resolution_told"
        with self._connected() as connection:
            connection.execute(f"UPDATE alerts SET {column} = ? WHERE key = ?", (moment.isoformat(), record.key))

    def acknowledge(self, number: str, why: str, until: datetime) -> AlertRecord:
        """Keep an open alert quiet until a moment.

        Raises:
            SocialAIError: no open alert has that number.
        """
        with self._connected() as connection:
            for record in self._read(connection):
                if record.number == number and record.resolved is None:
                    self._write(connection, replace(record, quiet_until=until, acknowledgement=why))
                    return record
        raise SocialAIError(f"No open alert has the number {number}", do="`socialai alerts` lists the open ones.")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # The daemon and a person's command may write at the same moment: each takes the file before it reads.
        with contextlib.closing(sqlite3.connect(self.file, timeout=30, isolation_level=None)) as connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS alerts ({_COLUMNS})")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @staticmethod
    def _read(connection: sqlite3.Connection) -> list[AlertRecord]:
        names = [field.name for field in fields(AlertRecord)]
        rows = connection.execute(f"SELECT {', '.join(names)} FROM alerts ORDER BY first_seen, key").fetchall()
        return [AlertRecord(*map(_from_text, names, row)) for row in rows]

    @staticmethod
    def _write(connection: sqlite3.Connection, record: AlertRecord) -> None:
        values = [value.isoformat() if isinstance(value, datetime) else value for value in astuple(record)]
        names = ", ".join(field.name for field in fields(AlertRecord))
        connection.execute(f"INSERT OR REPLACE INTO alerts ({names}) VALUES ({', '.join('?' * len(values))})", values)


def _from_text(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS and value is not None else value
