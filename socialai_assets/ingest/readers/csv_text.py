"""Reads delimited text: encodings, separators, quoted line breaks, ragged rows. Judges no value."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.readers.batch import RowBatch, Unreadable, batch, column_names, folded

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Options

SEPARATORS = (",", ";", "\t", "|")
SNIFFED_RECORDS = 50
LARGEST_CELL = 2**31 - 1


def read(path: Path, options: Options) -> RowBatch:
    """Read a delimited text file with a header row, or without one where the options name its columns.

    A record with too many or too few values, or with NUL characters, is unreadable and stops nothing. Empty lines
    are no records.

    Raises:
        LandingError: nothing but white space, a column name twice, or a quotation mark that is never closed.
    """
    text, encoding = decode(path.read_bytes(), options.encoding)
    if not text.strip():
        raise LandingError("The file is empty", where=str(path), do="Download it again and land it whole.")
    # Not `splitlines`, which also breaks at characters that are part of a value, such as U+2028.
    lines = list(io.StringIO(text, newline=""))
    csv.field_size_limit(LARGEST_CELL)
    separator = options.delimiter or sniff_separator(lines)
    header, records, left_out = _header_and_records(list(_records(lines, separator, path)), options, path)
    rows: list[list[str]] = []
    numbers: list[int] = []
    unreadable: list[Unreadable] = []
    for number, cells in records:
        if len(cells) > len(header) and not any(cells[len(header) :]):
            del cells[len(header) :]
        if options.columns:
            cells.extend([""] * (len(header) - len(cells)))
        if len(cells) != len(header):
            reason = f"row: has {len(cells)} values where the header has {len(header)} columns"
        elif any("\0" in cell for cell in cells):
            reason = "row: holds NUL characters, so the file is damaged here"
        else:
            rows.append(cells)
            numbers.append(number)
            continue
        unreadable.append(Unreadable(number, reason, json.dumps(cells, ensure_ascii=False)))
    values = zip(*rows, strict=True) if rows else ([] for _ in header)
    columns = {name: folded(pd.Series(cells, dtype=object)) for name, cells in zip(header, values, strict=True)}
    notes = [f"encoding {encoding}", f"separator {separator!r}", *left_out]
    return batch(path, columns, numbers, unreadable, notes)


def _header_and_records(
    records: list[tuple[int, list[str]]], options: Options, path: Path
) -> tuple[list[str], list[tuple[int, list[str]]], list[str]]:
    """Names of the columns, the records below them, and what was left out as remarks or names.

    Raises:
        LandingError: the file has remarks and nothing else, not even names.
    """
    left_out: list[str] = []
    if options.comment is not None:
        remark = options.comment
        told = [number for number, cells in records if cells[0].lstrip().startswith(remark)]
        records = [(number, cells) for number, cells in records if number not in set(told)]
        left_out += [f"remarks left out on lines {told}"] if told else []
    if not options.columns:
        if not records:
            raise LandingError("The file holds only remarks", where=str(path), do="Land it with its rows.")
        return column_names(records[0][1], path), records[1:], left_out
    if options.names_row and records and not any(character.isdigit() for cell in records[0][1] for character in cell):
        left_out.append(f"names left out on line {records[0][0]}")
        records = records[1:]
    return column_names(options.columns, path), records, left_out


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Bytes as text and the encoding they were in: the given one if it fits, else a mark's, UTF-8, Windows-1252 or
    Latin-1, in that order; the last fits everything."""
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = [name for mark, name in marks if data.startswith(mark)]
    for name in (*marked, *([encoding] if encoding else []), "utf-8", "cp1252"):
        try:
            return data.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1"), "latin-1"


def sniff_separator(lines: list[str]) -> str:
    """The separator under which most of the first records have the header's width; a comma where none shows."""

    def agreement(separator: str) -> tuple[float, int]:
        reader = csv.reader(lines, delimiter=separator)
        widths = [len(cells) for cells, _ in zip(reader, range(SNIFFED_RECORDS), strict=False) if cells]
        if widths[0] == 1:
            return 0.0, 0
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    return max(SEPARATORS, key=agreement)


def _records(lines: list[str], separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record with the physical line it begins on."""
    reader = csv.reader(lines, delimiter=separator)
    begins = 1
    last = 1
    for cells in reader:
        if any(cells):
            yield begins, cells
        last, begins = begins, reader.line_num + 1
    try:
        for _ in csv.reader(lines[last - 1 :], delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise LandingError(
                "A quotation mark is opened and never closed, so the file is cut off or damaged",
                where=f"{path}, line {last}",
                do="Download the file again, or correct the quotation marks on that line.",
            ) from error
