"""Removing persons from the vault for good: rows, old snapshots, data files, and what the catalogue keeps of them.

Everything can be done again, and is as if done once: who is to go is written down first, so that whatever was killed is
finished by the same request. What lies outside the vault is not removed here.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resources import duckdb_extensions
from resources.errors import VaultError
from resources.forgotten import NAME, Tombstone, table_of_forgotten
from resources.lake_location import escaped

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake
    from resources.lake_location import LakeLocation

# In this order: rows are marked as deleted, files written without them, snapshots that still have them given up, and
# the files of these deleted, as are those that a killed write has left.
_FOR_GOOD = (
    "CALL ducklake_rewrite_data_files('lake', delete_threshold => 0)",
    "CALL ducklake_merge_adjacent_files('lake')",
    "CALL ducklake_expire_snapshots('lake', older_than => now())",
    "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)",
)
_CATALOGUE = "__ducklake_metadata_lake"
# DuckLake keeps the range of a column's values when the last of them is gone.
_STALE_RANGES = f"""
UPDATE {_CATALOGUE}.ducklake_table_column_stats SET min_value = NULL, max_value = NULL
WHERE (table_id, column_id) NOT IN (
    SELECT (table_id, column_id) FROM {_CATALOGUE}.ducklake_file_column_stats WHERE min_value IS NOT NULL
) AND min_value IS NOT NULL"""
_RANGES = ("ducklake_table_column_stats", "ducklake_file_column_stats")


@dataclass(frozen=True)
class Removed:
    """What was removed: rows and mentions by table, files written anew, snapshots and files given up."""

    rows: Mapping[str, int]
    mentions: Mapping[str, int]
    rewritten_files: int
    expired_snapshots: int
    deleted_files: int


def write_tombstones(vault: Lake, schema: str, forgotten: Sequence[Tombstone]) -> None:
    """Write down who is to go, in one transaction; those who are there already stay as they are."""
    import pyarrow

    table = table_of_forgotten(f"{schema}.any")
    known = vault.read(table).to_pylist() if vault.exists(table) else []
    pseudonyms = {row["pseudonym"] for row in known}
    new = [vars(one) for one in forgotten if one.pseudonym not in pseudonyms]
    if new:
        types = [(name, pyarrow.string()) for name in ("pseudonym", "kind", "request", "kept_by")]
        layout = pyarrow.schema([*types, ("forgotten_on", pyarrow.date32())])
        vault.replace(table, pyarrow.Table.from_pylist([*known, *new], schema=layout), author="forgetting")


def mentioned(vault: Lake, pseudonyms: Sequence[str]) -> dict[str, int]:
    """Rows that some text of which holds one of the pseudonyms, by table; those who were forgotten not counted."""
    found: dict[str, int] = {}
    with contextlib.closing(vault.cursor()) as cursor:
        for table in _tables(vault):
            texts = _texts(vault, table)
            if texts and pseudonyms:
                condition = " OR ".join(_holds(column) for column in texts)
                rows = cursor.execute(
                    f"SELECT count(*) FROM lake.{table} WHERE {condition}", {"some": _some(pseudonyms)}
                ).fetchone()
                if rows and rows[0]:
                    found[table] = rows[0]
    return found


def remove(vault: Lake, forgotten: Sequence[Tombstone]) -> Removed:
    """Remove persons from every table of the vault, from its history and its files.

    Args:
        vault: open for writing.
        forgotten: their tombstones.

    Raises:
        VaultError: a row still holds one of the pseudonyms; names the table.
    """
    rows: dict[str, int] = {}
    mentions: dict[str, int] = {}
    with contextlib.closing(vault.cursor()) as cursor, vault.writing():
        cursor.execute("BEGIN")
        try:
            for table in _tables(vault):
                # Whole rows first: what goes is not counted as changed as well.
                for kept_by in sorted({one.kept_by for one in forgotten}, key=lambda name: name is not None):
                    some = {"some": _some([one.pseudonym for one in forgotten if one.kept_by == kept_by])}
                    texts = _texts(vault, table)
                    if kept_by is not None and kept_by in vault.columns(table):
                        for column in [text for text in texts if text != kept_by]:
                            done = cursor.execute(
                                f'UPDATE lake.{table} SET "{column}" = NULL '
                                f'WHERE {_holds(column)} AND "{kept_by}" IS NOT NULL',
                                some,
                            ).fetchone()
                            mentions[table] = mentions.get(table, 0) + (done[0] if done else 0)
                    if texts:
                        condition = " OR ".join(_holds(column) for column in texts)
                        done = cursor.execute(f"DELETE FROM lake.{table} WHERE {condition}", some).fetchone()
                        rows[table] = rows.get(table, 0) + (done[0] if done else 0)
            cursor.execute("CALL ducklake_set_commit_message('lake', 'forgetting', 'a person was forgotten')")
            cursor.execute("COMMIT")
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        done = [len(cursor.execute(statement).fetchall()) for statement in _FOR_GOOD]
        cursor.execute(_STALE_RANGES)
    left = mentioned(vault, [one.pseudonym for one in forgotten])
    if left:
        raise VaultError(
            "Rows of the person are still there", where=", ".join(left), do="Stop what writes to them; forget again."
        )
    return Removed(
        {table: number for table, number in rows.items() if number},
        {table: number for table, number in mentions.items() if number},
        rewritten_files=done[0],
        expired_snapshots=done[2],
        deleted_files=done[3] + done[4],
    )


def ranges_that_tell(vault: Lake, forgotten: Sequence[Tombstone]) -> int:
    """In how many ranges of columns that the catalogue keeps a pseudonym still stands; the tombstones' own aside."""
    found = 0
    with contextlib.closing(vault.cursor()) as cursor:
        for ranges in _RANGES:
            query = (
                f"SELECT count(*) FROM {_CATALOGUE}.{ranges} WHERE table_id NOT IN "
                f"(SELECT table_id FROM {_CATALOGUE}.ducklake_table WHERE table_name = '{NAME}') "
                "AND (list_contains($gone, min_value) OR list_contains($gone, max_value))"
            )
            row = cursor.execute(query, {"gone": [one.pseudonym for one in forgotten]}).fetchone()
            found += row[0] if row else 0
    return found


def rewrite_catalogue(location: LakeLocation, values: Sequence[str]) -> int:
    """Write an encrypted catalogue's file anew, since blocks that are free keep what was in them.

    Nobody else may have it open meanwhile. A killed rewriting leaves the old one.

    Returns:
        How many of its rows hold one of the values, what it says of the table of tombstones aside.

    Raises:
        VaultError: it cannot be copied whole.
    """
    import duckdb

    file, fresh = Path(location.catalog), Path(location.catalog + ".new")
    fresh.unlink(missing_ok=True)
    key = escaped(location.key or "")
    with duckdb.connect(config=dict(duckdb_extensions.UNSIGNED)) as connection:
        duckdb_extensions.load(connection, "httpfs")
        try:
            connection.execute(f"ATTACH '{escaped(file)}' AS old (ENCRYPTION_KEY '{key}', READ_ONLY)")
            connection.execute(f"ATTACH '{escaped(fresh)}' AS fresh (ENCRYPTION_KEY '{key}')")
            connection.execute("COPY FROM DATABASE old TO fresh")
            whole = _counts(connection, "old") == _counts(connection, "fresh")
            held = sum(_held(connection, "fresh", value) for value in values)
            connection.execute("DETACH old")
            connection.execute("DETACH fresh")
        except duckdb.Error as error:
            raise VaultError(
                f"The vault's catalogue cannot be written anew ({type(error).__name__})",
                where=str(file),
                do="The old one is as it was. Check disk space; forget again.",
            ) from None
    if not whole:
        raise VaultError("The catalogue's copy is not whole", where=str(fresh), do="The old one is as it was.")
    fresh.chmod(0o600)
    fresh.replace(file)
    return held


def _tables(vault: Lake) -> list[str]:
    return [table for table in vault.tables() if not table.endswith(f".{NAME}")]


def _texts(vault: Lake, table: str) -> list[str]:
    """Columns that may hold a text, within a list or structure too."""
    return [name for name, kind in vault.columns(table).items() if "VARCHAR" in kind or "JSON" in kind]


def _some(pseudonyms: Sequence[str]) -> str:
    """A pattern of whole words."""
    return rf"\b(?:{'|'.join(re.escape(pseudonym) for pseudonym in pseudonyms)})\b"


def _holds(column: str) -> str:
    return f'coalesce(regexp_matches(CAST("{column}" AS VARCHAR), $some), false)'


def _counts(connection: duckdb.DuckDBPyConnection, catalogue: str) -> dict[str, int]:
    return {
        name: (connection.execute(f'SELECT count(*) FROM {catalogue}."{name}"').fetchone() or (0,))[0]
        for name in _names(connection, catalogue)
    }


def _held(connection: duckdb.DuckDBPyConnection, catalogue: str, value: str) -> int:
    """Rows of the catalogue that hold a value, such as the least of a column; what it says of tombstones aside."""
    found = 0
    for name in _names(connection, catalogue):
        columns = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = ?",
            [catalogue, name],
        ).fetchall()
        texts = [column for column, kind in columns if "VARCHAR" in kind]
        if texts:
            holds = " OR ".join(f'contains(lower(CAST("{text}" AS VARCHAR)), lower($value))' for text in texts)
            aside = (
                f"AND table_id NOT IN (SELECT table_id FROM {catalogue}.ducklake_table WHERE table_name = '{NAME}')"
                if any(column == "table_id" for column, _ in columns)
                else ""
            )
            query = f'SELECT count(*) FROM {catalogue}."{name}" WHERE ({holds}) {aside}'
            found += (connection.execute(query, {"value": value}).fetchone() or (0,))[0]
    return found


def _names(connection: duckdb.DuckDBPyConnection, catalogue: str) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY table_name", [catalogue]
    ).fetchall()
    return [name for (name,) in rows]
