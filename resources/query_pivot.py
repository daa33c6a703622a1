"""Values for a PIVOT that leaves them to the data (`PIVOT t ON x`), so that it becomes one checkable query.

DuckDB turns such a statement into several, the first of which creates a type; the gate admits no such thing. Here
each `ON x` gets a marker, `ON x IN ('marker')`, and the markers are then replaced by the values a query finds.
Nothing here is trusted: every text made here goes through the gate before it runs.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from resources.errors import QueryRefused
from resources.query_gate import quoted, serialize

if TYPE_CHECKING:
    import duckdb

WRITE_VALUES = "Write the values: PIVOT schema.table ON column IN ('a', 'b') USING …"

_ENDS_ON = {"using", "group", "order", "limit", "offset", "union", "except", "intersect", ";"}


def mark(text: str) -> tuple[str, list[str]]:
    """The statement with a marker as the only value of every PIVOT column that has none, and the markers."""
    tokens = _tokens(text)
    source = text.encode()
    inserts = sorted(position for start in _pivots(tokens) for position in _columns_without_values(tokens, start))
    pieces, markers, last = [], [], 0
    for position in inserts:
        markers.append(f"pivot_{secrets.token_hex(16)}")
        pieces += [source[last:position].decode(), f"\nIN ({quoted(markers[-1])})\n"]
        last = position
    return "".join([*pieces, source[last:].decode()]), markers


def values_query(connection: duckdb.DuckDBPyConnection, tree: dict[str, Any], marker: str) -> str:
    """The query for the values of the PIVOT column that carries a marker, in the order DuckDB would give them.

    Raises:
        QueryRefused: the marker is not where a PIVOT's values are.
    """
    for pivot, column, ctes in _marked(tree, []):
        if column["entries"][0]["values"][0].get("value") != marker:
            continue
        if len(column["pivot_expressions"]) != 1:
            break
        skeleton = serialize(
            connection, "SELECT DISTINCT CAST(c AS VARCHAR) AS value FROM t WHERE c IS NOT NULL ORDER BY value"
        )
        node = skeleton[0]["node"]
        expression = column["pivot_expressions"][0]
        node["select_list"][0]["child"] = copy.deepcopy(expression)
        node["where_clause"]["children"] = [copy.deepcopy(expression)]
        node["from_table"] = copy.deepcopy(pivot["source"])
        node["cte_map"] = {"map": copy.deepcopy(ctes)}
        document = json.dumps({"error": False, "statements": skeleton})
        row = connection.execute(f"SELECT json_deserialize_sql({quoted(document)}::JSON)").fetchone()
        if row is not None:
            return row[0]
    raise QueryRefused("This PIVOT is not understood without its values", do=WRITE_VALUES)


def fill(text: str, values: dict[str, list[str]]) -> str:
    """A marked statement with the values in place of the markers.

    Raises:
        QueryRefused: a column has no values at all.
    """
    for marker, found in values.items():
        if not found:
            raise QueryRefused("The PIVOT's column holds no values", do=WRITE_VALUES)
        text = text.replace(quoted(marker), ", ".join(quoted(value) for value in found))
    return text


def _marked(value: Any, ctes: list[Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[Any]]]:
    """PIVOT nodes with each of their one-valued columns and the CTEs in scope."""
    if isinstance(value, list):
        for item in value:
            yield from _marked(item, ctes)
    elif isinstance(value, dict):
        if "cte_map" in value:
            for entry in value["cte_map"]["map"]:
                yield from _marked(entry["value"], ctes)
                ctes = [*ctes, entry]
        if value.get("type") == "PIVOT":
            for column in value["pivots"]:
                if len(column["entries"]) == 1 and column["entries"][0]["values"]:
                    yield value, column, ctes
        for key, item in value.items():
            if key != "cte_map":
                yield from _marked(item, ctes)


def _tokens(text: str) -> list[tuple[int, str, int]]:
    """Byte offset, keyword or operator in lower case ('' for anything else), and depth in parentheses."""
    import duckdb

    source = text.encode()
    found = duckdb.tokenize(text)
    ends = [*(offset for offset, _ in found[1:]), len(source)]
    tokens, depth = [], 0
    # Text without any token, such as a comment, has one end too many.
    for (offset, kind), end in zip(found, ends, strict=False):
        word = ""
        if kind in (duckdb.token_type.keyword, duckdb.token_type.operator):
            match = re.match(r"\w+|.", source[offset:end].decode(), re.DOTALL)
            word = match[0].lower() if match else ""
        depth -= word == ")"
        tokens.append((offset, word, depth))
        depth += word == "("
    return [*tokens, (len(source), ";", 0)]


def _pivots(tokens: list[tuple[int, str, int]]) -> list[int]:
    return [index for index, (_, word, _) in enumerate(tokens) if word in ("pivot", "pivot_wider")]


def _columns_without_values(tokens: list[tuple[int, str, int]], start: int) -> Iterator[int]:
    """Byte offsets behind the columns of the PIVOT at `start` for which no IN gives the values."""
    depth = tokens[start][2]
    in_list = has_values = False
    for offset, word, at in tokens[start + 1 :]:
        ends = at < depth or (at == depth and word in _ENDS_ON)
        if in_list and (ends or (at == depth and word == ",")):
            if not has_values:
                yield offset
            has_values = False
        if ends:
            return
        if at == depth and word == "on":
            in_list = True
        elif at == depth and word == "in":
            has_values = True
