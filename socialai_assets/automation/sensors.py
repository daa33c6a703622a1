"""The platform's sensors: landed files, automation conditions, alerts, notices. Decisions are functions elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime

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
from resources.alert_book import AlertBook
from resources.landing import LandingZone
from resources.settings import current
from socialai_assets.automation.alerts import look
from socialai_assets.automation.landing import changes, landing_event, reported_versions, seal_landed, survey
from socialai_assets.automation.notice_round import tell_all
from socialai_assets.ingest.sources import Source

NOTICE_SECONDS = 30


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
        seal_landed(zone, sources, current())
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
    """Tells a person of each check and step that fails, once, and when it passes again."""

    @sensor(
        name="alerts",
        minimum_interval_seconds=seconds,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells a person what fails, once until it passes again: `socialai alerts list`.",
    )
    def alerts(context: SensorEvaluationContext) -> SkipReason:
        settings = current()
        assert context.repository_def is not None, "a sensor is evaluated in its code location"
        done = look(
            context.instance,
            context.repository_def.asset_graph.asset_check_keys,
            AlertBook.from_settings(settings),
            notifier.from_settings(settings),
            warnings=settings.alert_on == "warnings",
            days=settings.alert_days,
        )
        if done.undelivered is not None:
            context.log.error(f"An alert could not be delivered and will be tried again: {done.undelivered}")
        return SkipReason(f"{len(done.told)} alerts told")

    return alerts


def notices_sensor(logs: Sequence[str]) -> SensorDefinition:
    """Mails the people whom something concerns and sends programs their events; it is in no run's way.

    Args:
        logs: the domains' decision logs, which name new plans.
    """

    @sensor(
        name="notices",
        minimum_interval_seconds=NOTICE_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells people and programs what concerns them, as notices.yaml says.",
    )
    def notices(context: SensorEvaluationContext) -> SkipReason:
        done = tell_all(current(), logs, datetime.now(UTC))
        for account, why in done.refused.items():
            context.log.error(f"Account {account} could not be mailed and will be tried again: {why}")
        for name, why in done.sent.failing.items():
            context.log.error(f"Webhook {name} did not take an event: {why}")
        return SkipReason(f"{len(done.told)} notices mailed, {len(done.sent.delivered)} events delivered")

    return notices
