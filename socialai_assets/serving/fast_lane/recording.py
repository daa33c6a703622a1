"""What was made and checked in memory, told to the project's Dagster instance as one run. Makes and checks nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    DataVersion,
    Definitions,
    ExecuteInProcessResult,
    JobDefinition,
    MaterializeResult,
    define_asset_job,
    multi_asset,
)
from dagster._core.definitions.data_version import DATA_VERSION_IS_USER_PROVIDED_TAG, DATA_VERSION_TAG

from resources.event_log import KeptEventLog

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RESOURCE = "made"


@dataclass(frozen=True)
class Made:
    """What a run made and checked, in its order.

    Attributes:
        tables: materializations.
        checks: evaluations of checks.
    """

    tables: Sequence[AssetMaterialization]
    checks: Sequence[AssetCheckEvaluation]


def made_by(result: ExecuteInProcessResult) -> Made:
    """What a run in memory made and checked."""
    told = result.all_events
    return Made(
        tables=[event.step_materialization_data.materialization for event in told if event.is_step_materialization],
        checks=[
            event.asset_check_evaluation_data
            for event in told
            if event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION
        ],
    )


def recording_job(definitions: Definitions, keys: Sequence[AssetKey], name: str) -> JobDefinition:
    """A job whose runs say of the same assets and checks what was made of them before; `record` gives it that.

    Args:
        definitions: of the project.
        keys: of the assets.
        name: of the job.
    """
    graph = definitions.resolve_asset_graph()
    specs = [definitions.resolve_assets_def(key).get_asset_spec(key) for key in keys]
    checks = [graph.get_check_spec(check) for key in keys for check in sorted(graph.get_check_keys_for_assets({key}))]

    @multi_asset(name=name, specs=specs, check_specs=checks, required_resource_keys={RESOURCE})
    def recorded(context: AssetExecutionContext) -> Iterator[MaterializeResult | AssetCheckResult]:
        made: Made = getattr(context.resources, RESOURCE)
        for table in made.tables:
            if table.asset_key in context.selected_asset_keys:
                yield MaterializeResult(
                    asset_key=table.asset_key, metadata=table.metadata, data_version=_data_version(table)
                )
            else:
                # A log or quarantine that assets write to beside their own tables.
                context.log_event(table)
        for check in made.checks:
            yield AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.check_name,
                passed=check.passed,
                severity=check.severity,
                description=check.description,
                metadata=check.metadata,
            )

    job = define_asset_job(f"{name}_run", selection=[recorded])
    alone = Definitions(assets=[recorded], jobs=[job], resources={RESOURCE: Made((), ())})
    return alone.resolve_job_def(f"{name}_run")


def record(
    job: JobDefinition, instance: DagsterInstance, made: Made, *, run_id: str, tags: Mapping[str, str]
) -> ExecuteInProcessResult:
    """Record as one run what was made.

    Raises:
        DagsterError: the instance could not take it in.
    """
    resources: dict[str, Any] = {RESOURCE: made}
    log = instance.event_log_storage
    with log.as_one_write() if isinstance(log, KeptEventLog) else nullcontext():
        return job.execute_in_process(
            instance=instance, run_id=run_id, tags=dict(tags), resources=resources, run_config=QUIET
        )


def _data_version(table: AssetMaterialization) -> DataVersion | None:
    """The version that the asset gave; what Dagster made of versions it did not know in memory is made anew."""
    tags = table.tags or {}
    given = tags.get(DATA_VERSION_IS_USER_PROVIDED_TAG) == "true"
    return DataVersion(tags[DATA_VERSION_TAG]) if given else None
