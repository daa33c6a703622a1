"""A source's landed files as its raw table: read, held to the contract, failures quarantined. Knows no publisher."""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from resources.lake_io_manager import LakeIOManager
from resources.landing import LandingZone
from resources.settings import current
from socialai_assets.factories.landed_files import landing_key
from socialai_assets.factories.tables import asset_key, column_schema, owners, table_asset
from socialai_assets.ingest.contract import QuarantineContract, describe
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sources import Source

NOTHING_LOST = "nothing_lost"
QUARANTINE = "quarantine"
FIRST_REASONS = 5


def raw_table(source: Source, sources: Sequence[Source]) -> AssetsDefinition:
    """The asset that turns a source's landed files into its raw table.

    Args:
        source: the source.
        sources: every source; a canonical input takes synthetic files only if none of these feeds it.
    """
    arguments = table_asset(source.contract, "raw", kinds=("python", source.format))
    arguments.pop("io_manager_key")
    key = arguments.pop("key")
    spec = AssetSpec(key=key, deps=[landing_key(source)], **arguments)
    checks = [
        AssetCheckSpec(
            name=NOTHING_LOST, asset=key, blocking=True, description="Rows read = rows accepted + rows quarantined."
        ),
        AssetCheckSpec(name="none_quarantined", asset=key, description="Every row read keeps its contract."),
    ]

    @multi_asset(
        name=f"{source.domain}_raw_{source.name}",
        specs=[spec],
        check_specs=checks,
        required_resource_keys={"io_manager"},
    )
    def table(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        manager: LakeIOManager = context.resources.io_manager
        zone = LandingZone.from_settings(current(), sources)
        files = zone.files(source)
        read = ingest(files, source)
        metadata, version = manager.write(
            source.table,
            read.accepted,
            arguments["metadata"]["dagster/column_schema"],
            run_id=context.run_id,
            description=spec.description,
        )
        quarantine = f"{source.domain}.{QUARANTINE}"
        if len(read.quarantined) or _has_rows(manager, quarantine, source.name):
            manager.lake.replace_rows(
                quarantine,
                read.quarantined,
                column="source_name",
                value=source.name,
                author=f"run {context.run_id}",
            )
        reasons = [
            f"{r.file_name}:{r.file_line}: {r.reason}" for r in read.quarantined.head(FIRST_REASONS).itertuples()
        ]
        metadata["landed files"] = MetadataValue.int(len(files))
        metadata["quarantined rows"] = MetadataValue.int(len(read.quarantined))
        metadata["synthetic"] = MetadataValue.bool(any(file.synthetic for file in files))
        if not files:
            metadata["note"] = MetadataValue.text(f"Nothing has landed in {source.folder}: the table is empty.")
        yield MaterializeResult(
            asset_key=key,
            metadata=metadata,
            data_version=version,
            check_results=[
                AssetCheckResult(
                    check_name=NOTHING_LOST,
                    passed=read.rows_read == len(read.accepted) + len(read.quarantined),
                    metadata={
                        "read": read.rows_read,
                        "accepted": len(read.accepted),
                        "quarantined": len(read.quarantined),
                    },
                ),
                AssetCheckResult(
                    check_name="none_quarantined",
                    passed=read.quarantined.empty,
                    severity=AssetCheckSeverity.WARN,
                    description=f"{len(read.quarantined)} rows are in {quarantine}" if reasons else None,
                    metadata={"first reasons": MetadataValue.json(reasons)},
                ),
            ],
        )

    return table


def quarantine_spec(domain: str, sources: Sequence[Source]) -> AssetSpec:
    """A domain's quarantine, which its raw tables write: rows that broke their contract, with the reason."""
    return AssetSpec(
        key=asset_key(f"{domain}.{QUARANTINE}"),
        deps=[asset_key(source.table) for source in sources if source.domain == domain],
        group_name=domain,
        owners=owners(domain),
        kinds={"ducklake"},
        tags={"layer": "quarantine"},
        description="Landed rows that broke their source's contract: source, file, line, row and reason.",
        metadata={"dagster/column_schema": column_schema(describe(QuarantineContract))},
    )


def _has_rows(manager: LakeIOManager, table: str, source: str) -> bool:
    if not manager.lake.exists(table):
        return False
    names = manager.lake.read(table, ["source_name"])["source_name"].to_pylist()
    return source in names
