"""What every reader returns, and what they share: values as text, and telling one format from another."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resources.errors import LandingError
from resources.landing import file_hash
from socialai_assets.ingest.casting import text_column


@dataclass(frozen=True)
class Unreadable:
    """A record that has no columns to be checked by: where it is, what is wrong, and what it said."""

    line: int
    reason: str
    content: str


@dataclass(frozen=True)
class RowBatch:
    """The rows of one landed file.

    Attributes:
        frame: text columns on a fresh index, None where the file has nothing; `geometry` as WKB in EPSG:4326,
            tile images as bytes.
        line: for each row its line in the file (record number where the format has no lines), from 1.
        sha256: of the file's bytes; empty for a folder of tiles.
        unreadable: records that could not be parted into columns.
        notes: what the reader had to find out, such as the encoding.
    """

    frame: pd.DataFrame
    line: NDArray[np.int64]
    sha256: str
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()


def batch(
    path: Path,
    columns: dict[str, pd.Series],
    line: Sequence[int] | NDArray[np.int64],
    unreadable: Iterable[Unreadable] = (),
    notes: Iterable[str] = (),
) -> RowBatch:
    """A `RowBatch` of text columns."""
    sha256 = file_hash(path) if path.is_file() else ""
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(line)))
    return RowBatch(frame, np.asarray(line, dtype=np.int64), sha256, tuple(unreadable), tuple(notes))


DAMAGED = "row: holds NUL characters or halves of characters, so the file is damaged here"


def without_damaged_text(found: RowBatch) -> RowBatch:
    """The batch with rows that hold what no text is made of (NUL, halves of character pairs) made unreadable.

    DuckDB and Arrow take text as UTF-8, which has no such halves; a NUL ends a text in many programs.
    """
    damaged = np.zeros(len(found.frame), dtype=bool)
    for values in found.frame.to_dict("series").values():
        damaged |= np.fromiter((isinstance(v, str) and is_damaged(v) for v in values), bool, len(values))
    if not damaged.any():
        return found
    rows = found.frame.loc[damaged].to_dict("records")
    contents = [
        json.dumps({str(name): cell if isinstance(cell, str) else None for name, cell in row.items()}) for row in rows
    ]
    bad = [Unreadable(int(n), DAMAGED, text) for n, text in zip(found.line[damaged], contents, strict=True)]
    kept = found.frame.loc[~damaged].reset_index(drop=True)
    return replace(found, frame=kept, line=found.line[~damaged], unreadable=(*found.unreadable, *bad))


def is_damaged(text: str) -> bool:
    """Whether a text holds a NUL or half of a character pair, which UTF-8 has not."""
    return "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text))


def as_text(value: object) -> str | None:
    """A typed cell as the text a CSV would hold: ISO dates, whole numbers without a decimal part."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return None
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def folded(values: pd.Series) -> pd.Series:
    """Text with every run of white space, line breaks included, as one space."""
    return text_column(values).str.replace(r"\s+", " ", regex=True)


def texts_of(values: pd.Series) -> pd.Series:
    """A typed column as text; a cell of bytes stays as it is."""
    cells = [cell if isinstance(cell, bytes) else as_text(cell) for cell in values.astype(object)]
    if any(isinstance(cell, bytes) for cell in cells):
        return pd.Series(cells, dtype=object)
    return folded(pd.Series(cells, dtype=object))


def column_names(names: Iterable[object], path: Path) -> list[str]:
    """Names of a header row, with white space folded and nameless columns numbered.

    Raises:
        LandingError: a name occurs twice.
    """
    found = [" ".join(str(name or "").split()) or f"column_{i}" for i, name in enumerate(names, start=1)]
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise LandingError(
            f"The columns {twice} occur more than once",
            where=f"{path}, line 1",
            do="Give every column of the file a name of its own.",
        )
    return found


_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "sqlite"),
    (b"PAR1", "parquet"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
)
_ACCEPTED = {
    "csv": {"text"},
    "excel": {"zip", "xls"},
    "geopackage": {"sqlite"},
    "geojson": {"text"},
    "json": {"text"},
    "shapefile": {"zip"},
    "parquet": {"parquet"},
    "tiles": {"JPEG", "PNG", "text"},
}


def refuse_foreign(path: Path, kind: str) -> None:
    """Refuse a file that is plainly something else than its format, such as a web page saved under its name.

    Raises:
        LandingError: says what the file is and what to do.
    """
    if path.is_dir():
        return
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise LandingError(
            f"The file cannot be opened: {error.strerror}", where=str(path), do="Check path and permissions."
        ) from error
    if kind == "tiles":
        return
    if not head.strip():
        raise LandingError("The file is empty", where=str(path), do="Download it again and land it whole.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_page = start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<?xml") and b"<html" in start)
    found = next((name for signature, name in _SIGNATURES if head.startswith(signature)), "text")
    if is_page:
        raise LandingError(
            f"The file is a web page and not {kind}",
            where=str(path),
            do="The download got an error or log-in page: fetch the data file itself and land that.",
        )
    if found not in _ACCEPTED[kind]:
        raise LandingError(
            f"The file is {found} and not {kind}",
            where=str(path),
            do="Land it under the source for that format, or download it again.",
        )
