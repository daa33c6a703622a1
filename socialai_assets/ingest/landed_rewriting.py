"""Landed files without the rows of some persons: every other row stays as it came, to the byte. Opens no file.

CSV, JSON (a list of records, or one a line) and Parquet; whose a row is, is told by the columns that hold identifiers.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

DELIMITERS = ",;\t|"
_LEAST_TEXT = 8


@dataclass(frozen=True)
class Persons:
    """Who is to go, as landed files name them.

    Attributes:
        columns: what kind of thing a column's texts identify, by its heading.
        is_gone: whether an identifier of a kind is of somebody who is to go.
        kept_by: of a kind, the heading of whom else a row may be about; such a row stays, without the identifier.
        codes: headings of codes and figures; what stands under others may be a name, address or free text.
    """

    columns: Mapping[str, str]
    is_gone: Callable[[str, str], bool]
    kept_by: Mapping[str, str | None]
    codes: frozenset[str] = frozenset()


@dataclass
class Rewritten:
    """A file's content without the persons.

    Attributes:
        content: of the file.
        removed: rows that are no longer in it.
        blanked: rows from which an identifier was taken.
        identifiers: identifiers that are no longer in it.
        texts: longer texts, such as names, that stood in removed rows and stand in no other.
    """

    content: bytes
    removed: int = 0
    blanked: int = 0
    identifiers: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def without_persons(content: bytes, name: str, persons: Persons) -> Rewritten | None:
    """A file's content without persons; None where its format cannot be rewritten.

    Raises:
        ValueError: it is not what its name says.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        return _csv(content, persons)
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _json(content, persons, by_line=suffix != ".json")
    if suffix == ".parquet":
        return _parquet(content, persons)
    return None


def _csv(content: bytes, persons: Persons) -> Rewritten:
    try:
        text, encoding = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Every byte is a letter of it, so what stays is written back as it came.
        text, encoding = content.decode("latin-1"), "latin-1"
    lines = io.StringIO(text, newline="").readlines()
    if not lines:
        return Rewritten(content)
    delimiter = max(DELIMITERS, key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    heading = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    kept, rows = [lines[: reader.line_num]], _Rows(persons)
    start = reader.line_num
    for row in reader:
        record = lines[start : reader.line_num]
        start = reader.line_num
        values = dict(zip(heading, row, strict=False))
        verdict = rows.judge(values)
        if verdict is None:
            continue
        if verdict:
            line = io.StringIO(newline="")
            ending = "\r\n" if record[-1].endswith("\r\n") else "\n"
            changed = ["" if heading[place : place + 1] and heading[place] in verdict else value
                       for place, value in enumerate(row)]  # fmt: skip
            csv.writer(line, delimiter=delimiter, lineterminator=ending).writerow(changed)
            record = [line.getvalue()]
        kept.append(record)
    if not rows.changed:
        return Rewritten(content)
    return rows.rewritten("".join(line for record in kept for line in record).encode(encoding))


def _json(content: bytes, persons: Persons, *, by_line: bool) -> Rewritten | None:
    lines = content.decode("utf-8").splitlines(keepends=True) if by_line else []
    records = [json.loads(line) for line in lines if line.strip()] if by_line else json.loads(content)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return None
    rows = _Rows(persons)
    kept = [
        {name: None if name in verdict else value for name, value in record.items()}
        for record in records
        if (verdict := rows.judge(record)) is not None
    ]
    if not rows.changed:
        return Rewritten(content)
    written = [json.dumps(record, ensure_ascii=False) for record in kept]
    whole = "".join(f"{line}\n" for line in written) if by_line else "[\n" + ",\n".join(written) + "\n]\n"
    return rows.rewritten(whole.encode())


def _parquet(content: bytes, persons: Persons) -> Rewritten:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(content))
    rows = _Rows(persons)
    records = table.to_pylist()
    verdicts = [rows.judge(record) for record in records]
    if not rows.changed:
        return Rewritten(content)
    kept = [
        {name: None if name in verdict else value for name, value in record.items()}
        for record, verdict in zip(records, verdicts, strict=True)
        if verdict is not None
    ]
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(kept, schema=table.schema), out)
    return rows.rewritten(out.getvalue())


class _Rows:
    """Judges a file's rows one by one and remembers what the removed ones held."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons
        self._removed = self._blanked = 0
        self._identifiers: set[str] = set()
        self._gone_texts: set[str] = set()
        self._other_texts: set[str] = set()

    @property
    def changed(self) -> bool:
        return bool(self._removed or self._blanked)

    def judge(self, row: Mapping[str, Any]) -> frozenset[str] | None:
        """None for a row that goes; else the columns to be emptied."""
        blank = set()
        goes = False
        for name, identifier in self._identified(row):
            kept_by = self._persons.kept_by.get(self._persons.columns[name])
            self._identifiers.add(identifier)
            if kept_by is not None and kept_by != name and row.get(kept_by):
                blank.add(name)
            else:
                goes = True
        (self._gone_texts if goes else self._other_texts).update(self._long_texts(row))
        self._removed += goes
        self._blanked += bool(blank) and not goes
        return None if goes else frozenset(blank)

    def rewritten(self, content: bytes) -> Rewritten:
        texts = self._gone_texts - self._other_texts - self._identifiers
        return Rewritten(content, self._removed, self._blanked, self._identifiers, texts)

    def _identified(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, kind in self._persons.columns.items():
            value = row.get(name)
            if value is not None and str(value).strip() and self._persons.is_gone(kind, str(value)):
                yield name, str(value).strip()

    def _long_texts(self, row: Mapping[str, Any]) -> Iterator[str]:
        for name, value in row.items():
            text = value.strip() if isinstance(value, str) and name not in self._persons.codes else ""
            if len(text) >= _LEAST_TEXT and any(letter.isalpha() for letter in text):
                yield text
