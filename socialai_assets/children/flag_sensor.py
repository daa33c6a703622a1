"""The sensor that tells how many flags of children wait, outside quiet hours. What may be told: flag_notices.py."""

import datetime
from zoneinfo import ZoneInfo

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason, sensor

from resources import notifier
from resources.access_log import Access
from resources.alert_book import AlertBook
from resources.settings import current
from resources.vault import Vault
from resources.vault_io_manager import PIPELINE
from socialai_assets.automation.quiet_hours import is_quiet
from socialai_assets.children.flag_notices import notices, tell
from socialai_assets.children.help_contracts import Flags
from socialai_assets.children.help_settings import help_settings
from socialai_assets.factories.guarding import without_values
from socialai_assets.ingest.contract import table_name

SECONDS = 3600


def flag_sensor() -> SensorDefinition:
    """Looks once an hour, since each look is written to the vault's access log."""

    @sensor(
        name="children_flags",
        minimum_interval_seconds=SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells how many flags of children wait for which role and where, never who.",
    )
    def children_flags(context: SensorEvaluationContext) -> SkipReason:
        now = datetime.datetime.now(datetime.UTC)
        told, undelivered = tell_waiting(now)
        if undelivered is not None:
            context.log.error(f"A notice could not be delivered and will be tried again: {undelivered}")
        return SkipReason("quiet hours" if told is None else f"{told} notices told")

    return children_flags


@without_values
def tell_waiting(now: datetime.datetime) -> tuple[int | None, str | None]:
    """Tell what waits; nothing at quiet hours, which gives None, nor before there is a vault.

    Args:
        now: with a time zone.
    """
    settings, own = current(), help_settings().alerts
    if is_quiet(now.astimezone(ZoneInfo(own.time_zone)), own):
        return None, None
    table = table_name(Flags)
    if not (settings.home / "vault").exists():
        return 0, None
    access = Access(who="sensor children_flags", role=PIPELINE, purpose="operation", what=table)
    with Vault.from_settings(settings).opened(access) as tables:
        if not tables.exists(table):
            return 0, None
        flags = tables.read_frame(table, ["role", "area_id", "state", "tell_at", "acknowledge_by"])
    found = notices(flags, now.astimezone(datetime.UTC).replace(tzinfo=None), own)
    book, channel = AlertBook.from_settings(settings), notifier.from_settings(settings)
    return tell(found, book, channel, now=now, days=settings.alert_days)
