"""Checks of the canonical tables: their contracts, and how many rows could not be used; no value of a row is told."""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    MetadataValue,
    asset_check,
)

from socialai_assets.children import tables_contracts as contracts
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import asset_key
from socialai_assets.ingest.contract import table_name


def _none_refused() -> AssetChecksDefinition:
    table = table_name(contracts.RefusedRows)

    @asset_check(
        asset=asset_key(table),
        name="none_refused",
        description="No row about a person names something unknown or comes twice; their numbers by input and reason.",
        required_resource_keys={"vault_io_manager"},
    )
    @without_values
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        with context.resources.vault_io_manager.opened(context.run.run_id, table) as tables:
            refused = tables.read_frame(table, ["input", "reason"])
        counted = refused.groupby(["input", "reason"]).size()
        lines = [f"{number} of {name}: {reason}" for (name, reason), number in counted.items()]
        return AssetCheckResult(
            passed=refused.empty,
            severity=AssetCheckSeverity.WARN,
            description=f"{len(refused)} rows; socialai children show {table} says which" if lines else None,
            metadata={"rows": MetadataValue.int(len(refused)), "reasons": MetadataValue.json(lines)},
        )

    return check


CHECKS = [
    *(
        contract_check(contract)
        for contract in (
            contracts.Staff,
            contracts.Children,
            contracts.Households,
            contracts.Enrolments,
            contracts.Attendance,
            contracts.Marks,
            contracts.Cases,
            contracts.Support,
            contracts.Outcomes,
            contracts.Reviews,
            contracts.RefusedRows,
        )
    ),
    _none_refused(),
    rows_check(
        "children.refused_services",
        "none_refused",
        "SELECT input, row_key, reason, source FROM lake.children.refused_services ORDER BY ALL",
        "schools, terms, kinds of help and services that name something unknown, or that come twice",
    ),
    rows_check(
        "children.schools",
        "areas_are_found",
        "SELECT school_id, name, source FROM lake.children.schools WHERE area_basis = 'none' ORDER BY ALL",
        "schools without an area: their code is unknown and no polygon holds their coordinates",
    ),
]
