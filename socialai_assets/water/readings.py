"""Water's readings as they arrive, a thin asset over readings_table.py and ingestion.py. Judges no reading."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from resources.errors import StreamError
from resources.lake import Lake
from resources.lake_io_manager import LakeIOManager, table_metadata
from resources.settings import current
from socialai_assets.factories.tables import asset_key, table_spec
from socialai_assets.ingest.contract import Contract
from socialai_assets.water import contracts, readings_table, stream_intake
from socialai_assets.water.ingestion import Taken, ingest

STREAM_TAKEN = "stream_is_taken"
OFFSETS = "stream offsets"
SPEC = AssetSpec(deps=[asset_key(readings_table.FILES)], **table_spec(contracts.Readings, "mart"))
CHECK = AssetCheckSpec(
    name=STREAM_TAKEN, asset=SPEC.key, description="Kafka, where a broker is named, answered and was read to its end."
)


def _log(contract: type[Contract], layer: str) -> AssetSpec:
    spec = AssetSpec(deps=[SPEC.key], **table_spec(contract, "raw", kinds=()))
    return spec.replace_attributes(tags={"layer": layer})


stream_logs = AssetsDefinition(
    specs=[
        _log(contracts.StreamOffsets, "log"),
        _log(contracts.StreamBatches, "log"),
        _log(contracts.StreamQuarantine, "quarantine"),
    ]
)


@multi_asset(name="water_readings", specs=[SPEC], check_specs=[CHECK], required_resource_keys={"io_manager"})
def readings(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Readings that landed in files, beside those that came by stream, which stay; and what waits in Kafka."""
    manager: LakeIOManager = context.resources.io_manager
    lake, author = manager.lake, f"run {context.run_id}"
    stream_intake.make_stream_tables(lake, author=author)
    merged = readings_table.merge_files(lake, author=author)
    taken, problem = _take_stream(lake, author)
    rows = readings_table.count(lake)
    schema = SPEC.metadata["dagster/column_schema"]
    offsets = stream_intake.every_offset(lake)
    metadata: dict[str, Any] = {
        **table_metadata(lake, readings_table.READINGS, schema, lake.newest_snapshot(), rows),
        "rows from files": MetadataValue.int(merged.rows),
        OFFSETS: MetadataValue.json(offsets),
        **{f"stream: {name}": MetadataValue.int(number) for name, number in taken.counts.items()},
    }
    # Each offset is taken once, so how far the topics are taken says what of them is in the table.
    version = f"{merged.version}|{offsets}" if offsets else merged.version
    check = AssetCheckResult(
        check_name=STREAM_TAKEN, passed=problem is None, severity=AssetCheckSeverity.WARN, description=problem
    )
    yield MaterializeResult(
        asset_key=SPEC.key, metadata=metadata, data_version=DataVersion(version), check_results=[check]
    )


def _take_stream(lake: Lake, author: str) -> tuple[Taken, str | None]:
    """What was taken, and why it was not all: a broker that is away must not keep files from being used."""
    settings = current()
    if settings.kafka_servers is None:
        return Taken(), None
    try:
        return ingest(lake, settings, author=author, until_empty=True), None
    except StreamError as error:
        return Taken(), str(error)
