"""Which columns of its inputs each column of a SQL model comes from, read off the compiled SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr
    from sqlglot.expressions.query import Select

Columns = Mapping[str, Mapping[str, str]]


def column_lineage(sql: str, parents: Columns) -> dict[str, list[tuple[str, str]]]:
    """Trace each output column of a query to columns of the tables it reads.

    Args:
        sql: one compiled SELECT in DuckDB's dialect, its tables written `"lake"."schema"."table"`.
        parents: for each table read, `schema.table`, its columns and their types.

    Returns:
        Output column to (`schema.table`, column) pairs; a constant column has none.

    Raises:
        sqlglot.errors.SqlglotError: the dialect's parser does not know the statement.
    """
    found = _traced(sql, json.dumps({table: dict(columns) for table, columns in sorted(parents.items())}))
    return {column: list(sources) for column, sources in found.items()}


# As many as a process that builds the same models again and again has.
@lru_cache(maxsize=64)
def _traced(sql: str, known: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """`column_lineage` of what can be a key; tracing a query takes longer than running it."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify

    parents: Columns = json.loads(known)
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in parents.items():
        domain, name = table.split(".")
        # DuckDB writes a CRS into a geometry's type, which the parser does not know.
        tables.setdefault(domain, {})[name] = {c: t.split("(")[0] for c, t in columns.items()}
    schema: dict[str, object] = {"lake": tables} if tables else {}
    qualified = _by_position(qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb"))
    text = qualified.sql(dialect="duckdb")
    sources: dict[str, list[tuple[str, str]]] = {}
    for column in qualified.named_selects:  # type: ignore[union-attr]
        found: set[tuple[str, str]] = set()
        for node in lineage(column, text, schema=schema, dialect="duckdb").walk():
            table = node.expression.find(exp.Table) if not node.downstream else None
            if table is not None and f"{table.db}.{table.name}" in parents:
                found.add((f"{table.db}.{table.name}", exp.to_column(node.name).name))
        sources[column] = sorted(found)
    return sources


def _by_position(query: Expr) -> Expr:
    """The query with its unions by name made unions by position, the only ones that are traced."""
    from sqlglot import exp

    for union in reversed(list(query.find_all(exp.SetOperation))):
        if not union.args.get("by_name"):
            continue
        parts = _parts(union)
        names = list(dict.fromkeys(name for _, own in parts for name in own))
        for select, own in parts:
            given = dict(zip(own, select.selects, strict=True))
            select.set("expressions", [given.get(name) or exp.alias_(exp.null(), name) for name in names])
        union.set("by_name", False)
    return query


def _parts(query: Expr) -> list[tuple[Select, list[str]]]:
    """The queries that a union puts together, each with the names that its columns have there."""
    from sqlglot import exp

    if isinstance(query, exp.Subquery):
        return _parts(query.this)
    if not isinstance(query, exp.SetOperation):
        return [(query, query.named_selects)]  # type: ignore[list-item, union-attr]
    left, right = _parts(query.left), _parts(query.right)
    if not query.args.get("by_name"):
        right = [(select, left[0][1]) for select, _ in right]
    return left + right


def tables_read(node: Mapping, manifest: Mapping) -> Sequence[str]:
    """Tables `schema.table` that a dbt node reads directly."""
    found = []
    for unique_id in node["depends_on"]["nodes"]:
        parent = manifest["nodes"].get(unique_id) or manifest["sources"].get(unique_id)
        if parent is not None:
            found.append(f"{parent['schema']}.{parent.get('identifier') or parent['name']}")
    return found
