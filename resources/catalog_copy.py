"""Copying DuckLake's catalogue tables between SQLite and PostgreSQL, row by row equal. Switching over is in lake_move.

What differs between the two is only how a value is stored: SQLite has no BOOLEAN, UUID or timestamp, and rows that
DuckLake keeps in the catalogue itself ("inlined", small tables) hold text as BYTEA in PostgreSQL, whose text takes no
NUL, and DOUBLE as text in SQLite (DuckLake's `GetColumnTypeInternal` of either catalogue). Everything is read in the
target's types, so equal content has equal hashes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resources import duckdb_extensions
from resources.errors import LakeError
from resources.lake_location import LakeLocation, attach, escaped

if TYPE_CHECKING:
    import duckdb
    import pyarrow

INLINED = "ducklake_inlined_data_"
_INTEGERS = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}


@dataclass(frozen=True)
class Fingerprint:
    """Rows of a table and what their hashes come to, whatever their order."""

    rows: int
    hashes: str


class Catalog:
    """A catalogue's own tables on a connection of its own; nothing is committed until `commit`.

    Args:
        location: the lake.
        schema: PostgreSQL's schema the tables are in; SQLite has only `main`.
        read_only: refuse writes.
    """

    def __init__(self, location: LakeLocation, *, schema: str = "public", read_only: bool = False) -> None:
        self.location = location
        self.on_server = location.catalog_file is None
        self.schema = schema if self.on_server else "main"
        self._read_only = read_only
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, in a transaction from its first use.

        Raises:
            LakeError: the file or server cannot be reached.
        """
        if self._connection is None:
            import duckdb

            connection = duckdb.connect(config={**duckdb_extensions.UNSIGNED})
            duckdb_extensions.load(connection, "postgres_scanner" if self.on_server else "sqlite_scanner")
            kind = "postgres" if self.on_server else "sqlite"
            mode = ", READ_ONLY" if self._read_only else ""
            address = self.location.catalog.split(":", 1)[1]
            try:
                connection.execute("SET TimeZone = 'UTC'")
                connection.execute(f"ATTACH '{escaped(address)}' AS catalog_tables (TYPE {kind}{mode})")
                connection.execute("BEGIN")
            except duckdb.Error as error:
                raise LakeError(
                    self.location.without_password(f"The catalogue cannot be opened: {error}"),
                    where=self.location.without_password(self.location.catalog),
                    do="Check the address, user and password, and that the file or server can be reached.",
                ) from self.location.cause(error)
            self._connection = connection
        return self._connection

    def commit(self) -> None:
        """Keep what was written and close."""
        self.connection.execute("COMMIT")
        self.close()

    def close(self) -> None:
        """Close; what was not committed is gone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def on_the_server(self, statement: str) -> None:
        """Have PostgreSQL itself run statements, in the same transaction."""
        self.connection.execute(f"CALL postgres_execute('catalog_tables', '{escaped(statement)}')")

    def columns(self) -> dict[str, dict[str, str]]:
        """DuckDB's types of the columns of each table of the catalogue, by table and column, in order."""
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self.connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'catalog_tables' "
            f"AND schema_name = '{self.schema}' AND starts_with(table_name, 'ducklake_') "
            "ORDER BY table_name, column_index"
        ).fetchall():
            found.setdefault(table, {})[column] = kind
        return found

    def name(self, table: str) -> str:
        """A table as it is named in SQL."""
        return f'catalog_tables."{self.schema}"."{table}"'

    def rows(self, table: str, own: dict[str, str], wanted: dict[str, str]) -> pyarrow.Table:
        """A table's rows in the wanted types."""
        fields = ", ".join(f'{_converted(column, own[column], kind)} AS "{column}"' for column, kind in wanted.items())
        return self.connection.execute(f"SELECT {fields} FROM {self.name(table)}").to_arrow_table()

    def fingerprint(self, table: str, own: dict[str, str], wanted: dict[str, str]) -> Fingerprint:
        """Rows and hashes of a table read in the wanted types."""
        fields = ", ".join(_converted(column, own[column], kind) for column, kind in wanted.items())
        row = self.connection.execute(
            f"SELECT count(*), coalesce(bit_xor(h), 0)::VARCHAR || '-' || coalesce(sum(h), 0)::VARCHAR "
            f"FROM (SELECT hash({fields}) AS h FROM {self.name(table)})"
        ).fetchone()
        assert row is not None
        return Fingerprint(*row)

    def inlined_types(self, columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        """The types this catalogue's tables of inlined rows must have on the other kind of catalogue."""
        lake_types: dict[tuple[int, str], str] = {}
        for table_id, column, kind in self.connection.execute(
            f"SELECT DISTINCT table_id, column_name, column_type FROM {self.name('ducklake_column')} "
            "WHERE parent_column IS NULL"
        ).fetchall():
            if lake_types.setdefault((table_id, column), kind) != kind:
                raise LakeError(
                    f"Column `{column}` of table number {table_id} has changed its type; it cannot be moved",
                    where=self.location.without_password(self.location.catalog),
                    do="Write the table whole once more, expire the snapshots before that, and move then.",
                )
        storage = _stored_in_sqlite if self.on_server else _stored_in_postgresql
        types: dict[str, dict[str, str]] = {}
        for table, own in columns.items():
            if table.startswith(INLINED) and table.removeprefix(INLINED)[0].isdigit():
                number = int(table.removeprefix(INLINED).split("_")[0])
                types[table] = {
                    column: storage(lake_types[number, column]) if (number, column) in lake_types else kind
                    for column, kind in own.items()
                }
        return types


@contextlib.contextmanager
def opened(catalog: Catalog) -> Iterator[Catalog]:
    """A catalogue that is closed in the end, whatever happens."""
    try:
        yield catalog
    finally:
        catalog.close()


def make_empty(location: LakeLocation, schema: str) -> None:
    """Have DuckLake make an empty catalogue of its own, in a PostgreSQL schema or a new SQLite file."""
    import duckdb

    connection = duckdb.connect(config={**duckdb_extensions.UNSIGNED})
    try:
        attach(connection, location, metadata_schema=None if location.catalog_file else schema)
    finally:
        connection.close()


def copy(source: Catalog, target: Catalog) -> None:
    """Fill a catalogue that DuckLake has just made with all rows of another, in the target's open transaction.

    Raises:
        LakeError: the two are of different versions of DuckLake.
    """
    from_types, to_types = source.columns(), target.columns()
    same_kind = source.on_server == target.on_server
    inlined = {} if same_kind else source.inlined_types(from_types)
    for table in sorted(from_types.keys() - to_types.keys()):
        if not table.startswith("ducklake_inlined_"):
            raise _other_version(source, table)
        to_types[table] = inlined.get(table, from_types[table])
        fields = ", ".join(f'"{column}" {kind}' for column, kind in to_types[table].items())
        target.connection.execute(f"CREATE TABLE {target.name(table)} ({fields})")
    for table, wanted in to_types.items():
        target.connection.execute(f"DELETE FROM {target.name(table)}")
        if table not in from_types or from_types[table].keys() != wanted.keys():
            raise _other_version(source, table)
        target.connection.register("arriving_rows", source.rows(table, from_types[table], wanted))
        target.connection.execute(f"INSERT INTO {target.name(table)} BY NAME FROM arriving_rows")
        target.connection.unregister("arriving_rows")


def differences(source: Catalog, target: Catalog) -> list[str]:
    """Names of the catalogue tables that the two do not hold equally; empty where one is a copy of the other."""
    from_types, to_types = source.columns(), target.columns()
    different = sorted(from_types.keys() ^ to_types.keys())
    for table in sorted(from_types.keys() & to_types.keys()):
        own, other = from_types[table], to_types[table]
        same_columns = own.keys() == other.keys()
        if not same_columns or source.fingerprint(table, own, other) != target.fingerprint(table, other, other):
            different.append(table)
    return different


def _converted(column: str, own: str, wanted: str) -> str:
    if own == wanted:
        return f'"{column}"'
    # A cast would take backslashes in the text for escapes.
    if (own, wanted) == ("VARCHAR", "BLOB"):
        return f'encode("{column}")'
    if (own, wanted) == ("BLOB", "VARCHAR"):
        return f'decode("{column}")'
    return f'"{column}"::{wanted}'


def _stored_in_postgresql(kind: str) -> str:
    if kind in ("varchar", "blob"):
        return "BLOB"
    if kind in _INTEGERS:
        return "BIGINT"
    return {"boolean": "BOOLEAN", "float64": "DOUBLE", "float32": "DOUBLE"}.get(kind, "VARCHAR")


def _stored_in_sqlite(kind: str) -> str:
    if kind in _INTEGERS or kind == "boolean":
        return "BIGINT"
    return "BLOB" if kind == "blob" else "VARCHAR"


def _other_version(source: Catalog, table: str) -> LakeError:
    return LakeError(
        f"The catalogue's table `{table}` is not as this version of DuckLake makes it",
        where=source.location.without_password(source.location.catalog),
        do="Run `socialai run` once with this version, so that DuckLake brings the catalogue up to date; move then.",
    )
