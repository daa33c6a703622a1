"""The first gate before an analyst's SQL: what a statement's parse tree may hold. It runs no query and opens no file.

DuckDB's own parser gives the tree (`json_serialize_sql`, which knows nothing but SELECT). Whatever kind of node,
table function or schema is not on a list here is refused, so that a new kind of statement is refused until
somebody has thought about it. Scalar functions are too many for that: those that look outside the query are listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resources.errors import QueryRefused

if TYPE_CHECKING:
    import duckdb

Ctes = frozenset[bytes]

QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"}
TABLE_NODES = {
    "BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY", "TABLE_FUNCTION",
}  # fmt: skip
PARTS = {
    "ASCENDING", "DESCENDING", "DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_DEFAULT",
    "ORDER_MODIFIER",
}  # fmt: skip
EXPRESSIONS = {
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT", "FUNCTION",
    "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "WINDOW",
}  # fmt: skip
PURE_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
LAKE_TABLE_FUNCTIONS = {"snapshots", "table_changes", "ducklake_snapshots", "ducklake_table_changes"}
CATALOGUE_VIEWS = {"tables", "columns", "schemata"}
# Functions that read settings, variables, other statements or files, change state, or only waste time.
DENIED_FUNCTIONS = {
    "current_connection_id", "current_query", "current_query_id", "current_setting", "current_transaction_id",
    "currval", "getenv", "getvariable", "json_execute_serialized_sql", "json_serialize_plan", "nextval",
    "parse_duckdb_log_message", "query", "query_table", "set_config", "setseed", "sleep_ms", "stats",
    "txid_current", "write_log",
}  # fmt: skip
DENIED_PREFIXES = (
    "__internal_", "duckdb_", "ducklake_", "glob", "has_", "inet_", "pg_", "postgres_", "pragma_", "read_", "scan_",
    "sqlite_", "write_",
)  # fmt: skip
ALLOWED = (
    "Write one query: SELECT, FROM, WITH, VALUES, PIVOT, UNPIVOT, DESCRIBE, SUMMARIZE or EXPLAIN, over the lake's "
    "tables as schema.table. `socialai tables` lists them."
)

# PROJ opens files named in a definition (`+init=/some/file`), whatever DuckDB's settings say; a code names none.
_CRS_CODE = re.compile(r"[A-Za-z]{1,12}:[A-Za-z0-9]{1,12}")
_PLAIN_NAME = re.compile(rb"\w+")
_EXPLAIN = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*EXPLAIN\b"
    r"(?P<options>\s+ANALYZE\b|\s*\(\s*(?:ANALYZE|FORMAT\s+\w+)(?:\s*,\s*(?:ANALYZE|FORMAT\s+\w+))*\s*\))?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class TableReference:
    """A table as a statement names it, all of a schema's with an empty name; `any_version` where it asks for another
    snapshot with AT."""

    catalog: str
    schema: str
    name: str
    any_version: bool = False

    def __str__(self) -> str:
        return ".".join(part for part in (self.catalog, self.schema, self.name) if part)


@dataclass
class References:
    """What a statement refers to: tables, and functions in lower case."""

    tables: list[TableReference] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)

    @property
    def need_spatial(self) -> bool:
        """Whether the spatial extension has to be there; it takes longer to load than most queries to run."""
        return any(name.startswith("st_") or name == "&&" for name in self.functions)


@dataclass(frozen=True)
class Statement:
    """One query that passed the gate: EXPLAIN and its options (or nothing), the query, its tree and references."""

    explain: str
    body: str
    tree: dict[str, Any]
    references: References

    @property
    def text(self) -> str:
        """The SQL to run. Composed of the parts that were checked, never the text that came in."""
        return f"{self.explain}\n{self.body}" if self.explain else self.body


def parse(connection: duckdb.DuckDBPyConnection, text: str) -> Statement:
    """Parse one statement and refuse it unless every node of its tree is on the lists above.

    Which tables exist is not looked at: see `check_tables`.

    Args:
        connection: any connection; only its parser is used.
        text: the statement.

    Raises:
        QueryRefused: not one query, or one that reaches out of the lake.
    """
    explain, body = _split_explain(text)
    statements = serialize(connection, body)
    if len(statements) != 1:
        raise QueryRefused(f"{len(statements)} statements where one query is expected", do=ALLOWED)
    tree = statements[0]["node"]
    references = References()
    try:
        _walk(tree, frozenset(), references)
    except RecursionError as error:
        raise QueryRefused("The query is nested too deeply", do="Use CTEs instead of nesting.") from error
    return Statement(explain, body, tree, references)


def check_text(text: str) -> None:
    """Refuse what is no text: a NUL, at which a parser might stop reading, or broken UTF-8.

    Raises:
        QueryRefused: the statement holds such a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryRefused("The statement is not UTF-8", do="Write it in UTF-8.") from error
    if "\0" in text:
        raise QueryRefused("The statement holds a NUL character", do="Leave it out.")


def serialize(connection: duckdb.DuckDBPyConnection, text: str) -> list[dict[str, Any]]:
    """Parse trees of SELECT statements, as DuckDB's parser gives them.

    Raises:
        QueryRefused: some statement is no SELECT, or the text does not parse.
    """
    import duckdb

    check_text(text)
    try:
        # A literal and not a parameter: binding one would import libraries slower than the query.
        row = connection.execute(f"SELECT json_serialize_sql({quoted(text)})").fetchone()
        answer: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    except (duckdb.Error, RecursionError) as error:
        raise QueryRefused(f"The statement cannot be parsed: {error}", do=ALLOWED) from error
    if not answer["error"]:
        return answer["statements"]
    if answer.get("error_type") == "not implemented":
        raise QueryRefused("Only queries are answered, nothing that changes data, files or settings", do=ALLOWED)
    message, position = answer.get("error_message", "unknown error"), answer.get("position")
    where = f"character {position}" if position else None
    raise QueryRefused(f"The statement cannot be parsed: {message}", where=where, do=ALLOWED)


def check_tables(references: References, tables: Mapping[str, set[str]]) -> None:
    """Refuse tables that are not the lake's.

    Args:
        references: of a parsed statement.
        tables: table and view names by schema, as the lake has them.

    Raises:
        QueryRefused: the table is unknown, in another catalogue, or named without its schema; says what is close.
    """
    known = {_fold(schema): {_fold(name) for name in names} for schema, names in tables.items()}
    for table in references.tables:
        schema, name = _fold(table.schema), _fold(table.name)
        in_lake = _fold(table.catalog) in (b"", b"lake")
        if in_lake and schema == b"information_schema" and name.decode(errors="replace") in CATALOGUE_VIEWS:
            continue
        names = known.get(schema) if in_lake else None
        # A table that another snapshot had may be gone from this one; its name must at least be no file's.
        if names is not None and (not name or name in names or (table.any_version and _PLAIN_NAME.fullmatch(name))):
            continue
        problem = "is no table of the lake" if table.schema else "is named without its schema"
        raise QueryRefused(f"`{table}` {problem}", do=_close_tables(table, tables))


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _close_tables(table: TableReference, tables: Mapping[str, set[str]]) -> str:
    import difflib

    full = sorted(f"{schema}.{name}" for schema, names in tables.items() for name in names)
    wanted = table.name.lower()
    same = [name for name in full if name.split(".", 1)[1].lower() == wanted]
    close = same or difflib.get_close_matches(f"{table.schema}.{wanted}".lower(), full, n=3, cutoff=0.6)
    if not close:
        by_name = {name.split(".", 1)[1]: name for name in full}
        close = [by_name[name] for name in difflib.get_close_matches(wanted, by_name, n=3, cutoff=0.6)]
    return f"Did you mean {' or '.join(close)}?" if close else ALLOWED


def _split_explain(text: str) -> tuple[str, str]:
    """EXPLAIN with its options, and the rest. A wrong split is harmless: only the checked rest is ever run."""
    match = _EXPLAIN.match(text)
    if not match:
        return "", text
    return "EXPLAIN" + (match["options"] or ""), text[match.end() :]


def _fold(name: str) -> bytes:
    """Lower case as DuckDB does it: ASCII only, so that no look-alike letter passes for a CTE's name."""
    return name.encode().lower()


def _walk(value: Any, ctes: Ctes, found: References) -> None:
    if isinstance(value, list):
        for item in value:
            _walk(item, ctes, found)
    elif isinstance(value, dict):
        if "cte_map" in value:
            _walk_query(value, ctes, found)
        elif "class" in value:
            _walk_expression(value, ctes, found)
        else:
            _walk_part(value, ctes, found)


def _walk_items(node: dict[str, Any], ctes: Ctes, found: References) -> None:
    for item in node.values():
        _walk(item, ctes, found)


def _walk_query(node: dict[str, Any], ctes: Ctes, found: References) -> None:
    _expect(node.get("type"), QUERY_NODES)
    for entry in node["cte_map"]["map"]:
        name, definition = _fold(entry["key"]), entry["value"]
        # Only a recursive CTE sees its own name; elsewhere the name still means what it meant outside.
        recursive = definition["query"]["node"]["type"] == "RECURSIVE_CTE_NODE"
        _walk(definition, ctes | {name} if recursive else ctes, found)
        ctes |= {name}
    _walk_items({key: item for key, item in node.items() if key != "cte_map"}, ctes, found)


def _walk_expression(node: dict[str, Any], ctes: Ctes, found: References) -> None:
    kind = node["class"]
    if kind == "PARAMETER":
        raise QueryRefused("The query has a parameter, and nothing to put there", do="Write the value itself.")
    _expect(kind, EXPRESSIONS)
    if kind == "CONSTANT":
        return
    if kind in ("FUNCTION", "WINDOW"):
        _check_function(node, found)
    _walk_items(node, ctes, found)


def _walk_part(node: dict[str, Any], ctes: Ctes, found: References) -> None:
    kind = node.get("type")
    if isinstance(kind, str) and not kind.endswith("_TYPE_INFO"):
        _expect(kind, TABLE_NODES | PARTS)
    if kind == "BASE_TABLE":
        catalog, schema, name = node["catalog_name"], node["schema_name"], node["table_name"]
        if catalog or schema or _fold(name) not in ctes:
            found.tables.append(TableReference(catalog, schema, name, any_version=bool(node["at_clause"])))
    elif kind == "SHOW_REF":
        _check_show(node, found)
    elif kind == "TABLE_FUNCTION":
        # The function itself is judged here, its arguments like any other expression.
        _check_table_function(node["function"], found)
        _walk_items({**node, "function": node["function"]["children"]}, ctes, found)
        return
    elif kind == "UNBOUND_TYPE_INFO" and not all(_is_code(part.get("value")) for part in node["user_type_modifiers"]):
        raise QueryRefused("GEOMETRY types name their reference system by its code only", do="E.g. 'EPSG:4326'.")
    elif kind == "PIVOT" and any(pivot["pivot_enum"] for pivot in node["pivots"]):
        raise QueryRefused("PIVOT over an ENUM type is not supported", do="Write the values: ON column IN (…).")
    _walk_items(node, ctes, found)


def _expect(kind: object, allowed: set[str]) -> None:
    if kind not in allowed:
        raise QueryRefused(f"Queries with {kind} are not answered here", do=ALLOWED)


def _check_show(node: dict[str, Any], found: References) -> None:
    if node["query"] is not None or node["table_name"] == "__show_tables_expanded":
        return
    if node["show_type"] == "SHOW_FROM":
        found.tables.append(TableReference(node["catalog_name"], node["schema_name"], ""))
        return
    raise QueryRefused(
        f"SHOW {node['table_name']} would not look into the lake".replace('"', ""),
        do="Use SHOW ALL TABLES, SHOW TABLES FROM schema, or DESCRIBE schema.table.",
    )


def _check_function(node: dict[str, Any], found: References) -> None:
    name = node["function_name"].lower()
    if name in DENIED_FUNCTIONS or name.startswith(DENIED_PREFIXES):
        raise QueryRefused(
            f"Function `{name}` looks outside the query, at files, settings or the session",
            do="Leave it out; everything a query may see is in the lake's tables.",
        )
    if name in ("st_transform", "st_setcrs") and not all(_names_no_file(child) for child in node["children"][1:]):
        raise QueryRefused(
            f"`{name}` takes coordinate reference systems by their code only",
            do="Write it out, e.g. ST_Transform(geometry, 'EPSG:4326', 'EPSG:32718').",
        )
    found.functions.add(name)


def _names_no_file(argument: dict[str, Any]) -> bool:
    """Whether an argument is a CRS code or a true/false (which the parser writes as a cast of 't' or 'f')."""
    if argument["class"] == "CAST" and argument["cast_type"]["id"] == "BOOLEAN":
        return True
    if argument["class"] != "CONSTANT":
        return False
    return _is_code(argument["value"].get("value"))


def _is_code(value: object) -> bool:
    return not isinstance(value, str) or _CRS_CODE.fullmatch(value) is not None


def _check_table_function(function: dict[str, Any], found: References) -> None:
    name, catalog, schema = function["function_name"].lower(), function["catalog"], function["schema"]
    qualifier = [_fold(part) for part in (catalog, schema) if part]
    arguments = [
        child["value"].get("value") if child["class"] == "CONSTANT" else None for child in function["children"]
    ]
    if name in PURE_TABLE_FUNCTIONS and not qualifier:
        return
    if name.startswith("ducklake_") and name in LAKE_TABLE_FUNCTIONS and not qualifier:
        if arguments[:1] == ["lake"]:
            if name == "ducklake_table_changes":
                schema, table = (*arguments[1:3], None, None)[:2]
                found.tables.append(TableReference("lake", str(schema), str(table), any_version=True))
            return
    elif name in LAKE_TABLE_FUNCTIONS and qualifier[:1] == [b"lake"]:
        # `lake.snapshots()` and `lake.schema.table_changes(...)`, DuckLake's macros of the attached lake.
        return
    raise QueryRefused(
        f"Table function `{'.'.join([p for p in (catalog, schema) if p] + [name])}` is not answered here",
        do="Of the table functions there are range, generate_series, unnest, lake.snapshots() and "
        "ducklake_table_changes('lake', 'schema', 'table', from, to).",
    )
