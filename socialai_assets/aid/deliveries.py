"""Deliveries as publishers release them, brought onto the map before dbt takes over. Plans are made elsewhere."""

from collections.abc import Iterator

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from resources.lake_io_manager import LakeIOManager
from socialai_assets.aid import contracts, water_trucks
from socialai_assets.factories.tables import asset_key, table_asset
from socialai_assets.ingest.contract import validate

NOTHING_LOST = "nothing_lost"
_ARGUMENTS = table_asset(contracts.LocatedDeliveries, "staging")
_KEY: AssetKey = _ARGUMENTS.pop("key")
_ARGUMENTS.pop("io_manager_key")
_RAW, _AREAS, _QUARANTINE = "aid.raw_otass_water_trucks", "geography.areas", "aid.quarantine"


@multi_asset(
    name="aid_located_deliveries",
    specs=[AssetSpec(key=_KEY, deps=[asset_key(_RAW), asset_key(_AREAS)], **_ARGUMENTS)],
    check_specs=[
        AssetCheckSpec(
            name=NOTHING_LOST,
            asset=_KEY,
            blocking=True,
            description="Deliveries accepted = deliveries located + deliveries quarantined.",
        )
    ],
    required_resource_keys={"io_manager"},
)
def located_deliveries(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Plan Cisterna's deliveries with coordinates; those that fit no UTM zone go to the quarantine."""
    manager: LakeIOManager = context.resources.io_manager
    raw: pd.DataFrame = manager.lake.read_frame(_RAW)
    areas = manager.lake.read_frame(_AREAS, ["area_id", "latitude", "longitude"])
    located, refused = water_trucks.locate(raw, areas)
    metadata, version = manager.write(
        "aid.located_deliveries",
        validate(located, contracts.LocatedDeliveries),
        _ARGUMENTS["metadata"]["dagster/column_schema"],
        run_id=context.run_id,
        description=_ARGUMENTS["description"],
    )
    if len(refused) or manager.lake.exists(_QUARANTINE):
        manager.lake.replace_rows(
            _QUARANTINE,
            validate(refused, contracts.Quarantine),
            column="source_name",
            value=water_trucks.QUARANTINED_AS,
            author=f"run {context.run_id}",
        )
    metadata["quarantined rows"] = MetadataValue.int(len(refused))
    metadata["first reasons"] = MetadataValue.json(refused["reason"].head(5).tolist())
    yield MaterializeResult(
        asset_key=_KEY,
        metadata=metadata,
        data_version=version,
        check_results=[
            AssetCheckResult(
                check_name=NOTHING_LOST,
                passed=len(raw) == len(located) + len(refused),
                metadata={"accepted": len(raw), "located": len(located), "quarantined": len(refused)},
            )
        ],
    )
