"""What is wrong now, read from Dagster: failed checks and failed steps. Who is told of it is decided in alerting.py."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dagster import AssetCheckKey, AssetCheckSeverity, DagsterEventType, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.execution.stats import StepEventStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster_shared.error import SerializableErrorInfo

from resources.notifier import Alert

DAGSTER_WRAPPERS = {
    "DagsterExecutionStepExecutionError",
    "DagsterExecutionHandleOutputError",
    "DagsterExecutionLoadInputError",
}
CHECK_EVALUATED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]


def failed_checks(
    instance: DagsterInstance, checks: Sequence[AssetCheckKey], *, warnings: bool
) -> Iterator[tuple[str, Alert | None]]:
    """By key, each check's trouble, or None where it passes; nothing of checks never evaluated or in evaluation.

    Args:
        instance: Dagster's.
        checks: the checks to look at.
        warnings: whether a failed check that is only a warning is a trouble.
    """
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(checks))
    for check, record in latest.items():
        if record.status not in CHECK_EVALUATED or record.evaluation is None:
            continue
        evaluation = record.evaluation
        is_error = evaluation.severity == AssetCheckSeverity.ERROR
        name = f"{'.'.join(check.asset_key.path)}: {check.name}"
        trouble = Alert(
            subject=f"Check failed: {name}",
            detail=evaluation.description or "The check gave no description; the Dagster UI shows its figures.",
            key=_check_key(check),
            severity="error" if is_error else "warning",
        )
        yield _check_key(check), trouble if not evaluation.passed and (is_error or warnings) else None


def failed_steps(instance: DagsterInstance, since: datetime) -> Iterator[tuple[str, Alert | None]]:
    """By key, each step of the runs that ended since a moment, in order: its trouble, or None where it succeeded.

    A run that failed without a failed step, such as one that was killed, is a trouble of its own; a later success
    ends it.
    """
    records = instance.get_run_records(
        RunsFilter(statuses=FINISHED, updated_after=since), order_by="update_timestamp", ascending=True
    )
    for record in records:
        run = record.dagster_run
        failed = False
        for step in instance.get_run_step_stats(run.run_id):
            if step.status == StepEventStatus.SUCCESS:
                yield f"step:{step.step_key}", None
            elif step.status == StepEventStatus.FAILURE:
                failed = True
                error = _step_error(instance, run.run_id, step.step_key)
                # The check that failed is told of by itself.
                if error is None or error.cls_name != "DagsterAssetCheckFailedError":
                    subject = f"Step failed: {step.step_key} (run {run.run_id[:8]})"
                    yield f"step:{step.step_key}", Alert(subject, failure_text(error), f"step:{step.step_key}")
        if run.status == DagsterRunStatus.SUCCESS:
            yield "run", None
        elif not failed:
            yield "run", _run_alert(instance, run.run_id)


def failure_text(error: SerializableErrorInfo | None) -> str:
    """What a failed step raised: neither Dagster's wrapping, which names the step alone, nor a library's error below.

    Args:
        error: of a step's failure event.
    """
    while error is not None and error.cause is not None and error.cls_name in DAGSTER_WRAPPERS:
        error = error.cause
    return error.message.strip() if error else "unknown error"


def _check_key(check: AssetCheckKey) -> str:
    return f"check:{check.asset_key.to_user_string()}:{check.name}"


def _step_error(instance: DagsterInstance, run_id: str, step: str) -> SerializableErrorInfo | None:
    entries = instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE)
    events = [entry.dagster_event for entry in entries if entry.dagster_event and entry.dagster_event.step_key == step]
    return events[-1].step_failure_data.error if events else None


def _run_alert(instance: DagsterInstance, run_id: str) -> Alert:
    entries = instance.all_logs(run_id, of_type=DagsterEventType.PIPELINE_FAILURE)
    text = next((entry.message for entry in reversed(list(entries)) if entry.message), "It gave no reason.")
    return Alert(f"Run {run_id[:8]} failed", f"{text}\nThe next run makes what is missing.", "run")
