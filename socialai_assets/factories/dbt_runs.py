"""Running dbt inside this process, and what Dagster hears of it. What the models are is in dbt_models.py.

Importing this takes seconds, so nothing does before a run.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Failure,
    MetadataValue,
    Output,
    TableColumn,
    TableColumnDep,
    TableColumnLineage,
    TableSchema,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings
from dagster_dbt.asset_utils import get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_io_manager import table_metadata
from socialai_assets.factories import compiled_models
from socialai_assets.factories.column_lineage import column_lineage, tables_read
from socialai_assets.factories.dbt_models import DBT_PROJECT, UNIQUE_ID, node_key
from socialai_assets.factories.tables import asset_key

RESULT_EVENTS = {"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"}
FAILED_ROWS = "dagster_dbt/failed_row_count"

DbtEvent = Output | AssetMaterialization | AssetObservation | AssetCheckResult | AssetCheckEvaluation


class LakeTranslator(DagsterDbtTranslator):
    """A model's or source's asset key is its schema and table."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """`[schema, table]`, as the assets are named."""
        return node_key(dbt_resource_props)


def build(context: AssetExecutionContext, lake: Lake, manifest: Mapping[str, Any], select: str) -> Iterator[DbtEvent]:
    """Build the models and tests a run asks for, and yield an output or check result for each.

    Args:
        context: of the step; what it has selected is built.
        lake: what the models are written to; its write lock is held meanwhile.
        manifest: dbt's.
        select: dbt's selection of all the step can build.

    Raises:
        Failure: dbt could not run, or a model failed.
    """
    named = _named(context)
    if compiled_models.are_compiled(list(named), manifest):
        yield from _build_compiled(context, lake, manifest, named)
        return
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict

    translator = LakeTranslator()
    arguments, _ = get_subset_selection_for_context(context, manifest, select, None, None, translator, None)
    messages: list[dict[str, Any]] = []

    def keep(event: Any) -> None:
        if event.info.name in RESULT_EVENTS:
            messages.append(MessageToDict(event, preserving_proto_field_name=True))

    command = ["build", *arguments, "--indirect-selection", "cautious", "--log-level", "none"]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    # The manifest that other processes read meanwhile is the one `make` built.
    command += ["--log-level-file", "none", "--no-write-json"]
    # Our materialization asks for no relation, and finding those of a lake takes longer than many models.
    command += ["--no-populate-cache"]
    # One writer at a time: dbt commits through a connection of its own.
    lake.cursor().close()
    with lake.writing():
        result = dbtRunner(callbacks=[keep]).invoke(command)
    if result.exception is not None:
        raise Failure(
            f"dbt could not run: {result.exception}",
            metadata={"command": MetadataValue.text("dbt " + " ".join(command))},
        )
    runs: list[Any] = list(result.result)  # type: ignore[arg-type]
    compiled = {run.node.unique_id: run.node.compiled_code for run in runs}
    for message in messages:
        event = DbtCoreCliEventMessage(raw_event=message, event_history_metadata={})
        for dagster_event in event.to_default_asset_events(manifest, translator, context):
            if isinstance(dagster_event, Output):
                unique_id = message["data"]["node_info"]["unique_id"]
                extra = _model_metadata(lake, manifest, unique_id, compiled[unique_id] or "", context)
                dagster_event = dagster_event.with_metadata({**dagster_event.metadata, **extra})
            yield dagster_event
    failed = [run for run in runs if str(run.status) == "error"]
    if failed:
        lines = [f"{run.node.unique_id} ({run.node.original_file_path}): {run.message}" for run in failed]
        raise Failure("dbt models failed: " + "\n".join(lines))


def _named(context: AssetExecutionContext) -> dict[str, AssetKey | AssetCheckKey]:
    """dbt's names of the models and tests that a run asks for."""
    definition = context.assets_def
    models = {definition.specs_by_key[key].metadata[UNIQUE_ID]: key for key in context.selected_asset_keys}
    tests = {
        (definition.get_spec_for_check_key(key).metadata or {})[UNIQUE_ID]: key
        for key in context.selected_asset_check_keys
    }
    return {**models, **tests}


def _build_compiled(
    context: AssetExecutionContext,
    lake: Lake,
    manifest: Mapping[str, Any],
    named: Mapping[str, AssetKey | AssetCheckKey],
) -> Iterator[DbtEvent]:
    """The same from SQL that was compiled before, without dbt."""
    failed = []
    for result in list(compiled_models.build(lake, manifest, list(named), f"run {context.run_id}")):
        key, name = named[result.unique_id], result.unique_id
        said: dict[str, Any] = {"unique_id": name}
        if isinstance(key, AssetCheckKey):
            found = {**said, "status": "pass" if result.passed else "fail", FAILED_ROWS: result.rows}
            yield AssetCheckResult(passed=result.passed, asset_key=key.asset_key, check_name=key.name, metadata=found)
        elif result.why is not None:
            failed.append(f"{name} ({manifest['nodes'][name]['original_file_path']}): {result.why}")
        else:
            sql = compiled_models.compiled_sql(name)
            said |= _model_metadata(lake, manifest, name, sql, context)
            yield Output(None, output_name=key.to_python_identifier(), metadata=said)
    if failed:
        raise Failure("dbt models failed: " + "\n".join(failed))


def _model_metadata(
    lake: Lake, manifest: Mapping[str, Any], unique_id: str, sql: str, context: AssetExecutionContext
) -> dict[str, Any]:
    from sqlglot.errors import SqlglotError

    node = manifest["nodes"][unique_id]
    table = f"{node['schema']}.{node['name']}"
    rows, snapshot = _rows_and_snapshot(lake, table)
    described = TableSchema(
        columns=[TableColumn(name, description=column["description"]) for name, column in node["columns"].items()]
    )
    metadata: dict[str, Any] = dict(table_metadata(lake, table, described, snapshot, rows))
    try:
        sources = column_lineage(sql, {t: lake.columns(t) for t in tables_read(node, manifest)})
    except (SqlglotError, LakeError) as error:
        context.log.warning(f"No column lineage for {table}: {error}")
        return metadata
    deps = {
        column: [TableColumnDep(asset_key=asset_key(t), column_name=c) for t, c in found]
        for column, found in sources.items()
    }
    metadata["dagster/column_lineage"] = MetadataValue.column_lineage(TableColumnLineage(deps_by_column=deps))
    return metadata


def _rows_and_snapshot(lake: Lake, table: str) -> tuple[int, int]:
    schema, name = table.split(".")
    # What is being written has no message yet.
    written = "(SELECT max(snapshot_id) FROM ducklake_snapshots('lake') WHERE commit_message LIKE $message)"
    with contextlib.closing(lake.cursor()) as cursor:
        row = cursor.execute(
            f'SELECT (SELECT count(*) FROM lake."{schema}"."{name}"), {lake.held.snapshot if lake.held else written}',
            {} if lake.held else {"message": f'%"table": "{table}"%'},
        ).fetchone()
    assert row is not None
    return row[0], row[1]
