"""Who read what of the vault, when and what for: an append-only file whose lines are chained. Decides nothing.

Each line holds the keyed hash of itself and the line before (HMAC-SHA256), so that a line changed, taken out or put in
is found by whoever has the key; the keyed count beside the file finds lines cut off at the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from resources.errors import VaultError

START = "0" * 64
MOST_BYTES = 65_536
"""No entry is longer."""


@dataclass(frozen=True)
class Access:
    """One look into the vault, or one refused.

    Attributes:
        who: user, run or program.
        role: the role it was done in.
        purpose: what for.
        what: tables, or the command.
        areas: areas it was limited to; `all` for none.
        allowed: whether it was.
        rows: rows that came out; None where that is not known.
    """

    who: str
    role: str
    purpose: str
    what: str
    areas: str = "all"
    allowed: bool = True
    rows: int | None = None


class AccessLog:
    """The log of one vault.

    Args:
        file: its lines, JSON.
        key: 32 bytes, of `VaultKey.derived`.
    """

    def __init__(self, file: Path, key: bytes) -> None:
        self._file, self._key = file, key
        self._end = file.with_suffix(".end")
        self._lock = file.with_suffix(".lock")

    def append(self, access: Access) -> None:
        """Write an access down; it is on the disk when this returns."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self._lock):
            number, last = self._written_last()
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = {"number": number + 1, "at": at, **asdict(access), "before": last}
            line = json.dumps({**entry, "hash": self._hash(entry)}, ensure_ascii=False)
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab") as stream:
                stream.write(line.encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            self._write_end(number + 1, json.loads(line)["hash"])

    def entries(self) -> Iterator[dict]:
        """Each line as it stands, the oldest first; nothing is verified."""
        if self._file.is_file():
            with self._file.open("rb") as stream:
                yield from map(json.loads, stream)

    def verify(self) -> int:
        """The number of entries, all as they were written.

        Raises:
            VaultError: an entry was changed, taken out, put in or cut off; names the first.
        """
        do = "Compare with a backup; whoever could write this file is to be asked."
        last, number = START, 0
        try:
            for entry in self.entries():
                number += 1
                told = entry.pop("hash", None)
                kept = entry.get("before") == last and entry.get("number") == number
                if not kept or not _same(told, self._hash(entry)):
                    raise VaultError("The access log was tampered with", where=f"{self._file}, entry {number}", do=do)
                last = str(told)
        except ValueError as error:
            where = f"{self._file}, entry {number + 1}"
            raise VaultError("The access log was tampered with", where=where, do=do) from error
        if (number, last) != self._written_last():
            raise VaultError("The access log's end was cut off", where=f"{self._file}, after {number}", do=do)
        return number

    def _written_last(self) -> tuple[int, str]:
        """Number and hash of the last entry: where a process was killed behind a line, the line counts."""
        number, last = self._read_end()
        for entry in self._last_line():
            told = entry.pop("hash", None)
            follows = entry.get("before") == last and entry.get("number") == number + 1
            if follows and _same(told, self._hash(entry)):
                return number + 1, str(told)
        return number, last

    def _last_line(self) -> Iterator[dict]:
        if self._file.is_file():
            with self._file.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - MOST_BYTES))
                lines = stream.read().splitlines()
            with contextlib.suppress(ValueError):
                yield from map(json.loads, lines[-1:])

    def _hash(self, entry: dict) -> str:
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _read_end(self) -> tuple[int, str]:
        if not self._end.is_file():
            if self._file.is_file() and self._file.stat().st_size:
                raise VaultError("The access log's end is missing", where=str(self._end), do="Restore it.")
            return 0, START
        told = json.loads(self._end.read_text())
        if not _same(told.pop("hash"), self._hash(told)):
            raise VaultError("The access log's end was tampered with", where=str(self._end), do="Restore it.")
        return told["number"], told["last"]

    def _write_end(self, number: int, last: str) -> None:
        told = {"number": number, "last": last}
        fresh = self._end.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(json.dumps({**told, "hash": self._hash(told)}))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._end)


def _same(found: object, own: str) -> bool:
    """Whether what stands in a file is what it should be; a changed file may hold any text."""
    return hmac.compare_digest(str(found).encode(errors="backslashreplace"), own.encode())
