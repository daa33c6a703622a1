"""Moving a home's lake between a SQLite file and a PostgreSQL server: copy, verify, switch. No printing here.

Only the catalogue moves; the Parquet files stay where they are, and so do Dagster's and MLflow's own storage. The new
catalogue is made out of sight (a file beside, a schema of its own), compared table by table, and only then shown in
one step. Killed anywhere, the home has the old catalogue or the new one, whole; the same move again ends it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from resources.catalog_copy import Catalog, copy, differences, make_empty, opened
from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_location import LakeLocation
from resources.settings import HOME_CATALOG, Settings

ARRIVING = "socialai_arriving"
_SHOWN = "public"


@dataclass(frozen=True)
class Move:
    """What a move did: the two catalogues, what is in the new one, and where the old one was set aside."""

    source: str
    target: str
    tables: int
    snapshots: int
    set_aside: str


def move(settings: Settings, target: str) -> Move:
    """Move the home's catalogue to `sqlite` (the home's own file) or to `postgres:...`, and record it in the home.

    Raises:
        LakeError: there is no lake, it is there already, another lake is at the target, or the copy is not equal.
    """
    source = LakeLocation(settings.catalog, settings.data_path)
    destination = LakeLocation(settings.home_catalog if target == HOME_CATALOG else target, settings.data_path)
    if target != HOME_CATALOG and not target.startswith("postgres:"):
        raise LakeError(f"`{target}` is not a catalogue to move to", do=f"Give `{HOME_CATALOG}` or `postgres:...`.")
    if source.catalog == destination.catalog:
        raise LakeError("The lake is there already", where=source.without_password(source.catalog), do="Nothing.")
    stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    with held(settings) as old:
        if _is_there(destination):
            _require_equal(old, Catalog(destination, read_only=True), "Another lake is at the target")
        else:
            _arrive(old, destination)
        tables, snapshots = _counts(old)
        record(settings, target)
        aside = _set_aside(old, stamp)
    return Move(
        source.without_password(source.catalog), destination.without_password(destination.catalog), tables, snapshots,
        aside,
    )  # fmt: skip


def record(settings: Settings, target: str) -> None:
    """Write into the home where its catalogue is from now on; only the owner may read it, it may hold a password."""
    file = settings.catalog_record
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("w") as stream:
        stream.write(target + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[Catalog]:
    """The home's catalogue with every other writer kept out; readers go on.

    Raises:
        LakeError: there is no lake.
    """
    location = LakeLocation(settings.catalog, settings.data_path)
    if not _is_there(location):
        where = location.without_password(location.catalog)
        raise LakeError("There is no lake yet", where=where, do="`socialai run` makes it.")
    if location.catalog_file:
        lake = Lake.from_settings(settings)
        with lake.writing(), opened(Catalog(location, read_only=True)) as catalog:
            yield catalog
        return
    with opened(Catalog(location)) as catalog:
        catalog.on_the_server(f"LOCK TABLE {_SHOWN}.ducklake_snapshot IN EXCLUSIVE MODE")
        yield catalog


def _is_there(location: LakeLocation) -> bool:
    if location.catalog_file:
        return location.catalog_file.is_file()
    with opened(Catalog(location, read_only=True)) as catalog:
        return "ducklake_metadata" in catalog.columns()


def _arrive(old: Catalog, destination: LakeLocation) -> None:
    """Make the new catalogue out of sight, compare, and show it in one step."""
    file = destination.catalog_file
    if file is None:
        with opened(Catalog(destination)) as server:
            server.on_the_server(f"DROP SCHEMA IF EXISTS {ARRIVING} CASCADE; CREATE SCHEMA {ARRIVING}")
            server.commit()
        arriving = destination
    else:
        hidden = file.with_name(f"{file.name}.arriving")
        for leftover in (hidden, *(hidden.with_name(hidden.name + end) for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)
        arriving = LakeLocation(f"sqlite:{hidden}", destination.data_path)
    copy_verified(old, arriving)
    if file is None:
        with opened(Catalog(destination, schema=ARRIVING)) as new:
            shown = "; ".join(f"ALTER TABLE {ARRIVING}.{table} SET SCHEMA {_SHOWN}" for table in new.columns())
            new.on_the_server(f"{shown}; DROP SCHEMA {ARRIVING}")
            new.commit()
    else:
        file.with_name(f"{file.name}.arriving").replace(file)


def copy_verified(old: Catalog, arriving: LakeLocation) -> dict[str, str]:
    """Copy a catalogue to a new SQLite file, or into the schema of what is arriving, and read every row through it.

    Returns:
        The data version of each table.

    Raises:
        LakeError: the copy is not equal.
    """
    make_empty(arriving, ARRIVING)
    with opened(Catalog(arriving, schema=ARRIVING)) as new:
        copy(old, new)
        new.commit()
    _require_equal(old, Catalog(arriving, schema=ARRIVING, read_only=True), "The copy of the catalogue is not equal")
    versions = _same_content(old.location, arriving)
    if arriving.catalog_file:
        _without_log(arriving.catalog_file)
    return versions


def _require_equal(old: Catalog, new: Catalog, what: str) -> None:
    with opened(new):
        different = differences(old, new)
    if different:
        raise LakeError(
            f"{what}: {', '.join(different)}",
            where=new.location.without_password(new.location.catalog),
            do="Nothing was switched; the lake is where it was. Name an empty database, or take that lake away.",
        )


def _same_content(source: LakeLocation, arriving: LakeLocation) -> dict[str, str]:
    """Data version of every table, read through both catalogues: each row counts."""
    before = table_versions(Lake(source, read_only=True))
    schema = None if arriving.catalog_file else ARRIVING
    after = table_versions(Lake(arriving, read_only=True, metadata_schema=schema))
    if before != after:
        different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        raise LakeError(
            f"Read through the new catalogue, tables differ: {', '.join(different)}",
            do="Nothing was switched; the lake is where it was. Please report this.",
        )
    return before


def table_versions(lake: Lake) -> dict[str, str]:
    """Data version of every table; closes the lake."""
    try:
        return lake.data_versions()
    finally:
        lake.close()


def _without_log(file: Path) -> Path:
    """The SQLite file with its write-ahead log folded in, so that the one file is all of it."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    return file


def _counts(catalog: Catalog) -> tuple[int, int]:
    row = catalog.connection.execute(
        f"SELECT (SELECT count(*) FROM {catalog.name('ducklake_table')} WHERE end_snapshot IS NULL), "
        f"(SELECT count(*) FROM {catalog.name('ducklake_snapshot')})"
    ).fetchone()
    assert row is not None
    return row


def _set_aside(old: Catalog, stamp: str) -> str:
    """Take the old catalogue out of the way, whole, so that nothing writes to it by mistake."""
    file = old.location.catalog_file
    if file is None:
        schema = f"socialai_moved_{stamp}"
        moved = "; ".join(f"ALTER TABLE {_SHOWN}.{table} SET SCHEMA {schema}" for table in old.columns())
        old.on_the_server(f"CREATE SCHEMA {schema}; {moved}")
        old.commit()
        return f"schema {schema} of the same database"
    old.close()
    aside = file.with_name(f"catalog.moved_{stamp}.sqlite")
    _without_log(file).replace(aside)
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    return str(aside)
