"""The one IO manager: what an asset returns becomes a lake table, what it asks for comes from one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetKey,
    ConfigurableIOManager,
    DataVersion,
    InputContext,
    MetadataValue,
    OutputContext,
    TableColumn,
    TableRecord,
    TableSchema,
)

from resources.errors import ContractError
from resources.lake import Lake
from resources.settings import current

if TYPE_CHECKING:
    import pyarrow

PREVIEW_ROWS = 5
PREVIEW_CELL = 60
READ_AS, ARROW = "read_as", "arrow"
"""Metadata of an input whose function has no annotation for it."""
_LAKES: dict[str, Lake] = {}
_READ_AT: dict[str, int] = {}


def lake_of_process() -> Lake:
    """The one lake connection of this process, as the settings describe it."""
    settings = current()
    key = f"{settings.catalog}|{settings.data_path}"
    if key not in _LAKES:
        _LAKES[key] = Lake.from_settings(settings)
    return _LAKES[key]


def table_of(key: AssetKey) -> str:
    """The table an asset writes: its key, `schema.table`."""
    return ".".join(key.path)


class TableIOManager(ConfigurableIOManager):
    """What writing a table is to Dagster, wherever the table is kept."""

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Write the table whole and record what `write` says of it."""
        table, schema = table_of(context.asset_key), definition_schema(context)
        node = context.step_context.job_def.asset_layer.asset_graph.get(context.asset_key)
        metadata, version = self.write(table, obj, schema, run_id=context.run_id, description=node.description)
        context.step_context.set_data_version(context.asset_key, version)
        context.add_output_metadata(metadata)

    def write(
        self, table: str, frame: Any, schema: TableSchema | None, *, run_id: str, description: str | None = None
    ) -> tuple[dict[str, MetadataValue], DataVersion]:
        """Write a frame as a table; returns what the UI shows of it and the version of its content.

        Raises:
            ContractError: its columns are not those of the schema.
        """
        raise NotImplementedError

    def load_input(self, context: InputContext) -> Any:
        """Read the upstream table as pandas, GeoPandas or Arrow, by the input's annotation."""
        raise NotImplementedError


class LakeIOManager(TableIOManager):
    """Writes a frame as the table named by the asset's key; reads it as the type the asset function asks for.

    An asset's column schema (`dagster/column_schema` in its definition) is its contract: a frame with other
    columns is refused. The data version is a hash of the content, so equal output moves nothing downstream.
    """

    @property
    def lake(self) -> Lake:
        """The lake written to: the one of the settings."""
        return lake_of_process()

    def write(
        self, table: str, frame: Any, schema: TableSchema | None, *, run_id: str, description: str | None = None
    ) -> tuple[dict[str, MetadataValue], DataVersion]:
        """Write a frame as a table; returns what the UI shows of it and the version of its content.

        Raises:
            ContractError: its columns are not those of the schema.
        """
        if schema is not None:
            frame = checked_columns(table, frame, schema)
        comments = column_comments(schema)
        receipt = self.lake.replace(table, frame, author=f"run {run_id}", comments=comments, description=description)
        metadata = table_metadata(self.lake, table, schema, receipt.snapshot, receipt.rows)
        return metadata, DataVersion(receipt.data_version)

    def load_input(self, context: InputContext) -> Any:
        """Read the upstream table as pandas, GeoPandas or Arrow, by the input's annotation."""
        table = table_of(context.asset_key)
        _READ_AT[table] = self.lake.newest_snapshot()
        return read_as(self.lake, table, wanted_type(context))


def snapshot_read(lake: Lake, tables: Iterable[str]) -> int:
    """The snapshot of the lake that tables were as when this process last read them as inputs.

    A plan may be solved for minutes, in which another run writes; so it is not the newest one.
    """
    read = [_READ_AT[table] for table in tables if table in _READ_AT]
    return min(read) if read else lake.newest_snapshot()


def wanted_type(context: InputContext) -> Any:
    """What an asset function wants an input as: its annotation, or Arrow where the input's metadata says so."""
    if (context.definition_metadata or {}).get(READ_AS) == ARROW:
        import pyarrow

        return pyarrow.Table
    return context.dagster_type.typing_type


def read_as(lake: Lake, table: str, wanted: Any) -> Any:
    """A table as the type an annotation names; pandas where it names none."""
    name = f"{getattr(wanted, '__module__', '')}.{getattr(wanted, '__qualname__', '')}".lower()
    if name.startswith("geopandas"):
        return lake.read_geoframe(table)
    if name.startswith("pyarrow"):
        return lake.read(table)
    return lake.read_frame(table)


def table_metadata(
    lake: Lake, table: str, schema: TableSchema | None, snapshot: int, rows: int
) -> dict[str, MetadataValue]:
    """What the UI shows of a written table: row count, snapshot, column schema, and its first rows."""
    types = lake.columns(table)
    described = {c.name: c for c in schema.columns} if schema else {}
    columns = [
        TableColumn(
            name=name,
            type=kind,
            description=described[name].description if name in described else None,
            constraints=described[name].constraints if name in described else None,
        )
        for name, kind in types.items()
    ]
    return {
        "dagster/row_count": MetadataValue.int(rows),
        "dagster/table_name": MetadataValue.text(f"lake.{table}"),
        "dagster/column_schema": MetadataValue.table_schema(TableSchema(columns=columns)),
        "snapshot": MetadataValue.int(snapshot),
        "preview": preview(lake.read(table, limit=PREVIEW_ROWS)),
    }


def preview(rows: pyarrow.Table, limit: int = PREVIEW_ROWS) -> MetadataValue:
    """The first rows as a table for the UI; long cells are cut, binary ones named by their size."""
    records = [
        TableRecord({name: _cell(value) for name, value in row.items()}) for row in rows.slice(0, limit).to_pylist()
    ]
    schema = TableSchema(columns=[TableColumn(name, "string") for name in rows.column_names])
    return MetadataValue.table(records=records, schema=schema)


def _cell(value: object) -> str | int | float | bool:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= PREVIEW_CELL else f"{text[: PREVIEW_CELL - 1]}…"


def definition_schema(context: OutputContext) -> TableSchema | None:
    """The column schema an asset's definition promises; None where it promises none."""
    value = (context.definition_metadata or {}).get("dagster/column_schema")
    return getattr(value, "schema", value) if value is not None else None


def column_comments(schema: TableSchema | None) -> dict[str, str] | None:
    """What is kept with a table of what its columns say."""
    return {c.name: c.description for c in schema.columns if c.description} if schema else None


def checked_columns(table: str, frame: Any, schema: TableSchema) -> Any:
    """A frame with a schema's columns, in its order.

    Raises:
        ContractError: it has others.
    """
    names = list(getattr(frame, "column_names", getattr(frame, "columns", [])))
    wanted = [column.name for column in schema.columns]
    missing = [name for name in wanted if name not in names]
    extra = [name for name in names if name not in wanted]
    if missing or extra:
        raise ContractError(
            f"The frame for `{table}` does not have the contract's columns: missing {missing}, not known {extra}",
            where=table,
            do="Change the asset function or the domain's contracts.py, so that they agree.",
        )
    return frame.select(wanted) if hasattr(frame, "select") else frame[wanted]
