"""The lake's table `water.readings`: made, and filled from files beside what came by stream. Reads no Kafka."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resources.lake import columns_of
from resources.lake_conflicts import again_after_conflict
from resources.lake_location import escaped
from resources.lake_transaction import transaction
from socialai_assets.factories.tables import column_text, description
from socialai_assets.ingest.contract import describe, table_name
from socialai_assets.water.stream_contracts import Readings

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake
    from socialai_assets.ingest.contract import Contract

READINGS = table_name(Readings)
FILES = "water.stg_sensor_readings"
KEY = "station_id, parameter, measured_at"
FEW_ROWS = 10
_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
_OF_FILES = f"""
CREATE OR REPLACE TEMP TABLE file_readings AS
WITH landed AS (
  SELECT station_id, parameter, measured_at::TIMESTAMP AS measured_at, value::DOUBLE AS value,
    NULL::TIMESTAMP AS received_at, 'file' AS came_by, source, is_synthetic
  FROM lake.{FILES}
  QUALIFY row_number() OVER (PARTITION BY {KEY} ORDER BY is_synthetic, source, value) = 1
)
FROM landed ANTI JOIN (SELECT {KEY} FROM lake.{READINGS} WHERE came_by = 'stream') USING ({KEY})
"""
_FINGERPRINT = """
SELECT concat_ws('-', count(*), coalesce(bit_xor(h), 0), coalesce(sum(h), 0) % 18446744073709551616)
FROM (SELECT hash({columns}) AS h FROM {table} WHERE came_by = 'file')
"""


@dataclass(frozen=True)
class MergedFiles:
    """What a merge of files left: rows that came by file, their hash, and whether anything was written."""

    rows: int
    version: str
    changed: bool


def make_table(cursor: duckdb.DuckDBPyConnection, contract: type[Contract]) -> None:
    """Make the empty table a contract describes, its columns documented, where the lake has none."""
    table = table_name(contract)
    if columns_of(cursor, table):
        return
    columns = describe(contract)
    typed = ", ".join(f'"{column.name}" {_TYPES[column.dtype]}' for column in columns)
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{table.split('.')[0]}")
    cursor.execute(f"CREATE TABLE lake.{table} ({typed})")
    cursor.execute(f"COMMENT ON TABLE lake.{table} IS '{escaped(description(contract))}'")
    for column in columns:
        text = escaped(column_text(column))
        cursor.execute(f"COMMENT ON COLUMN lake.{table}.\"{column.name}\" IS '{text}'")


def keep_few_rows_in_catalogue(lake: Lake, contracts: Iterable[type[Contract]]) -> None:
    """Have tables that get a few rows many times a minute keep such rows in the catalogue, not each in a file.

    Args:
        lake: open for writing.
        contracts: of tables that are there.
    """
    with contextlib.closing(lake.cursor()) as cursor:
        kept = cursor.execute(
            "SELECT scope_entry FROM ducklake_options('lake') WHERE option_name = 'data_inlining_row_limit'"
        ).fetchall()
        for table in {table_name(contract) for contract in contracts} - {name for (name,) in kept}:
            schema, name = table.split(".")
            cursor.execute(
                f"CALL ducklake_set_option('lake', 'data_inlining_row_limit', {FEW_ROWS}, "
                f"schema => '{schema}', table_name => '{name}')"
            )


def merge_files(lake: Lake, *, author: str) -> MergedFiles:
    """Make the rows that came by file those of the landed files; rows that came by stream stay, and go before.

    Of rows that agree in station, parameter and moment one is taken, a real one before a synthetic one. Nothing is
    written where nothing has changed.

    Raises:
        LakeError: there is no `water.stg_sensor_readings`, or the write failed; the table is as it was.
    """

    def merge() -> MergedFiles:
        with transaction(lake, table=READINGS, author=author) as cursor:
            make_table(cursor, Readings)
            cursor.execute(_OF_FILES)
            landed = _fingerprint(cursor, "file_readings")
            changed = landed != _fingerprint(cursor, f"lake.{READINGS}")
            if changed:
                cursor.execute(f"DELETE FROM lake.{READINGS} WHERE came_by = 'file'")
                cursor.execute(f"INSERT INTO lake.{READINGS} BY NAME FROM file_readings ORDER BY measured_at, {KEY}")
            cursor.execute("DROP TABLE file_readings")
        return MergedFiles(int(landed.split("-")[0]), landed, changed)

    return again_after_conflict(merge)


def _fingerprint(cursor: duckdb.DuckDBPyConnection, table: str) -> str:
    """Row count, xor and sum of the hashes of the rows that came by file, in whatever order they are."""
    columns = ", ".join(column.name for column in describe(Readings))
    row = cursor.execute(_FINGERPRINT.format(columns=columns, table=table)).fetchone()
    assert row is not None
    return row[0]


def count(lake: Lake) -> int:
    """Rows of `water.readings`."""
    with contextlib.closing(lake.cursor()) as cursor:
        row = cursor.execute(f"SELECT count(*) FROM lake.{READINGS}").fetchone()
    assert row is not None
    return row[0]
