"""A source's landed files as its raw table: read, held to the contract, failures quarantined. Knows no publisher.

What is about persons goes to the vault, its quarantine too: with pseudonyms in place of identifiers, and with line and
reason of what is refused, never the row.
"""

from collections.abc import Iterator, Mapping, Sequence

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

from resources.lake import Lake
from resources.lake_io_manager import LakeIOManager
from resources.landing import LandingZone
from resources.settings import current
from resources.vault import key_of
from resources.vault_io_manager import VaultIOManager
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.landed_files import landing_key
from socialai_assets.factories.tables import asset_key, column_schema, owners, table_asset
from socialai_assets.ingest.contract import QuarantineContract, describe
from socialai_assets.ingest.rows import Ingested, ingest
from socialai_assets.ingest.sources import Source

NOTHING_LOST = "nothing_lost"
QUARANTINE, PERSONAL_QUARANTINE = "quarantine", "personal_quarantine"
FIRST_REASONS = 5


def raw_table(source: Source, sources: Sequence[Source]) -> AssetsDefinition:
    """The asset that turns a source's landed files into its raw table.

    Args:
        source: the source.
        sources: every source; a canonical input takes synthetic files only if none of these feeds it.
    """
    arguments = table_asset(source.contract, "raw", kinds=("python", source.format))
    store = arguments.pop("io_manager_key")
    key = arguments.pop("key")
    spec = AssetSpec(key=key, deps=[landing_key(source)], **arguments).with_io_manager_key(store)
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
        required_resource_keys={store},
    )
    def table(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        work = personal_rows if source.is_personal else open_rows
        yield work(context)

    def open_rows(context: AssetExecutionContext) -> MaterializeResult:
        manager: LakeIOManager = context.resources.io_manager
        read = ingest(files := LandingZone.from_settings(current(), sources).files(source), source)
        metadata, version = manager.write(
            source.table,
            read.accepted,
            arguments["metadata"]["dagster/column_schema"],
            run_id=context.run_id,
            description=spec.description,
        )
        quarantine = f"{source.domain}.{QUARANTINE}"
        _quarantine(manager.lake, quarantine, read, source, context.run_id)
        reasons = [
            f"{r.file_name}:{r.file_line}: {r.reason}" for r in read.quarantined.head(FIRST_REASONS).itertuples()
        ]
        metadata["landed files"] = MetadataValue.int(len(files))
        metadata["quarantined rows"] = MetadataValue.int(len(read.quarantined))
        metadata["synthetic"] = MetadataValue.bool(any(file.synthetic for file in files))
        if not files:
            metadata["note"] = MetadataValue.text(f"Nothing has landed in {source.folder}: the table is empty.")
        return MaterializeResult(
            asset_key=key,
            metadata=metadata,
            data_version=version,
            check_results=_checks(read, quarantine, reasons),
        )

    @without_values
    def personal_rows(context: AssetExecutionContext) -> MaterializeResult:
        manager: VaultIOManager = context.resources.vault_io_manager
        files = LandingZone.from_settings(current(), sources).files(source)
        read = ingest(files, source, key_of(current()))
        metadata, version = manager.write(
            source.table,
            read.accepted,
            arguments["metadata"]["dagster/column_schema"],
            run_id=context.run_id,
            description=spec.description,
        )
        quarantine = f"{source.domain}.{PERSONAL_QUARANTINE}"
        with manager.opened(context.run_id, quarantine) as tables:
            _quarantine(tables, quarantine, read, source, context.run_id)
        # A file's name may be a person's; and a column's name may be a cell, where a file has no header.
        reasons = [f"line {r.file_line}: {r.reason}" for r in read.quarantined.head(FIRST_REASONS).itertuples()]
        metadata["landed files"] = MetadataValue.int(len(files))
        metadata["quarantined rows"] = MetadataValue.int(len(read.quarantined))
        metadata["columns not read"] = MetadataValue.int(len(read.report.extra_columns))
        metadata["synthetic"] = MetadataValue.bool(any(file.synthetic for file in files))
        return MaterializeResult(
            asset_key=key,
            metadata=metadata,
            data_version=version,
            check_results=_checks(read, f"{quarantine}, in the vault", reasons),
        )

    return table


def _checks(read: Ingested, quarantine: str, reasons: list[str]) -> list[AssetCheckResult]:
    return [
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
    ]


def quarantine_specs(domain: str, sources: Sequence[Source]) -> list[AssetSpec]:
    """A domain's quarantines, which its raw tables write: rows that broke their contract, with the reason."""
    own = [source for source in sources if source.domain == domain]
    open_ones = [source for source in own if not source.is_personal]
    personal = [source for source in own if source.is_personal]
    what = "Landed rows that broke their source's contract: source, file, line, row and reason."
    specs = [_quarantine_spec(domain, QUARANTINE, open_ones, what, {})]
    if personal:
        kept_back = "Landed rows on persons that broke their source's contract: source, file, line and reason; no row."
        specs.append(_quarantine_spec(domain, PERSONAL_QUARANTINE, personal, kept_back, {"store": "vault"}))
    return specs


def _quarantine_spec(
    domain: str, name: str, sources: Sequence[Source], description: str, tags: Mapping[str, str]
) -> AssetSpec:
    return AssetSpec(
        key=asset_key(f"{domain}.{name}"),
        deps=[asset_key(source.table) for source in sources],
        group_name=domain,
        owners=owners(domain),
        kinds={"ducklake"},
        tags={"layer": "quarantine", **tags},
        description=description,
        metadata={"dagster/column_schema": column_schema(describe(QuarantineContract))},
    )


def _quarantine(tables: Lake, quarantine: str, read: Ingested, source: Source, run_id: str) -> None:
    """Replace a source's rows in a quarantine; one that it has no rows in, and had none, is left alone."""
    if len(read.quarantined) or _has_rows(tables, quarantine, source.name):
        tables.replace_rows(
            quarantine, read.quarantined, column="source_name", value=source.name, author=f"run {run_id}"
        )


def _has_rows(tables: Lake, table: str, source: str) -> bool:
    if not tables.exists(table):
        return False
    return source in tables.read(table, ["source_name"])["source_name"].to_pylist()
