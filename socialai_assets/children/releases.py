"""The one door by which counts leave the vault: every table goes through disclosure control, and is registered.

A table that differs from what was released before is released beside it, judged together with all earlier ones of the
same people; one that does not is not released again. Which tables there are is in disclosure.yaml.
"""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, AssetOut, MetadataValue, Output, asset, multi_asset

from resources.lake import Lake
from resources.settings import current
from resources.vault import Vault
from resources.vault_io_manager import keyed_version
from socialai_assets.children import release_contracts as contracts
from socialai_assets.children.disclosure_settings import disclosure_settings
from socialai_assets.children.release_tables import attended_counts, helped_counts, screening_counts
from socialai_assets.children.releasing import Register, released
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import io_manager_key, table_asset, table_spec, tables
from socialai_assets.ingest.contract import Contract, empty, table_name, validate

_PUBLISHED = (contracts.Releases, contracts.ReleaseGroups, contracts.PublishedCells)


@asset(
    **table_asset(contracts.ReleaseCounts, "mart"),
    ins=tables(
        attended="children.raw_lambayeque_attended",
        screenings="children.raw_lambayeque_screenings",
        helped="children.support_outcomes",
        children="children.children",
    ),
)
@without_values
def release_counts(
    attended: pd.DataFrame, screenings: pd.DataFrame, helped: pd.DataFrame, children: pd.DataFrame
) -> pd.DataFrame:
    """Count people and events by everything they may be published by."""
    parts = [attended_counts(attended), screening_counts(screenings), helped_counts(helped, children)]
    found = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return validate(found, contracts.ReleaseCounts) if len(found) else empty(contracts.ReleaseCounts)


@multi_asset(
    outs={
        table_name(contract).split(".")[1]: AssetOut(
            **table_spec(contract, "plan"), io_manager_key=io_manager_key(contract)
        )
        for contract in _PUBLISHED
    },
    ins=tables(counts="children.release_counts", areas="geography.areas"),
    required_resource_keys={"io_manager"},
)
@without_values
def published(
    context: AssetExecutionContext, counts: pd.DataFrame, areas: pd.DataFrame
) -> Iterator[Output[pd.DataFrame]]:
    """Release what differs from what was released before, as far as disclosure control lets it through."""
    lake: Lake = context.resources.io_manager.lake
    vault = Vault.from_settings(current())
    before = Register(*(_so_far(lake, contract) for contract in _PUBLISHED))
    after = released(counts, areas, before, disclosure_settings(), lambda text: keyed_version(vault, text))
    note = {"new releases": MetadataValue.int(len(after.releases) - len(before.releases))}
    for contract, frame in zip(_PUBLISHED, (after.releases, after.groups, after.cells), strict=True):
        yield Output(validate(frame, contract), table_name(contract).split(".")[1], metadata=note)


def _so_far(lake: Lake, contract: type[Contract]) -> pd.DataFrame:
    table = table_name(contract)
    return lake.read_frame(table) if lake.exists(table) else empty(contract)
