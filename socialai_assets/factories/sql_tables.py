"""A table made by SQL outside dbt, from tables of the vault and the lake alike. Holds no SQL itself.

dbt writes what it runs, and what fails, to its target folder and logs in clear, so it stays out of the vault.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import AssetIn, AssetsDefinition, asset

from resources.lake_io_manager import ARROW, READ_AS
from resources.settings import current
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import asset_key, table_asset
from socialai_assets.ingest.contract import validate

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

    from socialai_assets.ingest.contract import Contract


def sql_table(
    contract: "type[Contract]", layer: str, query: Path, *, settings: Mapping[str, Any] | None = None, **inputs: str
) -> AssetsDefinition:
    """The asset that writes a contract's table by a query.

    Args:
        contract: of the table; the result is held to it.
        layer: one of `tables.LAYERS`.
        query: file of one SELECT, with the names of `inputs` as its tables and `$name` for settings.
        settings: values of the query's `$name`.
        inputs: name in the query to the `schema.table` it stands for.
    """

    @without_values
    def table(**tables: Any) -> Any:
        return validate(queried(query.read_text(encoding="utf-8"), tables, settings), contract)

    ins = {name: AssetIn(key=asset_key(table), metadata={READ_AS: ARROW}) for name, table in inputs.items()}
    return asset(**table_asset(contract, layer, kinds=("sql",)), ins=ins)(table)


def queried(
    query: str, tables: "Mapping[str, pyarrow.Table | pd.DataFrame]", settings: Mapping[str, Any] | None = None
) -> "pd.DataFrame":
    """What a query finds in some tables; what does not fit into memory is spilled encrypted.

    Args:
        query: one SELECT.
        tables: by their names in the query.
        settings: values of the query's `$name`.
    """
    import duckdb

    from resources import duckdb_extensions

    limits = {"memory_limit": current().memory_limit, "threads": current().threads}
    with duckdb.connect(config={**duckdb_extensions.UNSIGNED, **limits}) as connection:
        duckdb_extensions.load(connection, "httpfs")
        connection.execute("SET temp_file_encryption = true")
        for name, table in tables.items():
            connection.register(name, table)
        return connection.execute(query, dict(settings or {})).to_arrow_table().to_pandas(date_as_object=True)
