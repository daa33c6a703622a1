"""Reads JSON records as text: an array of objects, an array inside an envelope, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.readers.batch import DAMAGED, RowBatch, Unreadable, batch, folded, is_damaged
from socialai_assets.ingest.readers.csv_text import decode

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Options

LINES = {".jsonl", ".ndjson"}


class _Twice(ValueError):
    """An object that gives one name twice."""


def read(path: Path, options: Options) -> RowBatch:
    """Read JSON records; a row's line is its record number, or its line in JSON lines.

    Numbers stay as they are written. An object inside a record becomes columns `outer.inner`, an array its JSON text.
    A record that is no object, or that gives a name twice, is unreadable and stops nothing. GeoJSON under the name
    `.json` is read as a map.

    Raises:
        LandingError: the file is cut off or no JSON, or the array of records is not where the option `records` says.
    """
    text, encoding = decode(path.read_bytes(), options.encoding)
    notes = [f"encoding {encoding}"]
    if path.suffix.lower() in LINES:
        return _batch(path, _lines(text), [*notes, "JSON lines"])
    try:
        content = _parse(text)
    except _Twice as error:
        raise LandingError(f"An object {error}", where=str(path), do="Name each value once.") from error
    except RecursionError as error:
        raise LandingError("The JSON is nested too deeply", where=str(path), do="Export flat records.") from error
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data" and options.records is None:
            return _batch(path, _lines(text), [*notes, "JSON lines"])
        raise LandingError(
            f"The file is damaged or cut off: {error}", where=str(path), do="Download or export it again."
        ) from error
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        from socialai_assets.ingest.readers import vector

        return vector.read(path, options)
    records = _array(content, options.records, path)
    return _batch(path, ((number, record, None) for number, record in enumerate(records, start=1)), notes)


def _parse(text: str) -> Any:
    """JSON with numbers as their text; a name given twice in one object is an error instead of a loss."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(f"gives the names {sorted({name for name in names if names.count(name) > 1})} twice")
    return found


def _lines(text: str) -> Iterator[tuple[int, Any, str | None]]:
    """Each line's number, its record, and why it has none."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, _parse(line), None
        except (ValueError, RecursionError) as error:
            yield number, line, f"row: is no JSON object ({error})"


def _array(content: Any, place: str | None, path: Path) -> list[Any]:
    """The array of records: the document itself, what `records` names, or an envelope's only array."""
    found = content
    for key in place.split(".") if place else ():
        found = found.get(key) if isinstance(found, dict) else None
    if place is None and isinstance(content, dict):
        arrays = [value for value in content.values() if isinstance(value, list)]
        found = arrays[0] if len(arrays) == 1 else None
    if isinstance(found, list):
        return found
    keys = f"its keys are {sorted(content)}" if isinstance(content, dict) else "it is no object and no array"
    raise LandingError(
        f"The JSON holds no array of records{f' at `{place}`' if place else ''}; {keys}",
        where=str(path),
        do="Say in the option `records` where the array is, such as `data` or `result.records`.",
    )


def _batch(path: Path, records: Iterator[tuple[int, Any, str | None]], notes: list[str]) -> RowBatch:
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    unreadable: list[Unreadable] = []
    for number, record, reason in records:
        if reason is None and not isinstance(record, dict):
            reason = "row: is no JSON object"
        row: dict[str, str | None] = {}
        if reason is None:
            try:
                _flatten(record, "", row)
            except (_Twice, RecursionError) as error:
                reason = f"row: {error}"
        if any(is_damaged(name) or (cell is not None and is_damaged(cell)) for name, cell in row.items()):
            reason, record = DAMAGED, json.dumps(record)
        if reason is None:
            rows.append(row)
            numbers.append(number)
        else:
            unreadable.append(
                Unreadable(
                    number, reason, record if isinstance(record, str) and not is_damaged(record) else _dump(record)
                )
            )
    if not rows and not unreadable:
        notes = [*notes, "no record"]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: folded(pd.Series([row.get(name) for row in rows], dtype=object)) for name in names}
    return batch(path, columns, np.asarray(numbers, dtype=np.int64), unreadable, notes)


def _flatten(record: dict[str, Any], prefix: str, row: dict[str, str | None]) -> None:
    for key, value in record.items():
        name = f"{prefix}{' '.join(key.split()) or 'nameless'}"
        if isinstance(value, dict) and value:
            _flatten(value, f"{name}.", row)
            continue
        if name in row:
            raise _Twice(f"two of its values would be the column {name}")
        row[name] = _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _dump(value)


def _dump(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if is_damaged(text) else text
