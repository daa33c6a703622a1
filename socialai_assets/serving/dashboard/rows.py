"""Rows of the lake as templates and charts take them: asked of the gate, ordered, cut into parts. Knows no page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.gate import Gate, NotMadeYet

Row = dict[str, Any]
PART = 50


Anything = TypeVar("Anything")


@dataclass(frozen=True)
class Part(Generic[Anything]):
    """A part of a long table.

    Attributes:
        rows: of the part.
        page: its number, from 1.
        pages: how many parts there are.
        total: rows of all parts.
    """

    rows: list[Anything]
    page: int
    pages: int
    total: int


def rows_of(
    gate: Gate, asker: Asker, sql: str, tables: Mapping[str, str], values: Mapping[str, object] | None = None
) -> list[Row]:
    """The rows of a query; what is not a number is missing, as charts need it.

    Raises:
        AccessRefused: one of the tables is not granted.
        NotMadeYet: one of the tables has not been made.
        TooSlow: it took longer than the service's limit.
    """
    found = gate.query(asker, sql, tables, values).to_pylist()
    return [{name: _said(value) for name, value in row.items()} for row in found]


def rows_if_made(
    gate: Gate, asker: Asker, sql: str, tables: Mapping[str, str], values: Mapping[str, object] | None = None
) -> list[Row]:
    """The same for a part of a page that can do without: none where a table has not been made or is not granted."""
    if not all(gate.may(asker, table) for table in tables.values()):
        return []
    try:
        return rows_of(gate, asker, sql, tables, values)
    except NotMadeYet:
        return []


def ordered(rows: Sequence[Row], by: str, descending: bool, allowed: Sequence[str]) -> list[Row]:
    """Rows by a column, missing values last; as they are where the column is not among those allowed."""
    if by not in allowed:
        return list(rows)
    known = sorted((row for row in rows if row[by] is not None), key=lambda row: row[by], reverse=descending)
    return [*known, *(row for row in rows if row[by] is None)]


def part_of(rows: Sequence[Anything], page: int, size: int = PART) -> Part[Anything]:
    """One part of a table, the last where there are not that many."""
    pages = max(1, -(-len(rows) // size))
    page = min(max(1, page), pages)
    return Part(list(rows[(page - 1) * size : page * size]), page, pages, len(rows))


def _said(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
