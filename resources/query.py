"""`socialai sql`: one read-only query over the lake, in a session that can do nothing else. No Dagster, no pandas.

Two gates, because neither is enough alone: the statement's parse tree (`query_gate`), since DuckDB's settings do not
bind what its SQLite and PROJ libraries open; and a locked session, in case the first gate misses something.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from resources import duckdb_extensions, query_gate, query_pivot
from resources.errors import LakeError, QueryRefused
from resources.lake_location import LakeLocation, attach
from resources.query_gate import Statement, quoted
from resources.query_output import Deadline, QueryResult, write_result

if TYPE_CHECKING:
    import duckdb

__all__ = ["QueryResult", "run_query", "write_result"]


def run_query(
    location: LakeLocation,
    statement: str,
    *,
    as_of: str | None = None,
    memory_limit: str = "1GB",
    threads: int = 2,
    timeout_seconds: float | None = None,
) -> QueryResult:
    """Run one read-only query over the lake; works while other processes write.

    Args:
        location: the lake.
        statement: one query, tables as `schema.table`.
        as_of: number of a snapshot, or a time (ISO 8601, UTC unless it says otherwise), to see the lake as it was.
        memory_limit: DuckDB's memory limit; nothing is spilled to disk.
        threads: DuckDB's threads.
        timeout_seconds: time the query may take until its last row is fetched.

    Returns:
        The rows, streamed; timestamps with time zone are in UTC.

    Raises:
        QueryRefused: the statement is not a query over the lake's tables, or there is no such snapshot.
        LakeError: there is no lake, or the query fails or takes too long.
    """
    import duckdb

    moment = _moment(as_of)
    connection = duckdb.connect(config=_settings(memory_limit, threads))
    deadline: Deadline | None = None
    try:
        checked, markers = _parse(connection, statement)
        # Times with zone are compared and shown in one zone, whatever the machine's is.
        connection.execute("SET TimeZone = 'UTC'")
        _attach(connection, location, moment)
        tables = _tables(connection)
        query_gate.check_tables(checked.references, tables)
        if checked.references.need_spatial:
            duckdb_extensions.load(connection, "spatial")
        _lock(connection, location)
        deadline = Deadline(connection, timeout_seconds)
        if markers:
            checked = _fill_pivots(connection, checked, markers, tables, deadline)
        return QueryResult(connection, checked.text, deadline, wrappable=not checked.explain)
    except BaseException:
        if deadline:
            deadline.cancel()
        connection.close()
        raise


def _settings(memory_limit: str, threads: int) -> dict[str, str | bool | int | float | list[str]]:
    return {
        **duckdb_extensions.UNSIGNED,
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }


def _lock(connection: duckdb.DuckDBPyConnection, location: LakeLocation) -> None:
    """Close the session: the lake is its default catalogue, its data folder the only place it can look at."""
    for setting in (
        "USE lake",
        f"SET allowed_directories = [{quoted(location.data_path)}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)


def _moment(as_of: str | None) -> str | None:
    """A snapshot's number, or a time with its zone.

    Raises:
        QueryRefused: it is neither.
    """
    if as_of is None:
        return None
    text = as_of.strip()
    if text.isascii() and text.isdigit():
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryRefused(
            f"`{as_of}` is neither a snapshot's number nor a time",
            do="Write e.g. 12 or 2025-06-30T12:00; FROM lake.snapshots() lists the snapshots.",
        ) from error
    return moment.isoformat(sep=" ") + ("" if moment.tzinfo else "+00:00")


def _attach(connection: duckdb.DuckDBPyConnection, location: LakeLocation, moment: str | None) -> None:
    try:
        attach(connection, location, read_only=True, snapshot=moment)
    except LakeError as error:
        if moment is not None and "snapshot" in str(error).lower():
            raise QueryRefused(
                f"The lake has no snapshot {moment}", do="FROM lake.snapshots() lists the snapshots there are."
            ) from error
        raise


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Tables and views of the lake by schema, but for its `main`, which is not a domain's."""
    import duckdb

    try:
        rows = connection.execute(
            # Of views too. `duckdb_tables()` counts the rows of every table, which takes seconds.
            "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() WHERE database_name = 'lake' "
            "UNION ALL SELECT schema_name, NULL FROM duckdb_schemas() WHERE database_name = 'lake' AND NOT internal"
        ).fetchall()
    except duckdb.Error as error:
        raise LakeError(
            f"The lake's catalogue cannot be read: {error}", do="Try again; a writer may hold it."
        ) from error
    tables: dict[str, set[str]] = {}
    for schema, name in rows:
        if schema.lower() not in ("main", "information_schema", "pg_catalog"):
            tables.setdefault(schema, set()).update({name} - {None})
    return tables


def _parse(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[Statement, list[str]]:
    """The checked statement, and the markers of PIVOT columns whose values are yet to be found."""
    query_gate.check_text(text)
    try:
        return query_gate.parse(connection, text), []
    except QueryRefused:
        marked, markers = query_pivot.mark(text)
        if not markers:
            raise
    return query_gate.parse(connection, marked), markers


def _fill_pivots(
    connection: duckdb.DuckDBPyConnection,
    marked: Statement,
    markers: list[str],
    tables: dict[str, set[str]],
    deadline: Deadline,
) -> Statement:
    values: dict[str, list[str]] = {}
    for marker in markers:
        query = query_gate.parse(connection, query_pivot.values_query(connection, marked.tree, marker))
        query_gate.check_tables(query.references, tables)
        with deadline.reported():
            values[marker] = [value for (value,) in connection.execute(query.text).fetchall()]
    filled = query_gate.parse(connection, query_pivot.fill(marked.text, values))
    query_gate.check_tables(filled.references, tables)
    return filled
