"""The platform's sensors: landed files, automation conditions, alerts. Decisions are functions elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    AssetSelection,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from resources import notifier
from resources.alert_store import AlertStore
from resources.landing import LandingZone
from resources.settings import current
from socialai_assets.automation.alerting import deliver
from socialai_assets.automation.landing import changes, landing_event, reported_versions, survey
from socialai_assets.automation.troubles import failed_checks, failed_steps
from socialai_assets.ingest.sources import Source

# What failed longer ago than this before the first look is history.
FIRST_LOOK = timedelta(days=1)


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


def alerts_sensor(seconds: int) -> SensorDefinition:
    """Tells a person of failed checks, steps and runs: once each, and once when they are well again."""

    @sensor(
        name="alerts",
        minimum_interval_seconds=seconds,
        default_status=DefaultSensorStatus.RUNNING,
        description="Looks for failed checks and steps, and tells a person of what is new, still open or over.",
    )
    def alerts(context: SensorEvaluationContext) -> SkipReason:
        settings, now = current(), datetime.now(UTC)
        since = datetime.fromisoformat(context.cursor) if context.cursor else now - FIRST_LOOK
        checks = sorted(context.repository_def.asset_graph.asset_check_keys) if context.repository_def else []
        seen = {
            **dict(failed_steps(context.instance, since)),
            **dict(failed_checks(context.instance, checks, warnings=settings.alert_warnings)),
        }
        store = AlertStore(settings.alerts_file)
        undelivered = deliver(store, notifier.from_settings(settings), seen, now)
        for subject, error in undelivered.items():
            context.log.error(f"`{subject}` could not be delivered and will be tried again: {error}")
        context.update_cursor(now.isoformat())
        open_alerts = [record for record in store.records() if record.resolved is None]
        return SkipReason(f"{len(open_alerts)} open alerts, {len(undelivered)} messages not delivered")

    return alerts
