"""The walk from rows of a table to the landed lines they rest on, table by table. Reads the lake; prints nothing."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources import lake_upkeep
from resources.errors import TraceError
from resources.lake_upkeep import Write
from socialai_assets.tracing.row_links import NONE, DeclaredLinks, Table, rules

if TYPE_CHECKING:
    import duckdb

    from resources.lake import Lake

BASELINE = "baseline"
LEARNED = ("model", "training")
_NOT_KEPT = ("GEOMETRY", "BLOB")


@dataclass(frozen=True)
class Graph:
    """The tables each table is made from, and the layer of each; plain data, whatever made it."""

    parents: Mapping[str, Sequence[str]]
    layers: Mapping[str, str]
    keys: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True)
class FileLines:
    """Lines of one landed file: how many, the first of them, and whether the file is synthetic."""

    file: str
    count: int
    lines: tuple[int, ...]
    is_synthetic: bool


@dataclass
class Step:
    """What was found in one table.

    Attributes:
        rows: rows the traced row rests on; None where only the table as a whole can be named.
        total: rows the table has.
        shown: the first of the rows, by their key columns.
        files: landed lines, in a raw table.
        written: the lake's snapshot that wrote the table.
        model: what the registry knows of the version, in a model's table.
    """

    table: str
    layer: str
    rows: int | None
    total: int
    shown: list[dict[str, object]] = field(default_factory=list)
    files: list[FileLines] = field(default_factory=list)
    written: Write | None = None
    model: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Link:
    """From a table to one it is made from: the condition its rows were found by; None for the whole table."""

    table: str
    origin: str
    condition: str | None
    rows: int | None


@dataclass
class Trace:
    """A walk: the traced table and key, its steps by table in the order walked, the links.

    Attributes:
        deeper: tables that the depth leaves out.
        decisions: what the domain's decision log says of the newest plan the row is in.
    """

    table: str
    key: Mapping[str, str]
    steps: dict[str, Step]
    links: list[Link]
    deeper: int = 0
    decisions: list[dict[str, object]] = field(default_factory=list)


def walk(
    lake: Lake,
    graph: Graph,
    declared: DeclaredLinks,
    table: str,
    key: Sequence[str],
    *,
    depth: int | None = None,
    shown: int = 5,
) -> Trace:
    """Walk from a row to the landed lines it rests on.

    Args:
        lake: read only will do.
        graph: what each table is made from.
        declared: conditions that same-named keys do not give.
        table: `schema.table`.
        key: values of the table's key in its order, or `column=value` pairs.
        depth: most tables away from the traced one; None for all the way.
        shown: rows and lines kept of each table.

    Raises:
        TraceError: no such table, key column or row; names the nearest.
    """
    if table not in graph.parents or not lake.exists(table):
        made = [name for name in lake.tables() if name in graph.parents]
        raise TraceError(f"There is no table `{table}` to trace", do=_nearest(table, made, "`socialai tables`"))
    with contextlib.closing(lake.cursor()) as cursor:
        walker = _Walker(lake, cursor, graph, declared, shown)
        wanted = _key_values(walker.described(table), key)
        walker.start(table, wanted)
        order, left_out = _downstream_first(graph, table, depth)
        for name in order[1:]:
            walker.enter(name)
    return Trace(table, wanted, walker.steps, walker.links, left_out)


class _Walker:
    def __init__(
        self, lake: Lake, cursor: duckdb.DuckDBPyConnection, graph: Graph, declared: DeclaredLinks, shown: int
    ) -> None:
        self._lake, self._cursor, self._graph, self._declared, self._shown = lake, cursor, graph, declared, shown
        self._kept: dict[str, str] = {}
        self._numbers = 0
        self._tables: dict[str, Table] = {}
        self._written = lake_upkeep.last_writes(lake)
        self.steps: dict[str, Step] = {}
        self.links: list[Link] = []

    def described(self, name: str) -> Table:
        if name not in self._tables:
            layer = self._graph.layers.get(name, "")
            self._tables[name] = Table(name, self._lake.columns(name), self._graph.keys.get(name, ()), layer)
        return self._tables[name]

    def start(self, name: str, wanted: Mapping[str, str]) -> None:
        """Keep the rows of the key.

        Raises:
            TraceError: there is none.
        """
        test = " AND ".join(f'parent."{column}"::VARCHAR = ?' for column in wanted)
        found = self._keep(name, [test], list(wanted.values()))
        if not found:
            raise TraceError(
                f"`{name}` has no row with {', '.join(f'{c}={v}' for c, v in wanted.items())}",
                do=self._nearest_key(name, wanted),
            )
        self._step(name, found)

    def enter(self, name: str) -> None:
        """Find the rows of a table that the tables made from it, walked before, rest on."""
        if not self._lake.exists(name):
            return
        parent = self.described(name)
        children = [child for child in self.steps if name in self._graph.parents[child]]
        conditions: list[str] = []
        found: list[Link] = []
        for child in children:
            if self.steps[child].rows == 0:
                continue
            link, condition = self._link(self.described(child), parent)
            if link is None:
                continue
            found.append(link)
            if condition is not None:
                conditions.append(condition)
        if not found:
            return
        self.links += found
        rows = self._keep(name, conditions) if conditions else None
        if not rows and any(link.condition is None for link in found):
            # No row of it by key, and yet some table was made from all of it.
            self._kept.pop(name, None)
            rows = None
        self._step(name, rows)

    def _link(self, child: Table, parent: Table) -> tuple[Link | None, str | None]:
        declared = self._declared.between(child.name, parent.name)
        if declared == NONE:
            return None, None
        kept = self._kept.get(child.name)
        # What is learned is learned from every row.
        learned = declared is None and child.layer in LEARNED
        if kept is not None and not learned:
            link: Link | None = None
            condition = None
            for rule in rules(child, parent, declared):
                condition = f"EXISTS (SELECT 1 FROM {kept} AS child WHERE {rule.condition})"
                rows = self._count(f"{_lake_name(parent.name)} AS parent WHERE {condition}")
                link = Link(child.name, parent.name, rule.condition, rows)
                if rows or rule.is_final:
                    break
            if link is not None:
                return link, condition
        return Link(child.name, parent.name, None, None), None

    def _keep(self, name: str, conditions: Sequence[str], values: Sequence[str] = ()) -> int:
        self._numbers += 1
        kept = f"traced_{self._numbers}"
        columns = [c for c, kind in self.described(name).columns.items() if not kind.startswith(_NOT_KEPT)]
        select = ", ".join(f'parent."{column}"' for column in columns)
        where = " OR ".join(f"({condition})" for condition in conditions)
        self._cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {kept} AS SELECT {select} FROM {_lake_name(name)} AS parent WHERE {where}",
            list(values) or None,
        )
        self._kept[name] = kept
        return self._count(kept)

    def _step(self, name: str, rows: int | None) -> None:
        layer = self._graph.layers.get(name, "")
        total = self._count(_lake_name(name))
        rows = rows if total else 0
        step = Step(name, layer, rows, total, written=self._written.get(name))
        place = _lake_name(name) if rows is None or name not in self._kept else self._kept[name]
        columns = self.described(name).columns
        if layer == "raw" and "file_line" in columns:
            step.files = self._files(place)
        elif rows or layer == "model":
            keys = self.described(name).keys
            chosen = list(keys[0]) if keys else [c for c in columns if c.endswith("_id")] or list(columns)[:3]
            if layer == "model":
                chosen = [c for c, kind in columns.items() if not kind.startswith(_NOT_KEPT)]
            step.shown = self._rows(place, chosen)
        self.steps[name] = step

    def _files(self, place: str) -> list[FileLines]:
        found = self._cursor.execute(
            f"SELECT file_name, count(*), list(file_line ORDER BY file_line)[:{self._shown}], bool_or(is_synthetic) "
            f"FROM {place} GROUP BY file_name ORDER BY file_name"
        ).fetchall()
        return [FileLines(file, count, tuple(lines), synthetic) for file, count, lines, synthetic in found]

    def _rows(self, place: str, columns: Sequence[str]) -> list[dict[str, object]]:
        names = ", ".join(f'"{column}"' for column in columns)
        result = self._cursor.execute(f"SELECT {names} FROM {place} ORDER BY ALL LIMIT {self._shown}")
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def _count(self, place: str) -> int:
        row = self._cursor.execute(f"SELECT count(*) FROM {place}").fetchone()
        assert row is not None
        return row[0]

    def _nearest_key(self, name: str, wanted: Mapping[str, str]) -> str:
        """What there is instead: of the first column whose value no row has, the nearest values."""
        for column, value in wanted.items():
            query = f'SELECT DISTINCT "{column}"::VARCHAR FROM {_lake_name(name)} ORDER BY 1'
            values = [text for (text,) in self._cursor.execute(query).fetchall() if text is not None]
            if value not in values:
                return _nearest(value, values, f"`socialai sql`; column `{column}` has {len(values)} values")
        return "Each value occurs, but no row has them all."


def _key_values(table: Table, key: Sequence[str]) -> dict[str, str]:
    if key and all("=" in part for part in key):
        wanted = dict(part.split("=", 1) for part in key)
        for column in wanted:
            if column not in table.columns:
                raise TraceError(
                    f"`{table.name}` has no column `{column}`", do=_nearest(column, list(table.columns), "its contract")
                )
        return wanted
    columns = table.keys[0] if table.keys else ()
    if columns[:1] == ("scenario",) and len(key) == len(columns) - 1:
        key = [BASELINE, *key]
    if not columns or len(key) != len(columns):
        asked = f"its key is {', '.join(columns)}" if columns else "it has no key"
        raise TraceError(
            f"{len(key)} values do not name a row of `{table.name}`: {asked}",
            do="Give the key's values in this order, or any columns as `column=value`.",
        )
    return dict(zip(columns, key, strict=True))


def _downstream_first(graph: Graph, table: str, depth: int | None) -> tuple[list[str], int]:
    """The table and all it is made from, each after every table made from it; and how many the depth leaves out."""
    distance = {table: 0}
    queue = [table]
    for name in queue:
        for parent in graph.parents.get(name, ()):
            if parent in graph.parents and parent not in distance:
                distance[parent] = distance[name] + 1
                queue.append(parent)
    order: list[str] = []
    waiting = dict.fromkeys(distance, 0)
    for name in distance:
        for parent in graph.parents[name]:
            if parent in distance:
                waiting[parent] += 1
    ready = [table]
    while ready:
        name = ready.pop(0)
        order.append(name)
        for parent in graph.parents[name]:
            if parent in distance:
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    ready.append(parent)
    near = [name for name in order if depth is None or distance[name] <= depth]
    return near, len(order) - len(near)


def _lake_name(table: str) -> str:
    schema, name = table.split(".")
    return f'lake."{schema}"."{name}"'


def _nearest(text: str, known: Iterable[str], where: str) -> str:
    known = list(known)
    # A name without its schema is the commonest mistake.
    ending = [name for name in known if name.split(".")[-1] == text]
    close = ending or difflib.get_close_matches(text, known, n=3, cutoff=0.5) or known[:3]
    return f"Nearest: {', '.join(close)}. See {where}." if close else f"See {where}."
