"""What the lake's catalogue says of all its tables at once. Reads rows only to count those of tables kept in parts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from resources.lake_upkeep import last_writes

if TYPE_CHECKING:
    from resources.lake import Lake

# DuckDB's own `duckdb_tables()` asks the catalogue anew for each table, which takes seconds where there are hundreds.
# Tables of the catalogue: https://ducklake.select/docs/stable/specification/tables/overview
_LISTED = """
SELECT s.schema_name || '.' || t.table_name AS name, t.begin_snapshot, coalesce(statistics.record_count, 0),
       coalesce(tag.value, '')
FROM {catalogue}ducklake_table AS t
JOIN {catalogue}ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
LEFT JOIN {catalogue}ducklake_table_stats AS statistics ON statistics.table_id = t.table_id
LEFT JOIN {catalogue}ducklake_tag AS tag
    ON tag.object_id = t.table_id AND tag.key = 'comment' AND tag.end_snapshot IS NULL
WHERE t.end_snapshot IS NULL ORDER BY name
"""


@dataclass(frozen=True)
class ListedTable:
    """A table of the lake.

    Attributes:
        name: `schema.table`.
        rows: it has now.
        written: when it was last written, UTC; None where no kept snapshot says so.
        description: of the table.
    """

    name: str
    rows: int
    written: datetime | None
    description: str


def listed_tables(lake: Lake) -> list[ListedTable]:
    """Every table of the lake, by name.

    Raises:
        LakeError: there is no lake, or its catalogue cannot be reached.
    """
    writes, listed = last_writes(lake), []
    with contextlib.closing(lake.cursor()) as cursor:
        for name, made_in, rows, text in cursor.execute(_LISTED.format(catalogue=lake.catalogue)).fetchall():
            write = writes.get(name)
            # Rows that were deleted since a table was made are still counted in its statistics.
            if rows and (write is None or write.number != made_in):
                rows = cursor.execute(f"SELECT count(*) FROM lake.{name}").fetchall()[0][0]
            listed.append(ListedTable(name, rows, write.time if write else None, text))
    return listed
