"""The vault's IO manager: what is about persons is written there and read from there. No value leaves with metadata.

Lake tables have their own, lake_io_manager.py; which of the two a table has follows from its contract.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from dagster import (
    DataVersion,
    InputContext,
    MetadataValue,
    TableSchema,
)

from resources.access_log import Access
from resources.forgotten import tombstones, without_forgotten
from resources.lake import Lake
from resources.lake_io_manager import (
    TableIOManager,
    checked_columns,
    column_comments,
    read_as,
    table_of,
    wanted_type,
)
from resources.settings import current
from resources.vault import Vault

PIPELINE = "pipeline"
"""The role of runs, which make tables and show none."""


class VaultIOManager(TableIOManager):
    """Writes a frame as the vault's table named by the asset's key; reads it as the type the asset function asks for.

    The data version is a keyed hash of the content: equal output moves nothing downstream, and without the key nobody
    can try out from it what a table holds.
    """

    @property
    def vault(self) -> Vault:
        """The vault of the settings."""
        return Vault.from_settings(current())

    @contextlib.contextmanager
    def opened(self, run_id: str, table: str) -> Iterator[Lake]:
        """The vault's tables for a run, which is written down in the access log."""
        with self.vault.opened(Access(who=f"run {run_id}", role=PIPELINE, purpose="operation", what=table)) as tables:
            yield tables

    def write(
        self, table: str, frame: Any, schema: TableSchema | None, *, run_id: str, description: str | None = None
    ) -> tuple[dict[str, MetadataValue], DataVersion]:
        """Write a frame as a table, without whoever was forgotten; returns what the UI shows and a keyed version.

        Raises:
            ContractError: its columns are not those of the schema.
        """
        if schema is not None:
            frame = checked_columns(table, frame, schema)
        comments = column_comments(schema)
        vault = self.vault
        with self.opened(run_id, table) as tables:
            frame = without_forgotten(frame, tombstones(tables, table))
            receipt = tables.replace(table, frame, author=f"run {run_id}", comments=comments, description=description)
        metadata = {
            "dagster/row_count": MetadataValue.int(receipt.rows),
            "dagster/table_name": MetadataValue.text(f"vault.{table}"),
            "snapshot": MetadataValue.int(receipt.snapshot),
            **({"dagster/column_schema": MetadataValue.table_schema(schema)} if schema is not None else {}),
        }
        return metadata, DataVersion(keyed_version(vault, receipt.data_version))

    def load_input(self, context: InputContext) -> Any:
        """Read the upstream table as pandas, GeoPandas or Arrow."""
        table = table_of(context.asset_key)
        with self.opened(context.step_context.run_id, table) as tables:
            return read_as(tables, table, wanted_type(context))


def keyed_version(vault: Vault, version: str) -> str:
    """A table's data version as it may be told outside the vault."""
    return hmac.new(str(vault.location.key).encode(), version.encode(), hashlib.sha256).hexdigest()[:32]
