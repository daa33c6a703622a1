"""What each answer of a model rests on: an append-only file of the home, asked by the answer's id. Scores nothing.

Not a table of the lake: each score would be a snapshot. Rows themselves are not kept, but their hash is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from resources.errors import NothingSuch

_TABLE = "CREATE TABLE IF NOT EXISTS lineage (id TEXT PRIMARY KEY, entry TEXT NOT NULL)"


class LineageLog:
    """The entries of a home.

    Args:
        file: the SQLite file; made when first written to.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, entry: Mapping[str, Any], *, given: Sequence[Any], answered: Sequence[Any]) -> str:
        """Keep what an answer rests on; its id.

        Args:
            entry: model, version, what it was trained on.
            given: what was asked; its hash is kept.
            answered: the answer; its hash is kept.
        """
        identifier = str(uuid.uuid4())
        whole = {
            "id": identifier,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            **entry,
            "rows": len(given),
            "given_sha256": _hash(given),
            "answered_sha256": _hash(answered),
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(self._connected()) as connection, connection:
            connection.execute("INSERT INTO lineage VALUES (?, ?)", (identifier, json.dumps(whole, default=str)))
        return identifier

    def entry(self, identifier: str) -> dict[str, Any]:
        """What an answer rests on.

        Raises:
            NothingSuch: no answer has that id.
        """
        row = None
        if self._file.is_file():
            with contextlib.closing(self._connected()) as connection:
                row = connection.execute("SELECT entry FROM lineage WHERE id = ?", (identifier,)).fetchone()
        if row is None:
            raise NothingSuch(f"No answer has the id {identifier}", do="Give the `lineage_id` of an answer.")
        return json.loads(row[0])

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=30)
        connection.execute(_TABLE)
        return connection


def _hash(rows: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()
