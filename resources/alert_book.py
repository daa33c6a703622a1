"""What is known of each trouble a person was, or is to be, told of: one SQLite file in the home. Decides nothing.

Not a table of the lake: an alert must be kept when the lake is what fails, and each look would be a snapshot.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from resources.errors import NothingSuch
from resources.notifier import Severity
from resources.settings import Settings

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Trouble:
    """One thing that fails, or did: a check of a table, or a step of runs. All times are UTC.

    Attributes:
        key: the same trouble has the same key, however often it is met.
        subject: one line.
        detail: what happened last, and what to do.
        severity: how bad it is.
        state: open, resolved (it passed since), or expired (nothing was heard of it any more).
        since: when it was first met.
        seen: when it was last met, or passed.
        confirmed: when it was last known to stand.
        failures: how often it was met.
        told: when a person was told that it fails; None before.
        end_told: whether nobody needs to be told of its end any more.
        ended: when it was resolved or expired.
        acknowledged_by: who knows of it.
        acknowledged_note: what they say about it.
        silent_until: until when it is not told again.
    """

    key: str
    subject: str
    detail: str
    severity: Severity
    state: Literal["open", "resolved", "expired"]
    since: datetime
    seen: datetime
    confirmed: datetime
    failures: int = 1
    told: datetime | None = None
    end_told: bool = False
    ended: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_note: str | None = None
    silent_until: datetime | None = None


COLUMNS = tuple(field.name for field in dataclasses.fields(Trouble))
TIMES = {"since", "seen", "confirmed", "told", "ended", "silent_until"}


class AlertBook:
    """The troubles of a home.

    Args:
        file: the SQLite file; made when first written to.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    @classmethod
    def from_settings(cls, settings: Settings) -> AlertBook:
        """The home's book."""
        return cls(settings.home / "alerts.sqlite")

    def troubles(self) -> dict[str, Trouble]:
        """All troubles by key, the oldest first; none where the file is not there yet."""
        if not self.file.is_file():
            return {}
        with closing(self._connected()) as connection:
            return _read(connection)

    @contextmanager
    def changing(self) -> Iterator[Page]:
        """The book to read and change, by one process at a time; what was written is kept unless an error ends it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connected()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Page(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def acknowledge(self, key: str, *, by: str, note: str, until: datetime) -> Trouble:
        """Note that a person knows of an open trouble, so that it stays silent until a time.

        Args:
            key: the trouble's key, or a part of it that only one open trouble has.
            by: who acknowledges.
            note: what they say.
            until: when it is told again if it still stands.

        Raises:
            NothingSuch: none or several open troubles have that key.
        """
        with self.changing() as page:
            opened = [trouble for trouble in page.troubles().values() if trouble.state == "open"]
            found = [t for t in opened if t.key == key] or [t for t in opened if key in t.key]
            if len(found) != 1:
                names = ", ".join(t.key for t in found or opened) or "none"
                what = "Several open alerts have" if found else "No open alert has"
                raise NothingSuch(f"{what} `{key}` in its key", do=f"Give one of: {names}.")
            known = dataclasses.replace(found[0], acknowledged_by=by, acknowledged_note=note, silent_until=until)
            page.write([known])
            return known

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=PATIENCE_SECONDS, isolation_level=None)
        types = ", ".join(f'"{name}"{" PRIMARY KEY" if name == "key" else ""}' for name in COLUMNS)
        connection.execute(f"CREATE TABLE IF NOT EXISTS alerts ({types})")
        connection.execute("CREATE TABLE IF NOT EXISTS looked (moment TEXT)")
        return connection


class Page:
    """The book within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def troubles(self) -> dict[str, Trouble]:
        """All troubles by key, the oldest first."""
        return _read(self._connection)

    def write(self, troubles: Iterable[Trouble]) -> None:
        """Add troubles, or replace those of the same key."""
        marks = ", ".join("?" for _ in COLUMNS)
        rows = [tuple(_stored(getattr(trouble, name)) for name in COLUMNS) for trouble in troubles]
        self._connection.executemany(f"INSERT OR REPLACE INTO alerts VALUES ({marks})", rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Take troubles out."""
        self._connection.executemany("DELETE FROM alerts WHERE key = ?", [(key,) for key in keys])

    @property
    def looked(self) -> datetime | None:
        """The time up to which runs have been looked at."""
        row = self._connection.execute("SELECT max(moment) FROM looked").fetchone()
        return datetime.fromisoformat(row[0]) if row[0] else None

    @looked.setter
    def looked(self, moment: datetime) -> None:
        self._connection.execute("DELETE FROM looked")
        self._connection.execute("INSERT INTO looked VALUES (?)", (moment.isoformat(),))


def _read(connection: sqlite3.Connection) -> dict[str, Trouble]:
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM alerts ORDER BY since, key").fetchall()
    named = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    return {row["key"]: Trouble(**{name: _loaded(name, value) for name, value in row.items()}) for row in named}


def _stored(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _loaded(name: str, value: Any) -> Any:
    if name == "end_told":
        return bool(value)
    return datetime.fromisoformat(str(value)) if name in TIMES and value is not None else value
