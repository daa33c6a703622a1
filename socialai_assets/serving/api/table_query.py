"""What a program asks of a table: columns, filters, order, page, read from parameters into SQL. Runs no query.

Names are looked up among the table's own columns and values are the query's parameters, so that nothing a program sends
is ever part of the SQL's text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from socialai_assets.serving.problems import BadRequest

Format = Literal["json", "csv", "geojson", "arrow"]
OPERATORS = {">=": ">=", "<=": "<=", "!=": "IS DISTINCT FROM", "=": "=", ">": ">", "<": "<", "~": "contains"}
MISSING = "null"
# No column of a contract is named so.
TOTAL = "rows in all"
_FILTER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(>=|<=|!=|=|>|<|~)(.*)", re.DOTALL)
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


@dataclass(frozen=True)
class Asked:
    """What of a table is asked for.

    Attributes:
        columns: those wanted; none named means all.
        filters: `column operator value` each, all of which must hold.
        sort: columns, each falling where it begins with `-`.
        limit: most rows.
        offset: rows passed over.
    """

    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True)
class Query:
    """SQL over a relation `rows`, and its parameters.

    Attributes:
        page: the rows asked for, with how many there are in all as the last column, `TOTAL`.
        count: how many there are in all, for a page beyond the last row.
        values: parameters of both.
    """

    page: str
    count: str
    values: Mapping[str, Any]


def query_of(asked: Asked, types: Mapping[str, str], keys: Sequence[str], form: Format) -> Query:
    """The query of what is asked.

    Args:
        asked: what is asked.
        types: DuckDB's type of each column that may be seen, in order.
        keys: columns that name a row, for an order that stays the same from page to page.
        form: the answer's format; it says how shapes, bytes and lists are told.

    Raises:
        BadRequest: an unknown column or operator, or a value of another type than its column.
    """
    wanted = asked.columns or tuple(types)
    _require_known([*wanted, *(name.removeprefix("-") for name in asked.sort)], types)
    conditions, values = [], {}
    for number, text in enumerate(asked.filters):
        condition, value = _condition(text, types, f"value{number}")
        conditions.append(condition)
        if value is not None:
            values[f"value{number}"] = value
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sortable = [name for name, kind in types.items() if _comparable(kind)]
    named = {name.removeprefix("-") for name in asked.sort}
    order = [f'"{name[1:]}" DESC NULLS LAST' if name[0] == "-" else f'"{name}" NULLS LAST' for name in asked.sort]
    ties = [name for name in keys if name in sortable] or sortable
    order += [f'"{name}"' for name in ties if name not in named]
    select = ", ".join(_told(name, types[name], form) for name in wanted)
    ordered = f" ORDER BY {', '.join(order)}" if order else ""
    return Query(
        f'SELECT {select}, count(*) OVER () AS "{TOTAL}" FROM rows{where}{ordered} '
        f"LIMIT {int(asked.limit)} OFFSET {int(asked.offset)}",
        f'SELECT count(*) AS "{TOTAL}" FROM rows{where}',
        values,
    )


def _require_known(names: Sequence[str], types: Mapping[str, str]) -> None:
    unknown = [name for name in names if name not in types]
    if unknown:
        raise BadRequest(
            f"The table has no column {', '.join(f'`{name}`' for name in dict.fromkeys(unknown))} that you may see",
            errors=[{"column": name, "message": "unknown"} for name in dict.fromkeys(unknown)],
            do=f"Its columns are {', '.join(types)}.",
        )


def _condition(text: str, types: Mapping[str, str], parameter: str) -> tuple[str, Any]:
    found = _FILTER.fullmatch(text)
    if found is None:
        raise BadRequest(
            f"Filter `{text}` is not understood",
            do=f"Write it as column, one of {' '.join(OPERATORS)}, and value: estimate>=40, name~lima, area_id=null.",
        )
    name, operator, written = found[1], found[2], found[3].strip()
    _require_known([name], types)
    kind = types[name]
    if written == MISSING and operator in ("=", "!="):
        return f'"{name}" IS {"NOT " if operator == "!=" else ""}NULL', None
    if not _comparable(kind) or (operator == "~" and kind != "VARCHAR"):
        raise BadRequest(
            f"Column `{name}` ({kind}) cannot be filtered with `{operator}`",
            errors=[{"column": name, "message": f"{kind} has no `{operator}`"}],
            do="Filter another column; `~` looks for a part of a text, and `=null` finds what is missing.",
        )
    value = _value(name, kind, written)
    if operator == "~":
        return f'contains(lower("{name}"), lower(${parameter}))', value
    return f'"{name}" {OPERATORS[operator]} ${parameter}', value


def _value(name: str, kind: str, written: str) -> Any:
    for begins, (read, example) in _READERS.items():
        if kind.startswith(begins):
            try:
                return read(written)
            except ValueError as error:
                raise BadRequest(
                    f"`{written}` is no value of column `{name}` ({kind})",
                    errors=[{"column": name, "message": f"`{written}` is no {kind}"}],
                    do=f"Write it as {example}.",
                ) from error
    return written


def _boolean(written: str) -> bool:
    if written.lower() not in ("true", "false"):
        raise ValueError(written)
    return written.lower() == "true"


def _whole(written: str) -> int:
    number = int(written)
    if not -(2**63) <= number < 2**63:
        raise ValueError(written)
    return number


def _moment(written: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(written)
    return moment if moment.tzinfo is None else moment.astimezone(datetime.UTC).replace(tzinfo=None)


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    **dict.fromkeys(_WHOLE, (_whole, "40")),
    "DOUBLE": (float, "40.5"),
    "FLOAT": (float, "40.5"),
    "DECIMAL": (float, "40.5"),
    "BOOLEAN": (_boolean, "true or false"),
    "DATE": (datetime.date.fromisoformat, "2026-01-26"),
    "TIMESTAMP": (_moment, "2026-01-26T14:00:00"),
}


def _comparable(kind: str) -> bool:
    return not (kind.startswith(("GEOMETRY", "BLOB", "STRUCT", "MAP", "WKB")) or kind.endswith("[]"))


def _told(name: str, kind: str, form: Format) -> str:
    """A column as a format holds it."""
    column = f'"{name}"'
    if kind.startswith("GEOMETRY"):
        written = {"arrow": "ST_AsWKB", "geojson": "ST_AsGeoJSON"}.get(form, "ST_AsText")
        return f"{written}({column}) AS {column}"
    if form == "arrow" or _comparable(kind):
        return column
    if kind.startswith(("BLOB", "WKB")):
        return f"lower(hex({column})) AS {column}"
    return f"to_json({column})::VARCHAR AS {column}" if form == "csv" else column
