"""Checks every domain uses: a table against its contract, and a query that must find nothing."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    MetadataValue,
    asset_check,
)

from resources.errors import ContractError
from resources.lake_io_manager import preview
from resources.lake_location import escaped
from resources.model_approval import waiting
from resources.model_registry import ModelRegistry
from resources.settings import current
from socialai_assets.factories.dbt_documentation import violations
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import asset_key, io_manager_key
from socialai_assets.ingest.contract import describe, is_personal, table_name, unique_keys, validate

if TYPE_CHECKING:
    from resources.lake import Lake
    from socialai_assets.ingest.contract import Contract

LISTED_ROWS = 20


def contract_check(contract: "type[Contract]") -> AssetChecksDefinition:
    """A blocking check that the table in the lake is what its contract promises."""
    table = table_name(contract)

    def conforms(context: AssetCheckExecutionContext) -> AssetCheckResult:
        geometric = any(column.dtype == "geometry" for column in describe(contract))
        with _store(context, contract) as lake:
            frame = lake.read_geoframe(table) if geometric else lake.read_frame(table)
        try:
            validate(frame, contract)
        except ContractError as error:
            return AssetCheckResult(
                passed=False,
                severity=AssetCheckSeverity.ERROR,
                description=str(error),
                metadata={"rows": len(frame)},
            )
        return AssetCheckResult(passed=True, metadata={"rows": len(frame)})

    check = asset_check(
        asset=asset_key(table),
        name="conforms_to_contract",
        blocking=True,
        description="Columns, types and rules of the contract hold for every row.",
        required_resource_keys={io_manager_key(contract)},
    )
    return check(without_values(conforms) if is_personal(contract) else conforms)


@contextlib.contextmanager
def _store(context: AssetCheckExecutionContext, contract: "type[Contract]") -> "Iterator[Lake]":
    """Where a contract's table is: the lake, or the vault opened for this check."""
    if not is_personal(contract):
        yield context.resources.io_manager.lake
        return
    with context.resources.vault_io_manager.opened(context.run.run_id, table_name(contract)) as tables:
        yield tables


def rules_check(contract: "type[Contract]") -> AssetChecksDefinition:
    """What `contract_check` does, by SQL in the lake, for a table that may be too large to be read into memory."""
    table = f"lake.{table_name(contract)}"
    rules = [(v["rule"], v["predicate"]) for v in violations(describe(contract))]
    queries = [
        f"SELECT '{escaped(rule)}' AS rule, count(*) AS rows FROM {table} WHERE {broken}" for rule, broken in rules
    ]
    for key in unique_keys(contract):
        names = ", ".join(f'"{name}"' for name in key)
        repeated = f"SELECT count(*) AS n FROM {table} GROUP BY {names} HAVING count(*) > 1"
        queries.append(f"SELECT '{names} together are repeated', coalesce(sum(n), 0) FROM ({repeated})")
    return rows_check(
        table_name(contract),
        "conforms_to_contract",
        f"FROM ({' UNION ALL '.join(queries)}) WHERE rows > 0",
        "rules of the contract that some rows break",
        blocking=True,
    )


def rows_check(
    table: str,
    name: str,
    query: str,
    description: str,
    *,
    also_reads: Sequence[str] = (),
    blocking: bool = False,
) -> AssetChecksDefinition:
    """A check that a query over the lake finds no row; what it finds is listed with the check.

    Args:
        table: the table checked.
        name: the check's name.
        query: finds the offending rows; tables written `lake.schema.table`.
        description: what it means when rows are found.
        also_reads: other tables the query reads.
        blocking: an ERROR that stops what is below; otherwise a warning.
    """
    severity = AssetCheckSeverity.ERROR if blocking else AssetCheckSeverity.WARN

    @asset_check(
        asset=asset_key(table),
        name=name,
        additional_deps=[asset_key(other) for other in also_reads],
        blocking=blocking,
        description=description,
        required_resource_keys={"io_manager"},
    )
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        cursor = context.resources.io_manager.lake.cursor()
        found = cursor.execute(query).to_arrow_table()
        cursor.close()
        return AssetCheckResult(
            passed=found.num_rows == 0,
            severity=severity,
            description=f"{found.num_rows} rows: {description}" if found.num_rows else None,
            metadata={
                "rows found": MetadataValue.int(found.num_rows),
                **({"first rows": preview(found, LISTED_ROWS)} if found.num_rows else {}),
            },
        )

    return check


def approval_check(model: str) -> AssetChecksDefinition:
    """A warning while a better version of a model waits for a person's approval."""

    @asset_check(
        asset=asset_key(model),
        name="none_waits_for_approval",
        description="No version newer than the one in use waits to be approved or rejected.",
    )
    def none_waits() -> AssetCheckResult:
        versions = ModelRegistry.from_settings(current()).versions(model)
        found = [version.version for version in waiting(versions)]
        return AssetCheckResult(
            passed=not found,
            severity=AssetCheckSeverity.WARN,
            description=f"Version {found[0]} waits: `socialai models approve {model} {found[0]}` or `reject`"
            if found
            else None,
            metadata={"waiting": MetadataValue.json(found)},
        )

    return none_waits
