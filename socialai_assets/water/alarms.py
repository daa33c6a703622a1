"""Water's alarms from files, a thin asset over alarm_table.py; those of the stream stay. Tests no reading."""

import pandas as pd
from dagster import AssetExecutionContext, AssetSpec, DataVersion, MaterializeResult, MetadataValue, multi_asset

from resources.lake import Lake, WriteReceipt
from resources.lake_io_manager import LakeIOManager, table_metadata
from socialai_assets.factories.tables import asset_key, table_spec
from socialai_assets.ingest.contract import describe
from socialai_assets.water import contracts
from socialai_assets.water.alarm_table import found_alarms

READINGS, ALARMS = "water.regular_readings", "water.alarms"
SPEC = AssetSpec(deps=[asset_key(READINGS)], **table_spec(contracts.Alarms, "prediction"))


@multi_asset(name="water_alarms", specs=[SPEC], required_resource_keys={"io_manager"})
def alarms(context: AssetExecutionContext) -> MaterializeResult:
    """Alarms in landed readings, beside those the consumer of the stream found, which stay."""
    manager: LakeIOManager = context.resources.io_manager
    found = found_alarms(manager.lake.read_frame(READINGS), streaming_stations(manager.lake))
    receipt = write_file_alarms(manager.lake, found, author=f"run {context.run_id}")
    schema = SPEC.metadata["dagster/column_schema"]
    metadata = table_metadata(manager.lake, ALARMS, schema, receipt.snapshot, receipt.rows)
    if len(found):
        counts = found.groupby(["station_id", "kind", "state"]).size().rename("alarms").reset_index()
        metadata["by station"] = MetadataValue.md(counts.to_markdown(index=False))
    return MaterializeResult(asset_key=SPEC.key, metadata=metadata, data_version=DataVersion(receipt.data_version))


def streaming_stations(lake: Lake) -> frozenset[str]:
    """Stations that the stream has brought readings or alarms of."""
    names: set[str] = set()
    for table in ("water.readings", ALARMS):
        if lake.exists(table) and {"station_id", "came_by"} <= set(lake.columns(table)):
            cursor = lake.cursor()
            try:
                rows = cursor.execute(
                    f"SELECT DISTINCT station_id FROM lake.{table} WHERE came_by = 'stream'"
                ).fetchall()
            finally:
                cursor.close()
            names.update(name for (name,) in rows)
    return frozenset(names)


def write_file_alarms(lake: Lake, found: pd.DataFrame, *, author: str) -> WriteReceipt:
    """Replace the alarms of files; those of the stream stay. A table with other columns is made anew."""
    if set(lake.columns(ALARMS)) != {column.name for column in describe(contracts.Alarms)}:
        return lake.replace(ALARMS, found, author=author)
    return lake.replace_rows(ALARMS, found, column="came_by", value="file", author=author)
