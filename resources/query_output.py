"""A query's rows, streamed, and written as table, CSV, JSON or Parquet. Knows neither the gate nor the lake."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from resources.errors import LakeError, SocialAIError

if TYPE_CHECKING:
    import duckdb

Format = Literal["table", "csv", "json", "parquet"]

BATCH = 2_000
TABLE_ROWS = 1_000
TABLE_CELL = 60
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "DECIMAL", "DOUBLE", "FLOAT",
)  # fmt: skip


class Deadline:
    """Interrupts a connection when its time is up; turns DuckDB's errors into the platform's.

    Args:
        connection: what to interrupt.
        seconds: the patience; None waits for ever.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float | None) -> None:
        self._seconds = seconds
        self._timer = threading.Timer(seconds, connection.interrupt) if seconds is not None else None
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Stop the clock."""
        if self._timer:
            self._timer.cancel()

    @contextlib.contextmanager
    def reported(self) -> Iterator[None]:
        """Raise LakeError, with something to do, for DuckDB's errors."""
        import duckdb

        try:
            yield
        except duckdb.InterruptException as error:
            raise LakeError(
                f"The query was stopped after {self._seconds:g} s" if self._seconds else "The query was stopped",
                do="Narrow it with WHERE or LIMIT, or allow more time.",
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise LakeError(
                "The query needs more memory than it is allowed",
                do="Narrow it, aggregate earlier, or avoid sorting everything: nothing is spilled to disk.",
            ) from error
        except duckdb.Error as error:
            raise LakeError(f"The query failed: {error}", do="Correct the statement.") from error


class QueryResult:
    """Rows of a running query. Iterate once, or hand it to `write_result`; close it when done.

    Args:
        connection: the session, which the result owns.
        text: the checked statement.
        deadline: the clock that runs while rows are fetched.
        wrappable: whether the statement may stand in a FROM clause (EXPLAIN may not).

    Raises:
        LakeError: the query fails, or takes too long.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, text: str, deadline: Deadline, *, wrappable: bool
    ) -> None:
        self.connection, self._deadline = connection, deadline
        self._execute(text)
        # Rows give geometries as WKB; where they are to be read, the query is started anew with them as text.
        self._as_text = _with_text_geometries(text, self.columns, self.types) if wrappable else None

    def _execute(self, text: str) -> None:
        with self._deadline.reported():
            description = self.connection.execute(text).description or []
        self.columns: list[str] = [column[0] for column in description]
        self.types: list[str] = [str(column[1]) for column in description]

    def readable(self) -> QueryResult:
        """The same result with geometries as well-known text instead of bytes."""
        if self._as_text:
            text, columns, self._as_text = self._as_text, self.columns, None
            self._execute(text)
            # A name that stands twice comes out of the FROM clause with a number.
            self.columns = columns
        return self

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Rows, in DuckDB's Python types."""
        while True:
            with self._deadline.reported():
                batch = self.connection.fetchmany(BATCH)
            if not batch:
                return
            yield from batch

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return list(self)

    def write_parquet(self, stream: IO[bytes]) -> None:
        """Write the rows as one Parquet file, geometries as WKB."""
        import pyarrow.parquet

        with self._deadline.reported():
            reader = self.connection.to_arrow_reader(100_000)
            with pyarrow.parquet.ParquetWriter(stream, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)

    def close(self) -> None:
        """Stop the query, the clock and the session."""
        self._deadline.cancel()
        self.connection.close()

    def __enter__(self) -> QueryResult:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_result(result: QueryResult, format: Format = "table", output: Path | IO[Any] | None = None) -> None:
    """Write a query's rows and close the result.

    CSV: header, empty field for NULL, nested values as JSON. JSON: an array of objects, one a line; numbers that
    JSON does not know (NaN, infinity) are null. Table: the first 1,000 rows. Geometries are well-known text in
    these, WKB in Parquet; other bytes are hexadecimal.

    Args:
        result: of `run_query`.
        format: table, csv, json or parquet.
        output: a file (replaced whole, once the last row is there), an open stream (binary for Parquet), or None
            for the screen.

    Raises:
        LakeError: the query fails on the way; a file that was there before is left as it was.
    """
    writers = {"table": _write_table, "csv": _write_csv, "json": _write_json}
    if format != "parquet" and format not in writers:
        raise SocialAIError(f"`{format}` is no output format", do="Choose table, csv, json or parquet.")
    with result, _opened(output, binary=format == "parquet") as stream:
        if format == "parquet":
            result.write_parquet(stream)
        else:
            writers[format](result.readable(), stream)


@contextlib.contextmanager
def _opened(output: Path | IO[Any] | None, *, binary: bool) -> Iterator[IO[Any]]:
    if output is None:
        yield sys.stdout.buffer if binary else sys.stdout
    elif not isinstance(output, str | os.PathLike):
        yield output
    else:
        final = Path(output)
        partial = final.with_name(final.name + ".part")
        try:
            with partial.open("wb") if binary else partial.open("w", encoding="utf-8", newline="") as stream:
                yield stream
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)


def _with_text_geometries(text: str, columns: list[str], types: list[str]) -> str | None:
    geometries = [name for name, kind in zip(columns, types, strict=True) if kind.startswith("GEOMETRY")]
    # A name that stands twice cannot be replaced by name.
    geometries = [name for name in geometries if columns.count(name) == 1]
    if not geometries:
        return None
    names = ['"' + name.replace('"', '""') + '"' for name in geometries]
    replaced = ", ".join(f"ST_AsText({name}) AS {name}" for name in names)
    return f"SELECT * REPLACE ({replaced}) FROM (\n{_without_semicolon(text)}\n)"


def _without_semicolon(text: str) -> str:
    import duckdb

    source = text.encode()
    end = len(source)
    for offset, _ in reversed(duckdb.tokenize(text)):
        if source[offset : offset + 1] != b";":
            break
        end = offset
    return source[:end].decode()


def _write_table(result: QueryResult, stream: IO[str]) -> None:
    if result.columns == ["explain_key", "explain_value"]:
        # A plan is a drawing of its own.
        stream.writelines(f"{plan.rstrip()}\n" for _, plan in result)
        return
    rows = [[_cell(value) for value in row] for row in islice(result, TABLE_ROWS + 1)]
    shown = rows[:TABLE_ROWS]
    header = [_cell(name) for name in result.columns]
    widths = [max(map(len, cells)) for cells in zip(header, *shown, strict=True)]
    numeric = [kind.startswith(_NUMBERS) and not kind.endswith("]") for kind in result.types]
    for cells in (header, ["─" * width for width in widths], *shown):
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ]
        stream.write("  ".join(padded).rstrip() + "\n")
    count = f"{len(shown):,} row{'' if len(shown) == 1 else 's'}"
    stream.write(f"(first {count}; csv, json and parquet give all)\n" if rows[TABLE_ROWS:] else f"({count})\n")


def _cell(value: Any) -> str:
    text = ("NULL" if value is None else _scalar(value)).replace("\n", "⏎")
    return text if len(text) <= TABLE_CELL else text[: TABLE_CELL - 1] + "…"


def _write_csv(result: QueryResult, stream: IO[str]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(result.columns)
    for row in result:
        writer.writerow(["" if value is None else _scalar(value) for value in row])


def _write_json(result: QueryResult, stream: IO[str]) -> None:
    names = _unique(result.columns)
    stream.write("[")
    for number, row in enumerate(result):
        record = dict(zip(names, map(_plain, row), strict=True))
        stream.write((",\n" if number else "\n") + json.dumps(record, ensure_ascii=False, allow_nan=False))
    stream.write("\n]\n")


def _unique(names: list[str]) -> list[str]:
    """Names with a number behind those that stand twice, as an object's keys must not."""
    result: list[str] = []
    used: set[str] = set()
    for name in names:
        candidate, number = name, 1
        while candidate in used:
            candidate, number = f"{name}_{number}", number + 1
        used.add(candidate)
        result.append(candidate)
    return result


def _scalar(value: Any) -> str:
    if isinstance(value, list | dict | tuple):
        return json.dumps(_plain(value), ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value)
