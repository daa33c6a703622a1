"""Keeping a lake small: expiry of old snapshots that nobody pinned, compaction, deletion of files. No printing.

DuckLake keeps every snapshot and its files until they are expired. What expires cannot be read with `AT` or `--as-of`
any more; the tables as they are now never change by it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import LakeError
from resources.lake_transaction import WRITTEN_TABLES

if TYPE_CHECKING:
    from resources.lake import Lake

GRACE = timedelta(days=1)
"""Files of expired snapshots are deleted this long after the expiry, so that queries that began before it can end."""

DECISION_LOG = ".decision_log"
"""How the names of the tables end that log decisions, with the snapshot each was made from."""


@dataclass(frozen=True)
class Snapshot:
    """One state of the lake: its number, and when it was made (UTC)."""

    number: int
    time: datetime


@dataclass(frozen=True)
class Tidied:
    """What a tidying did, or would do: snapshots expired and kept for a pin, files merged and deleted."""

    expired: tuple[int, ...]
    pinned: tuple[int, ...]
    merged_files: int
    deleted_files: int


def snapshots(lake: Lake) -> list[Snapshot]:
    """All snapshots, oldest first."""
    with contextlib.closing(lake.cursor()) as cursor:
        rows = cursor.execute(
            "SELECT snapshot_id, epoch_us(snapshot_time) FROM ducklake_snapshots('lake') ORDER BY snapshot_id"
        ).fetchall()
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return [Snapshot(number, start + timedelta(microseconds=moment)) for number, moment in rows]


@dataclass(frozen=True)
class Write:
    """The newest write of a table: its snapshot's number and time (UTC), and who wrote."""

    number: int
    time: datetime
    author: str


def last_writes(lake: Lake) -> dict[str, Write]:
    """The newest write of each table, by `schema.table`, of those whose snapshot has not expired."""
    with contextlib.closing(lake.cursor()) as cursor:
        rows = cursor.execute(
            f"SELECT snapshot_id, epoch_us(snapshot_time), coalesce(author, ''), {WRITTEN_TABLES} "
            "FROM ducklake_snapshots('lake') WHERE commit_message LIKE '{%' ORDER BY snapshot_id"
        ).fetchall()
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return {
        table: Write(number, start + timedelta(microseconds=moment), author) for number, moment, author, table in rows
    }


def decided_at(lake: Lake) -> dict[int, str]:
    """Snapshots at which the inputs of a logged decision are kept, and the decisions' codes."""
    found: dict[int, str] = {}
    for table in lake.tables():
        if table.endswith(DECISION_LOG):
            rows = lake.read(table, ["snapshot", "decision_id"]).to_pylist()
            found |= {row["snapshot"]: f"decision {row['decision_id']} of {table}" for row in rows}
    return found


def size_bytes(data_path: str) -> int | None:
    """Bytes of the lake's data files, expired ones included; None where they are in an object store."""
    if "://" in data_path:
        return None
    found = 0
    for file in Path(data_path).rglob("*"):
        # A writer or a tidying may take a file away meanwhile.
        with contextlib.suppress(FileNotFoundError):
            found += file.stat().st_size if file.is_file() else 0
    return found


def to_expire(
    found: Iterable[Snapshot], *, before: datetime, pinned: Iterable[int] = (), moments: Iterable[datetime] = ()
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which old snapshots go, and which stay for a pin.

    Args:
        found: the lake's snapshots, oldest first. The newest is the lake as it is, and never goes.
        before: snapshots older than this are old.
        pinned: numbers of snapshots to keep.
        moments: times whose state of the lake stays, such as those at which models were trained.
    """
    every = sorted(found, key=lambda snapshot: snapshot.number)
    # The state at a moment is the newest snapshot that is not younger.
    states = (max((s for s in every if s.time <= moment), key=lambda s: s.number, default=None) for moment in moments)
    kept = {*pinned, *(state.number for state in states if state is not None)}
    old = [snapshot.number for snapshot in every[:-1] if snapshot.time < before]
    return tuple(n for n in old if n not in kept), tuple(n for n in old if n in kept)


def tidy(
    lake: Lake,
    *,
    before: datetime,
    pinned: Iterable[int] = (),
    moments: Iterable[datetime] = (),
    grace: timedelta = GRACE,
    dry_run: bool = False,
) -> Tidied:
    """Expire old snapshots, merge small files, and delete files that nothing has needed for the grace period.

    Args:
        lake: open for writing; snapshots that its decision logs name are kept.
        before: see `to_expire`.
        pinned: see `to_expire`.
        moments: see `to_expire`.
        grace: how long the files of an expired snapshot stay.
        dry_run: only tell what would be done.

    Raises:
        LakeError: another process wrote for longer than the lock's timeout, or DuckLake refuses.
    """
    import duckdb

    pinned = {*pinned, *decided_at(lake)}
    expired, kept = to_expire(snapshots(lake), before=before, pinned=pinned, moments=moments)
    seconds = int(grace.total_seconds())
    chosen = f"older_than => now() - to_seconds({seconds})" if seconds else "cleanup_all => true"
    with contextlib.closing(lake.cursor()) as cursor, lake.writing():
        try:
            merged = 0
            if not dry_run:
                if expired:
                    numbers = ", ".join(str(number) for number in expired)
                    cursor.execute(f"CALL ducklake_expire_snapshots('lake', versions => [{numbers}])").fetchall()
                merged = len(cursor.execute("CALL ducklake_merge_adjacent_files('lake')").fetchall())
            deleted = cursor.execute(
                f"CALL ducklake_cleanup_old_files('lake', dry_run => {str(dry_run).lower()}, {chosen})"
            ).fetchall()
        except duckdb.Error as error:
            raise LakeError(
                f"The lake cannot be tidied: {error}", do="Every table is as it was; try again later."
            ) from error
    return Tidied(expired, kept, merged, len(deleted))


def read_pins(file: Path) -> dict[int, str]:
    """Pinned snapshots and why, from a home's `pinned_snapshots.json`; none where there is no such file.

    Raises:
        LakeError: the file is not what `write_pins` wrote.
    """
    if not file.exists():
        return {}
    try:
        return {int(number): str(why) for number, why in json.loads(file.read_text()).items()}
    except (ValueError, AttributeError) as error:
        raise LakeError(
            f"The list of pinned snapshots cannot be read: {error}", where=str(file), do="Mend it, or delete it."
        ) from error


def write_pins(file: Path, pins: Mapping[int, str]) -> None:
    """Write the pinned snapshots, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps({str(number): why for number, why in sorted(pins.items())}, indent=1) + "\n")
    new.replace(file)
