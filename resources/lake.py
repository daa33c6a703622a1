"""The lake: DuckLake tables read and written whole, one transaction a write. No Dagster, no domain knowledge here.

All geometries in the lake are EPSG:4326. Reading gives Arrow, pandas or GeoPandas; writing takes them.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from resources import duckdb_extensions
from resources.empty_tables import give_statistics
from resources.errors import LakeError
from resources.lake_conflicts import again_after_conflict
from resources.lake_location import LakeLocation, attach, escaped
from resources.lake_transaction import transaction

if TYPE_CHECKING:
    import duckdb
    import geopandas
    import pandas
    import pyarrow

    from resources.lake_transaction import Held
    from resources.settings import Settings

CRS = "EPSG:4326"
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class WriteReceipt:
    """What a write left behind: snapshot number, rows, and a version that is a hash of the content."""

    snapshot: int
    rows: int
    data_version: str


class Lake:
    """One connection a process to the lake; hands out cursors and writes whole tables.

    Args:
        location: catalogue and data folder.
        lock_file: file that writers of an embedded lake queue at; None where the catalogue is a server.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads.
        lock_timeout: seconds a write waits for another process's write.
        read_only: refuse writes; then nothing waits for a writer, not even the opening.
        metadata_schema: the schema of the catalogue's tables on a server; default its own default.
    """

    def __init__(
        self,
        location: LakeLocation,
        *,
        lock_file: Path | None = None,
        memory_limit: str = "4GB",
        threads: int = 2,
        lock_timeout: float = 600.0,
        read_only: bool = False,
        metadata_schema: str | None = None,
    ) -> None:
        self.location = location
        self._metadata_schema = metadata_schema
        self._lock_file = lock_file
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock_timeout = lock_timeout
        self._read_only = read_only
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.held: Held | None = None
        """The transaction that all reads and writes belong to now; see lake_transaction.py."""
        self._opening = Lock()

    @classmethod
    def from_settings(cls, settings: Settings, *, read_only: bool = False) -> Lake:
        """The lake the settings describe."""
        embedded = settings.catalog.startswith("sqlite:")
        return cls(
            LakeLocation(settings.catalog, settings.data_path),
            lock_file=settings.home / "lake" / "write.lock" if embedded else None,
            memory_limit=settings.memory_limit,
            threads=settings.threads,
            lock_timeout=settings.lock_timeout_seconds,
            read_only=read_only,
        )

    @property
    def is_embedded(self) -> bool:
        """Whether the catalogue is a file whose writers queue at a lock."""
        return self._lock_file is not None

    @property
    def catalogue(self) -> str:
        """What stands before the name of a table of the catalogue itself."""
        schema = f'"{self._metadata_schema}".' if self._metadata_schema else ""
        return f"__ducklake_metadata_lake.{schema}"

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on this process's connection; close it when done."""
        if self.held is not None:
            return self.held.cursor()
        with self._opening:
            if self._connection is None:
                import duckdb

                limits = {"memory_limit": self._memory_limit, "threads": self._threads}
                connection = duckdb.connect(config={**duckdb_extensions.UNSIGNED, **limits})
                # Opening for writing makes the catalogue where there is none, so it is a write.
                with contextlib.nullcontext() if self._read_only else self.writing():
                    attach(
                        connection,
                        self.location,
                        read_only=self._read_only,
                        metadata_schema=self._metadata_schema,
                    )
                duckdb_extensions.load(connection, "spatial")
                self._connection = connection
            return self._connection.cursor()

    def close(self) -> None:
        """Close the connection; the next cursor opens a new one."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                if not self._read_only:
                    self._leave_log()

    def _leave_log(self) -> None:
        """Make SQLite's write-ahead log anew, empty, where the last to close for writing took it away.

        Whoever may only read the folder cannot make it, and without it cannot read the catalogue.
        """
        import sqlite3

        file = self.location.catalog_file
        if file is not None and file.is_file():
            with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as reader:
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the embedded lake's write lock: SQLite lets one writer commit at a time and fails the other.

        Raises:
            LakeError: another process held the lock for longer than the timeout.
        """
        if self._lock_file is None or self.held is not None:
            yield
            return
        from filelock import FileLock, Timeout

        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock_file, timeout=self._lock_timeout)
        try:
            lock.acquire()
        except Timeout as error:
            raise LakeError(
                f"Another process has been writing to the lake for {self._lock_timeout:.0f} s",
                where=str(self._lock_file),
                do="Wait for the other run to end or stop it; SOCIALAI_LOCK_TIMEOUT_SECONDS sets the patience.",
            ) from error
        try:
            self._require_not_moved()
            yield
        finally:
            lock.release()

    def _require_not_moved(self) -> None:
        """Writes to a SQLite file that was set aside while this process waited would be lost."""
        file = self.location.catalog_file
        if self._connection is not None and file is not None and not file.is_file():
            raise LakeError(
                "The lake's catalogue was moved while this process had it open",
                where=str(file),
                do="Run again; a running `socialai ui` must be started again.",
            )

    def tables(self) -> list[str]:
        """Names of all tables, `schema.table`, sorted."""
        with contextlib.closing(self.cursor()) as cursor:
            # `duckdb_tables()` counts the rows of every table, which takes seconds where there are hundreds.
            found = cursor.execute(
                "SELECT DISTINCT schema_name || '.' || table_name AS name FROM duckdb_columns() "
                "WHERE database_name = 'lake' ORDER BY name"
            ).fetchall()
        return [name for (name,) in found]

    def newest_snapshot(self) -> int:
        """Number of the newest snapshot, 0 in an empty lake; it changes with every write.

        Asked of the catalogue's own table: beginning a transaction of the lake costs several times as much.
        """
        if self.held is not None:
            return self.held.snapshot
        with contextlib.closing(self.cursor()) as cursor:
            found = cursor.execute(f"SELECT max(snapshot_id) FROM {self.catalogue}ducklake_snapshot").fetchone()
        return int(found[0]) if found and found[0] is not None else 0

    def exists(self, table: str) -> bool:
        """Whether the lake has a table `schema.table`."""
        import duckdb

        schema, name = _split(table)
        # Listing all tables reads what the catalogue knows of each of them, which takes a second where there are many.
        with contextlib.closing(self.cursor()) as cursor:
            try:
                cursor.execute(f'SELECT 1 FROM lake."{schema}"."{name}" LIMIT 0')
            except duckdb.CatalogException:
                return False
        return True

    def columns(self, table: str) -> dict[str, str]:
        """Names and DuckDB types of a table's columns, in order; empty where there is no such table."""
        with contextlib.closing(self.cursor()) as cursor:
            return columns_of(cursor, table)

    def read(self, table: str, columns: Sequence[str] | None = None, *, limit: int | None = None) -> pyarrow.Table:
        """A table as Arrow, geometries as WKB.

        Raises:
            LakeError: there is no such table or column.
        """
        types = self.columns(table)
        if not types:
            raise LakeError(
                f"There is no table `{table}`",
                where=self.location.without_password(self.location.catalog),
                do="Look at `socialai tables`; `socialai run` makes what is not there yet.",
            )
        wanted = list(columns) if columns is not None else list(types)
        unknown = [column for column in wanted if column not in types]
        if unknown:
            raise LakeError(f"Table `{table}` has no column {unknown}", do=f"It has {list(types)}.")
        select = ", ".join(
            f'ST_AsWKB("{name}") AS "{name}"' if types[name].startswith("GEOMETRY") else f'"{name}"' for name in wanted
        )
        ending = "" if limit is None else f" LIMIT {limit}"
        with contextlib.closing(self.cursor()) as cursor:
            return cursor.execute(f"SELECT {select} FROM lake.{_quoted(table)}{ending}").to_arrow_table()

    def read_frame(self, table: str, columns: Sequence[str] | None = None) -> pandas.DataFrame:
        """A table as pandas, geometries as WKB bytes."""
        return self.read(table, columns).to_pandas()

    def read_geoframe(self, table: str, columns: Sequence[str] | None = None) -> geopandas.GeoDataFrame:
        """A table with geometries as GeoPandas, in EPSG:4326; the first geometry column is the active one."""
        import geopandas

        types = self.columns(table)
        frame = self.read_frame(table, columns)
        geometry = [c for c in frame.columns if types[c].startswith("GEOMETRY")]
        if not geometry:
            raise LakeError(f"Table `{table}` has no geometry column", do="Read it as a plain frame.")
        for column in geometry:
            frame[column] = geopandas.GeoSeries.from_wkb(frame[column], crs=CRS)
        return geopandas.GeoDataFrame(frame, geometry=geometry[0], crs=CRS)

    def replace(
        self,
        table: str,
        frame: pandas.DataFrame | pyarrow.Table,
        *,
        author: str,
        comments: dict[str, str] | None = None,
        description: str | None = None,
    ) -> WriteReceipt:
        """Write a table whole, in one transaction and one snapshot; a killed write leaves the old table.

        Args:
            table: `schema.table`.
            frame: its rows; a GeoDataFrame must have a CRS.
            author: who writes, e.g. the Dagster run; stands in the snapshot.
            comments: column descriptions, kept in the lake.
            description: the table's description, kept in the lake.

        Raises:
            LakeError: a GeoDataFrame without CRS, or the write failed.
        """
        return again_after_conflict(lambda: self._write(table, frame, author, comments or {}, description, None))

    def replace_rows(
        self, table: str, frame: pandas.DataFrame | pyarrow.Table, *, column: str, value: str, author: str
    ) -> WriteReceipt:
        """Replace the rows of a table whose `column` equals `value`, and no others; makes the table if need be."""
        return again_after_conflict(lambda: self._write(table, frame, author, {}, None, (column, value)))

    def _write(
        self,
        table: str,
        frame: pandas.DataFrame | pyarrow.Table,
        author: str,
        comments: dict[str, str],
        description: str | None,
        partition: tuple[str, str] | None,
    ) -> WriteReceipt:
        schema, _ = _split(table)
        target = f"lake.{_quoted(table)}"
        arrow, select = _arrow_and_select(frame)
        about: dict[str, str] = {}
        with transaction(self, table=table, author=author, about=about) as cursor:
            cursor.register("incoming_rows", arrow)
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS lake."{schema}"')
            if partition and self.exists(table):
                column, value = partition
                cursor.execute(f"DELETE FROM {target} WHERE \"{column}\" = '{escaped(value)}'")
                cursor.execute(f"INSERT INTO {target} BY NAME SELECT {select} FROM incoming_rows")
            else:
                cursor.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT {select} FROM incoming_rows")
            if description:
                cursor.execute(f"COMMENT ON TABLE {target} IS '{escaped(description)}'")
            for column, text in comments.items():
                cursor.execute(f"COMMENT ON COLUMN {target}.\"{column}\" IS '{escaped(text)}'")
            about["data_version"] = _fingerprint(cursor, target)
            rows = _first(cursor.execute(f"SELECT count(*) FROM {target}"))
        if not rows:
            give_statistics(self, table)
        return WriteReceipt(snapshot=self.newest_snapshot(), rows=rows, data_version=about["data_version"])

    def data_version(self, table: str) -> str:
        """Hash of a table's content, whatever the order of its rows."""
        _split(table)
        with contextlib.closing(self.cursor()) as cursor:
            return _fingerprint(cursor, f"lake.{_quoted(table)}")

    def data_versions(self) -> dict[str, str]:
        """Hash of every table's content, all at one moment; asking one by one takes several times as long."""
        tables = self.tables()
        with contextlib.closing(self.cursor()) as cursor:
            cursor.execute("BEGIN")
            return {table: _fingerprint(cursor, f"lake.{_quoted(table)}") for table in tables}

    def drop(self, table: str, *, author: str) -> None:
        """Drop a table, if it is there; older snapshots keep it."""
        with contextlib.closing(self.cursor()) as cursor, self.writing():
            cursor.execute("BEGIN")
            cursor.execute(f"DROP TABLE IF EXISTS lake.{_quoted(table)}")
            cursor.execute(f"CALL ducklake_set_commit_message('lake', '{escaped(author)}', 'drop {table}')")
            cursor.execute("COMMIT")


def columns_of(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Names and DuckDB types of a table's columns as a cursor's transaction sees it; empty where there is none."""
    import duckdb

    target = f"lake.{_quoted(table)}"
    try:
        return {name: kind for name, kind, *_ in cursor.execute(f"DESCRIBE {target}").fetchall()}
    except duckdb.CatalogException:
        return {}


def _arrow_and_select(frame: pandas.DataFrame | pyarrow.Table) -> tuple[pyarrow.Table, str]:
    """Arrow rows with geometries as WKB, and the SELECT list that turns them into the lake's types, by name."""
    import pyarrow

    if isinstance(frame, pyarrow.Table):
        return frame, ", ".join(f'"{name}"' for name in frame.column_names)
    geometry: list[str] = []
    if hasattr(frame, "geometry") and hasattr(frame, "crs"):
        if frame.crs is None:
            raise LakeError(
                "A GeoDataFrame without a CRS cannot be stored",
                do="Say which coordinate reference system it is in: frame.set_crs(...).",
            )
        frame = frame.to_crs(CRS)
        geometry = [str(name) for name, kind in frame.dtypes.items() if str(kind) == "geometry"]
    plain = _without_geometry(frame, geometry)
    select = ", ".join(
        f'ST_GeomFromWKB("{name}")::GEOMETRY AS "{name}"' if name in geometry else f'"{name}"' for name in plain.columns
    )
    return pyarrow.Table.from_pandas(plain, preserve_index=False), select


def _without_geometry(frame: pandas.DataFrame, geometry: list[str]) -> pandas.DataFrame:
    import pandas
    import shapely

    columns = {
        name: shapely.to_wkb(frame[name].to_numpy()) if name in geometry else frame[name] for name in frame.columns
    }
    return pandas.DataFrame(columns, index=frame.index)


def _fingerprint(cursor: duckdb.DuckDBPyConnection, target: str) -> str:
    """Row count, xor and sum of row hashes; equal content gives an equal version, in whatever order it is."""
    types = cursor.execute(f"DESCRIBE {target}").fetchall()
    # Geometries have no hash of their own; names and types belong to the version too.
    fields = ", ".join(
        f'ST_AsWKB("{name}")' if kind.startswith("GEOMETRY") else f'"{name}"' for name, kind, *_ in types
    )
    shape = ",".join(f"{name}:{kind}" for name, kind, *_ in types)
    row = cursor.execute(
        f"SELECT count(*), coalesce(bit_xor(h), 0), coalesce(sum(h), 0), hash('{escaped(shape)}') "
        f"FROM (SELECT hash({fields}) AS h FROM {target})"
    ).fetchone()
    assert row is not None
    rows, exclusive, total, columns = row
    return f"{rows}-{exclusive:016x}-{int(total) % 2**64:016x}-{columns:016x}"


def _first(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    assert row is not None
    return row[0]


def _split(table: str) -> tuple[str, str]:
    if not _NAME.fullmatch(table):
        raise LakeError(f"`{table}` is not a table's name", do="Write it as schema.table, in lower case.")
    schema, name = table.split(".")
    return schema, name


def _quoted(table: str) -> str:
    schema, name = _split(table)
    return f'"{schema}"."{name}"'
