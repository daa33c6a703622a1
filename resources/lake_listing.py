"""What the lake's catalogue says of all its tables at once. Reads rows only to count those of tables kept in parts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from resources.lake_transaction import WRITTEN_TABLES

if TYPE_CHECKING:
    from resources.lake import Lake

# DuckDB's own `duckdb_tables()` asks the catalogue anew for each table, which takes seconds where there are hundreds.
# Tables of the catalogue: https://ducklake.select/docs/stable/specification/tables/overview
_LISTED = f"""
WITH latest AS (
    SELECT name, max(snapshot_id) AS snapshot, max(snapshot_time) AS time
    FROM (SELECT {WRITTEN_TABLES} AS name, snapshot_id, snapshot_time FROM ducklake_snapshots('lake'))
    GROUP BY name
), present AS (
    SELECT t.table_id, s.schema_name || '.' || t.table_name AS name, t.begin_snapshot
    FROM {{catalogue}}ducklake_table t
    JOIN {{catalogue}}ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
    WHERE t.end_snapshot IS NULL
), columns AS (
    SELECT table_id, count(*) AS columns FROM {{catalogue}}ducklake_column
    WHERE end_snapshot IS NULL AND parent_column IS NULL GROUP BY table_id
)
SELECT name, coalesce(statistics.record_count, 0), coalesce(columns.columns, 0), latest.time AT TIME ZONE 'UTC',
       coalesce(tag.value, ''), coalesce(latest.snapshot = present.begin_snapshot, false)
FROM present LEFT JOIN latest USING (name) LEFT JOIN columns USING (table_id)
LEFT JOIN {{catalogue}}ducklake_table_stats AS statistics USING (table_id)
LEFT JOIN {{catalogue}}ducklake_tag AS tag
    ON tag.object_id = present.table_id AND tag.key = 'comment' AND tag.end_snapshot IS NULL
ORDER BY name
"""


@dataclass(frozen=True)
class ListedTable:
    """A table of the lake.

    Attributes:
        name: `schema.table`.
        rows: it has now.
        columns: how many it has.
        written: when it was last written, UTC without zone; None where no kept snapshot says so.
        description: of the table.
    """

    name: str
    rows: int
    columns: int
    written: datetime | None
    description: str


def listed_tables(lake: Lake) -> list[ListedTable]:
    """Every table of the lake, by name.

    Raises:
        LakeError: there is no lake, or its catalogue cannot be reached.
    """
    with contextlib.closing(lake.cursor()) as cursor:
        found = cursor.execute(_LISTED.format(catalogue=lake.catalogue)).fetchall()
        tables = [(ListedTable(*about), is_whole) for *about, is_whole in found]
        # Rows that were deleted since a table was made are still counted in its statistics.
        partly = {table.name for table, is_whole in tables if not is_whole and table.rows}
        counted = {name: cursor.execute(f"SELECT count(*) FROM lake.{name}").fetchall()[0][0] for name in partly}
    return [replace(table, rows=counted.get(table.name, table.rows)) for table, _ in tables]
