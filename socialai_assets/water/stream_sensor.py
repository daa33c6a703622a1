"""The sensor that has waiting messages taken: how it decides is a function of its own. Takes nothing itself."""

import time
from collections.abc import Mapping

from dagster import (
    AssetSelection,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from resources.errors import LakeError, StreamError
from resources.lake import Lake
from resources.settings import Settings, current
from socialai_assets.factories.tables import asset_key
from socialai_assets.water.ingestion import waiting
from socialai_assets.water.readings import OFFSETS
from socialai_assets.water.readings_table import READINGS
from socialai_assets.water.stream_intake import every_offset

TAG = "socialai/stream"
SECONDS = 30
_UNFINISHED = [
    status
    for status in DagsterRunStatus
    if status not in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
]


def run_key(
    topic: str,
    ranges: Mapping[int, tuple[int, int]],
    oldest_seconds: float | None,
    *,
    taken_elsewhere: Mapping[str, int] | None,
    most_messages: int,
    most_seconds: float,
) -> str | None:
    """The key of the run to ask for; None where nothing is to be done yet.

    Args:
        topic: the topic.
        ranges: offsets of waiting messages by partition: the first, and the one after the last.
        oldest_seconds: how long the oldest of them has waited; None where none waits.
        taken_elsewhere: how far topics have been taken, where that was not by the table's last run.
        most_messages: so many waiting ones are taken at once.
        most_seconds: one that has waited so long has all taken.
    """
    number = sum(end - first for first, end in ranges.values())
    if number >= most_messages or (number and oldest_seconds is not None and oldest_seconds >= most_seconds):
        return f"{topic}: " + ", ".join(f"{p}[{first}-{end})" for p, (first, end) in sorted(ranges.items()))
    if taken_elsewhere:
        return f"{topic} taken: " + ", ".join(f"{name}<{end}" for name, end in sorted(taken_elsewhere.items()))
    return None


def water_stream_sensor() -> SensorDefinition:
    """Asks for `water.readings` when messages wait, or when `socialai water ingest` has taken some."""

    @sensor(
        name="water_stream_sensor",
        target=AssetSelection.keys(asset_key(READINGS)),
        minimum_interval_seconds=SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Has readings that wait in Kafka taken into the lake: SOCIALAI_KAFKA_WAITING_MESSAGES, _SECONDS.",
    )
    def water_stream(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        settings = current()
        if context.instance.get_runs(RunsFilter(tags={TAG: settings.kafka_topic}, statuses=_UNFINISHED), limit=1):
            return SkipReason("a run that takes them has not ended")
        taken = _taken(settings)
        of_topic = {
            int(name.rsplit("/", 1)[1]): end for name, end in taken.items() if _topic(name) == settings.kafka_topic
        }
        try:
            ranges, oldest = waiting(settings, of_topic)
        except StreamError as error:
            context.log.error(str(error))
            return SkipReason(str(error))
        event = context.instance.get_latest_materialization_event(asset_key(READINGS))
        known = event.asset_materialization.metadata.get(OFFSETS) if event and event.asset_materialization else None
        key = run_key(
            settings.kafka_topic,
            ranges,
            None if oldest is None else time.time() - oldest,
            taken_elsewhere=None if known is not None and known.value == taken else taken,
            most_messages=settings.kafka_waiting_messages,
            most_seconds=settings.kafka_waiting_seconds,
        )
        if key is None:
            return SkipReason(f"{sum(end - first for first, end in ranges.values())} messages wait, not yet for long")
        return RunRequest(run_key=key, tags={TAG: settings.kafka_topic})

    return water_stream


def _topic(name: str) -> str:
    return name.rsplit("/", 1)[0]


def _taken(settings: Settings) -> dict[str, int]:
    """How far each partition has been taken, by `topic/partition`; nothing where there is no lake yet."""
    try:
        lake = Lake.from_settings(settings, read_only=True)
        found = every_offset(lake)
    except LakeError:
        return {}
    lake.close()
    return found
