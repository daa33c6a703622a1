"""Reads Excel workbooks, old (.xls) and new (.xlsx), as text. Judges no value."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.readers.batch import RowBatch, as_text, batch, column_names, folded

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Options

OLD_FORMAT = b"\xd0\xcf\x11\xe0"


def read(path: Path, options: Options) -> RowBatch:
    """Read one sheet; its first row that is not empty is the header, and a row's line is its row in the sheet.

    Numbers become text without an empty decimal part, dates ISO 8601.

    Raises:
        LandingError: the workbook is damaged, has no such sheet, or the sheet is empty.
    """
    data = path.read_bytes()
    cells = _old_rows if data.startswith(OLD_FORMAT) else _new_rows
    try:
        rows = [
            (number, [_text(cell, options.decimal) for cell in row])
            for number, row in enumerate(cells(data, options.sheet, path), start=1)
        ]
    except _damage() as error:
        raise LandingError(
            f"The workbook is damaged or cut off: {error}", where=str(path), do="Download or save it again."
        ) from error
    rows = [(number, row) for number, row in rows if any(row)]
    if not rows:
        raise LandingError(
            "The sheet is empty", where=str(path), do="Name the right one as the source's option `sheet`."
        )
    width = max(index for _, row in rows for index, cell in enumerate(row, start=1) if cell)
    (_, header), *records = rows
    names = column_names([*header, *[None] * width][:width], path)
    columns = {
        name: folded(pd.Series([row[i] if i < len(row) else None for _, row in records], dtype=object))
        for i, name in enumerate(names)
    }
    return batch(path, columns, [number for number, _ in records])


def _text(cell: object, decimal: str | None) -> str | None:
    """A cell as text; a number is written as the sheet's numbers in text are, so that one rule reads both."""
    text = as_text(cell)
    return text.replace(".", decimal) if decimal and text and isinstance(cell, float) else text


def _new_rows(data: bytes, sheet: str | None, path: Path) -> Iterator[tuple[object, ...]]:
    import openpyxl

    # Read-only mode trusts the sheet's stated size, which some writers get wrong.
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    _has_sheet(sheet, book.sheetnames, path)
    yield from book[sheet or book.sheetnames[0]].iter_rows(values_only=True)


def _old_rows(data: bytes, sheet: str | None, path: Path) -> Iterator[list[object]]:
    import xlrd

    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    _has_sheet(sheet, book.sheet_names(), path)
    page = book.sheet_by_name(sheet) if sheet else book.sheet_by_index(0)

    def value(cell: xlrd.sheet.Cell) -> object:
        match cell.ctype:
            case xlrd.XL_CELL_DATE:
                return xlrd.xldate_as_datetime(float(cell.value), book.datemode)
            case xlrd.XL_CELL_BOOLEAN:
                return bool(cell.value)
            case xlrd.XL_CELL_EMPTY | xlrd.XL_CELL_BLANK | xlrd.XL_CELL_ERROR:
                return None
            case _:
                return cell.value

    for row in page.get_rows():
        yield [value(cell) for cell in row]


def _has_sheet(sheet: str | None, names: list[str], path: Path) -> None:
    if sheet is not None and sheet not in names:
        raise LandingError(
            f"The workbook has no sheet `{sheet}`",
            where=str(path),
            do=f"Name one of {names} as the source's option `sheet`.",
        )


def _damage() -> tuple[type[Exception], ...]:
    import struct
    import zlib
    from xml.etree.ElementTree import ParseError

    from openpyxl.utils.exceptions import InvalidFileException
    from xlrd.biffh import XLRDError
    from xlrd.compdoc import CompDocError

    damage = (XLRDError, CompDocError, InvalidFileException, ParseError, struct.error, zlib.error)
    return (*damage, BadZipFile, KeyError, ValueError, IndexError, EOFError, AssertionError)
