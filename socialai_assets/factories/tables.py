"""How a contract becomes a table asset: key, group, owner, tags, kinds, column schema. Computes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dagster import AssetIn, AssetKey, AssetOut, TableColumn, TableColumnConstraints, TableSchema

from socialai_assets.ingest.contract import ColumnDescription, describe, is_personal, table_name

if TYPE_CHECKING:
    from socialai_assets.ingest.contract import Contract

LAYERS = ("raw", "staging", "mart", "feature", "training", "model", "drift", "prediction", "plan", "map")


def asset_key(table: str) -> AssetKey:
    """The asset that writes a table: `schema.table` becomes `[schema, table]`."""
    return AssetKey(table.split("."))


def owners(domain: str) -> list[str]:
    """The team that answers for a domain's tables."""
    return [f"team:{domain}"]


def table_asset(contract: type[Contract], layer: str, kinds: Iterable[str] = ("python",)) -> dict[str, Any]:
    """Arguments of `@asset` for the table a contract describes.

    Args:
        contract: the table's contract; its docstring is the asset's description.
        layer: one of `LAYERS`.
        kinds: what the UI shows the asset is made with; `ducklake` is added.
    """
    return {**table_spec(contract, layer, kinds), "io_manager_key": io_manager_key(contract)}


def table_out(
    contract: type[Contract], layer: str, kinds: Iterable[str] = ("python",), description: str | None = None
) -> AssetOut:
    """The output of a multi-asset that writes the table a contract describes.

    Args:
        contract: the table's contract.
        layer: one of `LAYERS`.
        kinds: what the UI shows the asset is made with.
        description: in place of the contract's own.
    """
    arguments = table_asset(contract, layer, kinds)
    return AssetOut(**{**arguments, "description": description or arguments["description"]})


def io_manager_key(contract: type[Contract]) -> str:
    """Which IO manager a table has: what says anything about a person is in the vault."""
    return "vault_io_manager" if is_personal(contract) else "io_manager"


def table_spec(contract: type[Contract], layer: str, kinds: Iterable[str] = ("python",)) -> dict[str, Any]:
    """Arguments of `AssetSpec` or `AssetOut` for the table a contract describes."""
    if layer not in LAYERS:
        raise ValueError(f"{layer} is not one of {LAYERS}")
    table = table_name(contract)
    return {
        "key": asset_key(table),
        "group_name": table.split(".")[0],
        "owners": owners(table.split(".")[0]),
        "tags": {"layer": layer, **({"store": "vault"} if is_personal(contract) else {})},
        "kinds": {*kinds, "ducklake"},
        "description": description(contract),
        "metadata": {"dagster/column_schema": column_schema(describe(contract))},
    }


def tables(**inputs: str) -> dict[str, AssetIn]:
    """Inputs of an asset function: argument name to the `schema.table` it is read from."""
    return {argument: AssetIn(key=asset_key(table)) for argument, table in inputs.items()}


def description(contract: type[Contract]) -> str:
    """A contract's docstring as one paragraph."""
    return re.sub(r"\s+", " ", contract.__doc__ or "").strip()


def column_text(column: ColumnDescription) -> str:
    """A column's description with its unit behind it."""
    return f"{column.description} [{column.unit}]" if column.unit else column.description


def column_schema(columns: Iterable[ColumnDescription]) -> TableSchema:
    """A contract's columns as the UI shows them."""
    return TableSchema(
        columns=[
            TableColumn(
                name=column.name,
                type=column.dtype,
                description=column_text(column),
                constraints=TableColumnConstraints(
                    nullable=column.nullable, unique=column.unique, other=_rules(column)
                ),
            )
            for column in columns
        ]
    )


def _rules(column: ColumnDescription) -> list[str]:
    rules = []
    if column.minimum is not None:
        rules.append(f"at least {column.minimum}")
    if column.maximum is not None:
        rules.append(f"at most {column.maximum}")
    if column.allowed:
        rules.append("one of " + ", ".join(str(value) for value in column.allowed))
    if column.pattern:
        rules.append(f"matches {column.pattern}")
    return rules
