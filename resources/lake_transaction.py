"""Several statements as one write of the lake: all of them or none, under its write lock. Whole tables: lake.py."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from resources.empty_tables import insert_statistics
from resources.errors import LakeError
from resources.lake_location import escaped

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake

WRITTEN_TABLES = """unnest(regexp_extract_all(commit_message, '"table": "([^"]+)"', 1))"""
"""In SQL, the tables that a snapshot's message says it wrote."""


@dataclass
class Held:
    """A transaction that all of a process's reads and writes belong to until it is committed.

    Attributes:
        connection: it is open on.
        snapshot: the number it will have, as nobody else may write meanwhile.
        writes: what the message of each write would have been.
        empty: tables that were written without a row; see empty_tables.py.
    """

    connection: duckdb.DuckDBPyConnection
    snapshot: int
    writes: list[Mapping[str, str]] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, which whoever is done with it may close as ever."""
        return cast("duckdb.DuckDBPyConnection", _NeverClosed(self.connection))


class _NeverClosed:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def close(self) -> None:
        """Leave the transaction open."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@contextlib.contextmanager
def transaction(
    lake: Lake, *, table: str, author: str, about: Mapping[str, str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor whose statements become one snapshot at the end, or nothing where one of them, or the caller, fails.

    On a server two transactions may run at once; give the whole to `again_after_conflict`, so that the later of two
    that delete the same row is done again. Within `as_one_write` it is a part of that snapshot.

    Args:
        lake: open for writing.
        table: `schema.table` that is mainly written, for the snapshot's message.
        author: who writes, e.g. the Dagster run; stands in the snapshot.
        about: what else the snapshot's message says; looked at when all is written.

    Raises:
        LakeError: a statement or the commit failed; every table is as it was.
    """
    import duckdb

    with contextlib.closing(lake.cursor()) as cursor, lake.writing():
        try:
            if lake.held is None:
                cursor.execute("BEGIN")
            yield cursor
            message = {"table": table, **(about or {})}
            if lake.held is None:
                _commit(cursor, author, message)
            else:
                lake.held.writes.append(message)
        except duckdb.Error as error:
            _roll_back(lake, cursor)
            raise LakeError(
                lake.location.without_password(f"Table `{table}` could not be written: {error}"),
                where=lake.location.data_path,
                do="Every table is as it was. Check disk space, the catalogue's server, the message; run again.",
            ) from lake.location.cause(error)
        except BaseException:
            _roll_back(lake, cursor)
            raise


@contextlib.contextmanager
def as_one_write(lake: Lake, *, author: str) -> Iterator[None]:
    """Make all that this process reads and writes meanwhile one transaction, and one snapshot at the end.

    Beginning a transaction costs DuckLake as much as many statements, because it reads its catalogue anew. Others wait
    with their writes until the end; their reads see the lake as it was. For one thread.

    Args:
        lake: embedded and open for writing.
        author: who writes, e.g. the Dagster run; stands in the snapshot.

    Raises:
        LakeError: the catalogue is a server, which holds back no other writer; or the commit failed. Every table is
            as it was.
    """
    import duckdb

    if not lake.is_embedded:
        raise LakeError("On a server every table is written by itself", do="Use `transaction`.")
    connection = lake.cursor()
    with contextlib.closing(connection), lake.writing():
        newest = lake.newest_snapshot()
        connection.execute("BEGIN")
        held = lake.held = Held(connection, newest + 1)
        try:
            yield
            if held.writes:
                _commit(connection, author, {"writes": held.writes})
        except duckdb.Error as error:
            raise LakeError(
                f"Nothing could be written: {error}",
                where=lake.location.data_path,
                do="Every table is as it was. Check disk space and the message; run again.",
            ) from error
        finally:
            lake.held = None
            _roll_back(lake, connection)
        for table in held.empty:
            insert_statistics(connection, lake.catalogue, table)


def _commit(cursor: duckdb.DuckDBPyConnection, author: str, message: Mapping[str, Any]) -> None:
    told = escaped(json.dumps(message))
    cursor.execute(f"CALL ducklake_set_commit_message('lake', '{escaped(author)}', '{told}')")
    cursor.execute("COMMIT")


def _roll_back(lake: Lake, cursor: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    if lake.held is None:
        with contextlib.suppress(duckdb.TransactionException):
            cursor.execute("ROLLBACK")
