"""Several statements as one write of the lake: all of them or none, under its write lock. Whole tables: lake.py."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from resources.errors import LakeError
from resources.lake_location import escaped

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake


@contextlib.contextmanager
def transaction(
    lake: Lake, *, table: str, author: str, about: Mapping[str, str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor whose statements become one snapshot at the end, or nothing where one of them, or the caller, fails.

    On a server two transactions may run at once; give the whole to `again_after_conflict`, so that the later of two
    that delete the same row is done again.

    Args:
        lake: open for writing.
        table: `schema.table` that is mainly written, for the snapshot's message.
        author: who writes, e.g. the Dagster run; stands in the snapshot.
        about: what else the snapshot's message says.

    Raises:
        LakeError: a statement or the commit failed; every table is as it was.
    """
    import duckdb

    with contextlib.closing(lake.cursor()) as cursor, lake.writing():
        try:
            cursor.execute("BEGIN")
            yield cursor
            message = json.dumps({"table": table, **(about or {})})
            cursor.execute(f"CALL ducklake_set_commit_message('lake', '{escaped(author)}', '{escaped(message)}')")
            cursor.execute("COMMIT")
        except duckdb.Error as error:
            _roll_back(cursor)
            raise LakeError(
                lake.location.without_password(f"Table `{table}` could not be written: {error}"),
                where=lake.location.data_path,
                do="Every table is as it was. Check disk space, the catalogue's server, the message; run again.",
            ) from lake.location.cause(error)
        except BaseException:
            _roll_back(cursor)
            raise


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    with contextlib.suppress(duckdb.TransactionException):
        cursor.execute("ROLLBACK")
