"""One SQL expression of a mapping, computed for every row in a database that reaches nothing else. Reads no file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.casting import text_column

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

EXPRESSION_MEMORY = "1GB"
_POSITION = "position of the row"


def evaluate(expression: str, rows: pd.DataFrame, where: str) -> tuple[pd.Series, NDArray[np.int64]]:
    """Compute one SQL expression for every row, as text, in a database that can reach nothing else.

    Args:
        expression: a DuckDB expression over the frame's columns; no subquery, no aggregate.
        rows: text columns.
        where: file and key, for messages.

    Returns:
        The values as text, and the positions of rows for which the expression fails, which are null.

    Raises:
        LandingError: it is not one expression, or names a column or function that there is not.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": EXPRESSION_MEMORY,
            "threads": "1",
        },
    )
    try:
        connection.execute("SET lock_configuration = true")
        _one_expression(connection, expression, where)
        numbered = rows.assign(**{_POSITION: np.arange(len(rows))})
        connection.register("file_rows", numbered)
        try:
            values = _select(connection, f"TRY(({expression}\n))", "")
        except duckdb.Error as error:
            raise LandingError(
                f"The expression cannot be computed: {str(error).splitlines()[0]}",
                where=where,
                do=f"Its columns are text (write column::double for a number): {list(rows.columns)}.",
            ) from error
        if len(values) != len(rows):
            raise LandingError("The expression does not give one value a row", where=where, do="Use no aggregate.")
        doubtful = [position for position, value in enumerate(values) if value is None]
        failing = _failing(connection, expression, doubtful)
    finally:
        connection.close()
    return text_column(pd.Series(values, index=rows.index, dtype=object)), np.asarray(failing, dtype=np.int64)


def _select(connection: duckdb.DuckDBPyConnection, value: str, condition: str) -> list[str | None]:
    query = f'SELECT ({value})::VARCHAR FROM file_rows {condition} ORDER BY "{_POSITION}"'
    return [cell for (cell,) in connection.execute(query).fetchall()]


def _failing(connection: duckdb.DuckDBPyConnection, expression: str, positions: list[int]) -> list[int]:
    """Which of the rows make the expression fail, found by halving."""
    import duckdb

    if not positions:
        return []
    listed = ", ".join(str(position) for position in positions)
    try:
        _select(connection, f"({expression}\n)", f'WHERE "{_POSITION}" IN ({listed})')
    except duckdb.Error:
        if len(positions) == 1:
            return positions
        middle = len(positions) // 2
        return [
            *_failing(connection, expression, positions[:middle]),
            *_failing(connection, expression, positions[middle:]),
        ]
    return []


def _one_expression(connection: duckdb.DuckDBPyConnection, expression: str, where: str) -> None:
    """Refuse anything but one scalar expression, by the parser's own tree."""
    row = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [f"SELECT {expression}\n"]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    refused = LandingError(
        "This is not one SQL expression", where=where, do="Write one, such as `a::double / b::double`."
    )
    statements = tree.get("statements", [])
    if tree.get("error") or len(statements) != 1:
        raise refused
    node = statements[0]["node"]
    plain = (
        node.get("type") == "SELECT_NODE"
        and len(node.get("select_list", [])) == 1
        and node.get("from_table", {}).get("type") == "EMPTY"
        and not any(node.get(key) for key in ("where_clause", "group_expressions", "having", "qualify", "modifiers"))
        and not node.get("cte_map", {}).get("map")
    )
    if not plain or _holds_subquery(node["select_list"]) or not expression.strip():
        raise refused


def _holds_subquery(tree: Any) -> bool:
    if isinstance(tree, dict):
        return tree.get("class") in ("SUBQUERY", "STAR") or any(_holds_subquery(part) for part in tree.values())
    return isinstance(tree, list) and any(_holds_subquery(part) for part in tree)
