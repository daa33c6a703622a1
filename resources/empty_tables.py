"""Tables without rows, so that queries over them are planned as fast as over others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake

_GIVEN = """
INSERT INTO {catalogue}ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
SELECT table_id, 0, 0, 0 FROM {catalogue}ducklake_table AS t JOIN {catalogue}ducklake_schema AS s USING (schema_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name || '.' || t.table_name = $table
  AND table_id NOT IN (SELECT table_id FROM {catalogue}ducklake_table_stats)
"""


def give_statistics(lake: Lake, table: str) -> None:
    """Keep statistics of a table that was written without a row; within `as_one_write`, when all is written.

    Of a table that never had a row DuckLake keeps none, and asks its catalogue for them again for every column of
    every query: 5 to 50 ms a column (https://github.com/duckdb/ducklake/pull/1313, later than the version pinned).
    Where the process ends before, queries are only slower.

    Args:
        lake: open for writing.
        table: `schema.table`, committed.
    """
    if lake.held is not None:
        lake.held.empty.append(table)
        return
    with contextlib.closing(lake.cursor()) as cursor, lake.writing():
        insert_statistics(cursor, lake.catalogue, table)


def insert_statistics(cursor: duckdb.DuckDBPyConnection, catalogue: str, table: str) -> None:
    """Say in the catalogue that a table has no row, outside of any transaction of the lake.

    Args:
        cursor: that the lake is attached to.
        catalogue: what stands before the names of its tables.
        table: `schema.table`.
    """
    cursor.execute(_GIVEN.format(catalogue=catalogue), {"table": table})
