"""Water's readings as they arrive, a thin asset over readings_table.py. No reading is made regular or judged here."""

from dagster import AssetExecutionContext, AssetSpec, DataVersion, MaterializeResult, MetadataValue, multi_asset

from resources import lake_upkeep
from resources.lake_io_manager import LakeIOManager, table_metadata
from socialai_assets.factories.tables import asset_key, table_spec
from socialai_assets.water import contracts, readings_table

SPEC = AssetSpec(deps=[asset_key(readings_table.FILES)], **table_spec(contracts.Readings, "mart"))


@multi_asset(name="water_readings", specs=[SPEC], required_resource_keys={"io_manager"})
def readings(context: AssetExecutionContext) -> MaterializeResult:
    """Readings that landed in files, beside those that came by stream, which stay."""
    manager: LakeIOManager = context.resources.io_manager
    lake = manager.lake
    merged = readings_table.merge_files(lake, author=f"run {context.run_id}")
    rows = readings_table.count(lake)
    schema = SPEC.metadata["dagster/column_schema"]
    metadata = table_metadata(lake, readings_table.READINGS, schema, lake_upkeep.newest_snapshot(lake), rows)
    metadata["rows from files"] = MetadataValue.int(merged.rows)
    return MaterializeResult(asset_key=SPEC.key, metadata=metadata, data_version=DataVersion(merged.version))
