"""Taking a Kafka topic's messages into the lake, batch after batch, until something ends it. Prints nothing.

Where Kafka is read from is what the lake says; the offsets committed to Kafka are for those who watch its lag.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources import stream
from resources.errors import StreamError
from socialai_assets.water.reading_messages import Raw
from socialai_assets.water.stream_intake import (
    COUNTS,
    Intake,
    OffsetsMoved,
    Receipt,
    make_stream_tables,
    merge_small_files,
)

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

    from resources.lake import Lake
    from resources.settings import Settings
    from socialai_assets.water.stream_detection import StreamAlarms

MERGED_AFTER = 50
"""Batches after which their small files are merged."""
LOOKED_AFTER_SECONDS = 30.0
"""How often it is asked whether the topic has new partitions, and whether Kafka is there at all."""


@dataclass
class Taken:
    """What an ingestion has taken so far.

    Attributes:
        batches: transactions.
        counts: of `water.stream_batches`, summed.
        alarms: how often an alarm was opened, went on, expired or closed.
        waiting: messages that waited when last asked.
        problem: why Kafka did not say, when last asked; it is asked again.
    """

    batches: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    alarms: int = 0
    waiting: int = 0
    problem: str | None = None

    def add(self, receipt: Receipt) -> None:
        """Count a batch."""
        self.batches += 1
        self.alarms += receipt.alarms
        for name, number in receipt.counts.items():
            self.counts[name] += number


def ingest(
    lake: Lake,
    settings: Settings,
    *,
    author: str,
    until_empty: bool = False,
    seconds: float | None = None,
    progress: Callable[[Taken], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    detect: bool = True,
) -> Taken:
    """Take what is in the topic, and what comes, until what was there is taken or the time is over.

    Args:
        lake: open for writing.
        settings: Kafka's.
        author: who takes it; stands in the snapshots and the log.
        until_empty: end when all that was there at the start is taken.
        seconds: end after this time; default never.
        progress: called after each batch, and every half a minute.
        stopped: whether to end; asked between batches.
        detect: whether to find alarms in the readings as they are taken.

    Raises:
        StreamError: no broker is named or answers, there is no such topic, or it was made anew.
        LakeError: a batch could not be written; those before it are.
    """
    taken = Taken()
    make_stream_tables(lake, author=author)
    alarms = _stream_alarms(lake, settings, author) if detect else None
    intake = Intake(lake, settings.kafka_topic, author=author, detector=alarms)
    ended = None if seconds is None else time.monotonic() + seconds
    try:
        with stream.consuming(settings) as consumer:
            held = _held(consumer, settings)
            until = {partition: extent.high for partition, extent in held.items()} if until_empty else None
            offsets = _begin(intake, consumer, settings, held)
            looked = time.monotonic()
            while not (stopped() or _is_over(offsets, until, ended)):
                wait = settings.kafka_linger_seconds
                left = wait if ended is None else min(wait, max(0.0, ended - time.monotonic()))
                gathered = stream.gather(consumer, offsets, settings, until=until, seconds=left)
                if gathered.following != offsets:
                    try:
                        taken.add(intake.take(_raw(gathered.messages), offsets, gathered.following))
                    except OffsetsMoved:
                        offsets = _begin(intake, consumer, settings, _held(consumer, settings))
                        continue
                    offsets = dict(gathered.following)
                    stream.tell_lag_monitors(consumer, settings.kafka_topic, offsets)
                    if progress is not None:
                        progress(taken)
                    if taken.batches % MERGED_AFTER == 0:
                        merge_small_files(lake)
                if time.monotonic() - looked > LOOKED_AFTER_SECONDS:
                    offsets = _look(intake, consumer, settings, offsets, taken)
                    looked = time.monotonic()
                    if until_empty and taken.problem is not None:
                        raise StreamError(taken.problem)
                    if progress is not None:
                        progress(taken)
        if alarms is not None:
            alarms.keep()
    finally:
        intake.close()
    return taken


def waiting(settings: Settings, taken: Mapping[int, int]) -> tuple[dict[int, tuple[int, int]], float | None]:
    """Offsets of the messages that wait in each partition, from and up to, and when the oldest was stamped.

    Args:
        settings: Kafka's.
        taken: how far each partition has been taken.

    Returns:
        Partitions in which some wait, and seconds since 1970 (UTC) of the oldest message; None where none waits.

    Raises:
        StreamError: no broker is named or answers.
    """
    with stream.consuming(settings) as consumer:
        held = stream.extents(consumer, settings)
        ranges = {p: (max(taken.get(p, e.low), e.low), e.high) for p, e in held.items()}
        ranges = {p: (first, end) for p, (first, end) in ranges.items() if end > first}
        stamps = stream.stamps(consumer, settings.kafka_topic, {p: first for p, (first, _) in ranges.items()})
    return ranges, min(stamps, default=None)


def _stream_alarms(lake: Lake, settings: Settings, author: str) -> StreamAlarms:
    from socialai_assets.water.stream_detection import StreamAlarms

    return StreamAlarms(lake, settings.home / "stream", settings.kafka_topic, author=author)


def _held(consumer: Consumer, settings: Settings) -> dict[int, stream.Extent]:
    held = stream.extents(consumer, settings)
    if not held:
        raise StreamError(
            f"There is no topic `{settings.kafka_topic}`",
            where=str(settings.kafka_servers),
            do="Make it, or let `socialai water simulate` do so; SOCIALAI_KAFKA_TOPIC names another.",
        )
    return held


def _begin(intake: Intake, consumer: Consumer, settings: Settings, held: Mapping[int, stream.Extent]) -> dict[int, int]:
    offsets = intake.begin({partition: (extent.low, extent.high) for partition, extent in held.items()})
    stream.seek(consumer, settings.kafka_topic, offsets)
    return offsets


def _is_over(offsets: Mapping[int, int], until: Mapping[int, int] | None, ended: float | None) -> bool:
    if until is not None and all(offsets[partition] >= end for partition, end in until.items()):
        return True
    return ended is not None and time.monotonic() >= ended


def _look(
    intake: Intake, consumer: Consumer, settings: Settings, offsets: dict[int, int], taken: Taken
) -> dict[int, int]:
    """Offsets to go on from, other ones where the topic has new partitions; a broker that is away is waited for."""
    try:
        held = _held(consumer, settings)
    except StreamError as error:
        taken.problem = str(error)
        return offsets
    taken.problem = None
    taken.waiting = sum(max(0, extent.high - offsets.get(p, extent.low)) for p, extent in held.items())
    return offsets if set(held) == set(offsets) else _begin(intake, consumer, settings, held)


def _raw(messages: Sequence[Message]) -> list[Raw]:
    now = int(time.time() * 1000)
    found = []
    for message in messages:
        kind, stamp = message.timestamp()
        content = message.value()
        found.append(Raw(message.partition(), message.offset(), stamp if kind else now, content))  # type: ignore[arg-type]
    return found
