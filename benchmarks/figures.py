"""What a benchmark found, as Markdown tables and JSON lines. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEADERS = ("figure", "value", "unit", "aim", "note")


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Args:
        section: heading it is printed under.
        name: what was measured.
        value: the number, in `unit`.
        unit: `s`, `MB` (1,000,000 bytes), `%` or a counted noun.
        aim: the largest value aimed at, or None where there is no aim.
        note: how it was measured, a few words for the table.
        context: what it was measured on, for the JSON line.
    """

    section: str
    name: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


def markdown_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks inside cells are made harmless."""
    lines = [_row(headers), _row(["---"] * len(headers)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def report(figures: Sequence[Figure]) -> str:
    """One Markdown table a section, sections and figures in the order they were measured."""
    parts = []
    for section in dict.fromkeys(figure.section for figure in figures):
        rows = [_cells(figure) for figure in figures if figure.section == section]
        parts.append(f"### {section}\n\n{markdown_table(HEADERS, rows)}\n")
    return "\n".join(parts)


def append_json_lines(file: Path, figures: Iterable[Figure], context: Mapping[str, Any], at: datetime) -> None:
    """Append one line a figure: `name` (with its section), `value`, `unit`, `context`, `at` (UTC, ISO 8601).

    Args:
        file: the JSON Lines file; its folder is made.
        figures: what was measured.
        context: what holds for all of them, such as the machine; a figure's own context wins.
        at: when, with a time zone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    moment = at.astimezone(UTC).isoformat(timespec="seconds")
    lines = [
        json.dumps(
            {
                "name": f"{figure.section}: {figure.name}",
                "value": figure.value,
                "unit": figure.unit,
                "context": {**context, **figure.context, **({"note": figure.note} if figure.note else {})},
                "at": moment,
            },
            ensure_ascii=False,
        )
        for figure in figures
    ]
    with file.open("a", encoding="utf-8") as stream:
        stream.write("".join(f"{line}\n" for line in lines))


def _cells(figure: Figure) -> list[str]:
    aim = "" if figure.aim is None else f"{figure.aim:g} or less"
    return [figure.name, _number(figure), figure.unit, aim, figure.note]


def _number(figure: Figure) -> str:
    if figure.value == round(figure.value) and figure.unit != "s":
        return f"{figure.value:,.0f}"
    decimals = 3 if abs(figure.value) < 1 else 2 if abs(figure.value) < 10 else 1
    return f"{figure.value:,.{decimals}f}"


def _row(cells: Sequence[str]) -> str:
    harmless = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(harmless)} |"
