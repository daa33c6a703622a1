"""A trace as a tree of text and as JSON. Walks nothing and draws nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from socialai_assets.tracing.row_links import SAME
from socialai_assets.tracing.walk import FileLines, Link, Step, Trace

FILES_TOLD = 5


def as_json(trace: Trace) -> dict[str, Any]:
    """The trace as plain data: `table`, `key`, `steps` by table, `links`, `decisions`, `deeper`."""
    return {
        "table": trace.table,
        "key": dict(trace.key),
        "steps": [
            {
                "table": step.table,
                "layer": step.layer,
                "rows": step.rows,
                "total": step.total,
                "shown": [{name: _plain(value) for name, value in row.items()} for row in step.shown],
                "files": [
                    {"file": f.file, "lines": f.count, "first_lines": list(f.lines), "is_synthetic": f.is_synthetic}
                    for f in step.files
                ],
                **_write(step),
                **({"model": dict(step.model)} if step.model else {}),
            }
            for step in trace.steps.values()
        ],
        "links": [
            {"table": link.table, "from": link.origin, "by": link.condition, "rows": link.rows} for link in trace.links
        ],
        "decisions": [{name: _plain(value) for name, value in row.items()} for row in trace.decisions],
        "deeper": trace.deeper,
    }


def as_text(trace: Trace) -> Iterator[str]:
    """Lines of a tree: each table once, under the first that rests on it, with its rows and how they were found."""
    first: dict[str, Link] = {}
    for link in sorted(trace.links, key=lambda link: not link.rows):
        first.setdefault(link.origin, link)
    yield from _branch(trace, trace.table, None, first, "", "")
    for decision in trace.decisions:
        yield ""
        yield f"Decision {', '.join(f'{key}={value}' for key, value in decision.items())}"
    empty = sum(1 for step in trace.steps.values() if step.rows == 0)
    whole = sum(1 for step in trace.steps.values() if step.rows is None)
    by_row = len(trace.steps) - empty - whole
    yield ""
    yield (
        f"{len(trace.steps)} tables: {by_row} followed row by row, {whole} named as a whole (their rows share no key "
        f"with this one), {empty} without a row for it."
    )
    if trace.deeper:
        yield f"{trace.deeper} more tables lie deeper than --depth."


def _branch(
    trace: Trace, name: str, condition: str | None, first: Mapping[str, Link], lead: str, below: str
) -> Iterator[str]:
    step = trace.steps[name]
    yield f"{lead}{name}  {_extent(step)}{_made(step)}"
    if condition:
        told = condition.replace(SAME, " = ").replace("parent.", "").replace("child.", f"{first[name].table}.")
        yield f"{below}    by {told}"
    for row in step.shown if step.model is None else ():
        yield f"{below}    {', '.join(f'{column}={_plain(value)}' for column, value in row.items())}"
    if step.rows and len(step.shown) < step.rows and not step.files:
        yield f"{below}    … and {step.rows - len(step.shown):,} more rows"
    if step.model:
        yield f"{below}    model {', '.join(f'{key}={value}' for key, value in step.model.items())}"
    for file in step.files[:FILES_TOLD]:
        yield f"{below}    {_lines(file)}"
    if len(step.files) > FILES_TOLD:
        yield f"{below}    … and {len(step.files) - FILES_TOLD:,} more files"
    links = [link for link in trace.links if link.table == name]
    own = [link for link in links if first[link.origin] is link and trace.steps[link.origin].rows != 0]
    again = [link for link in links if first[link.origin] is not link and link.rows != 0]
    if again:
        told = [f"{link.origin} ({'whole' if link.rows is None else f'{link.rows:,} rows'})" for link in again]
        yield f"{below}    also rests on {', '.join(told)}, told elsewhere here"
    for number, link in enumerate(own):
        last = number == len(own) - 1
        yield from _branch(
            trace,
            link.origin,
            link.condition,
            first,
            f"{below}{'└─ ' if last else '├─ '}",
            f"{below}{'   ' if last else '│  '}",
        )


def _extent(step: Step) -> str:
    if step.rows is None:
        return f"the whole table, {step.total:,} rows"
    return f"{step.rows:,} of {step.total:,} rows"


def _made(step: Step) -> str:
    return f"  (snapshot {step.written.number}, {step.written.time:%Y-%m-%d %H:%M} UTC)" if step.written else ""


def _write(step: Step) -> dict[str, object]:
    if step.written is None:
        return {}
    return {"snapshot": step.written.number, "written": step.written.time.isoformat(), "author": step.written.author}


def _lines(file: FileLines) -> str:
    lines = ", ".join(str(line) for line in file.lines)
    more = f" … {file.count - len(file.lines):,} more" if file.count > len(file.lines) else ""
    return (
        f"{file.file}: line{'s' if file.count > 1 else ''} {lines}{more}{' (synthetic)' if file.is_synthetic else ''}"
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
