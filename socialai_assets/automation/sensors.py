"""The platform's sensors: landed files, automation conditions, failed runs. Decisions are functions elsewhere."""

from collections.abc import Sequence

from dagster import (
    AssetSelection,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    RunFailureSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)
from dagster_shared.error import SerializableErrorInfo

from resources import notifier
from resources.landing import LandingZone
from resources.settings import current
from socialai_assets.automation.landing import changes, landing_event, reported_versions, survey
from socialai_assets.ingest.sources import Source

DAGSTER_WRAPPERS = {
    "DagsterExecutionStepExecutionError",
    "DagsterExecutionHandleOutputError",
    "DagsterExecutionLoadInputError",
}


def landing_sensor(sources: Sequence[Source], seconds: int) -> SensorDefinition:
    """Reports each source whose landed files have changed, all changes of one look at once."""
    by_name = {source.name: source for source in sources}

    @sensor(
        name="landing",
        minimum_interval_seconds=seconds,
        default_status=DefaultSensorStatus.RUNNING,
        description="Looks for landed files and reports what changed; the tables that depend on it follow.",
    )
    def landing(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        zone = LandingZone.from_settings(current(), sources)
        found = survey(zone, sources)
        for name, reason in found.unreadable.items():
            context.log.error(f"Source {name} cannot be read and is left as it was: {reason}")
        changed = changes(found, reported_versions(context.instance, sources))
        # A run that starts while other files are still being copied would take half of a delivery.
        if not changed or found.settling:
            waiting = f"; waiting for {sorted(found.settling)} to be whole" if found.settling else ""
            return SkipReason(f"nothing new in {len(found.versions)} sources{waiting}")
        events = [landing_event(zone, by_name[name], version) for name, version in changed.items()]
        return SensorResult(asset_events=events)

    return landing


def automation_sensor(seconds: int) -> AutomationConditionSensorDefinition:
    """Asks for what the conditions say; Dagster would leave it stopped unless it is declared running."""
    return AutomationConditionSensorDefinition(
        name="automation",
        target=AssetSelection.all(),
        minimum_interval_seconds=seconds,
        default_status=DefaultSensorStatus.RUNNING,
    )


def failed_runs_sensor() -> SensorDefinition:
    """Tells a person of each failed run, with the failed step's error."""

    @run_failure_sensor(name="failed_runs", default_status=DefaultSensorStatus.RUNNING)
    def failed_runs(context: RunFailureSensorContext) -> None:
        run = context.dagster_run
        errors = [
            f"{event.step_key}: {failure_text(event.step_failure_data.error)}"
            for event in context.get_step_failure_events()
        ]
        notifier.from_settings(current()).send(
            notifier.Alert(
                subject=f"Run {run.run_id[:8]} failed",
                detail="\n".join(errors) or context.failure_event.message or "no step failed",
                key=f"run:{','.join(sorted(str(e) for e in errors))}",
            )
        )

    return failed_runs


def failure_text(error: SerializableErrorInfo | None) -> str:
    """What a failed step raised: neither Dagster's wrapping, which names the step alone, nor a library's error below.

    Args:
        error: of a step's failure event.
    """
    while error is not None and error.cause is not None and error.cls_name in DAGSTER_WRAPPERS:
        error = error.cause
    return error.message.strip() if error else "unknown error"
