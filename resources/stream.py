"""Kafka as the settings describe it: clients, topics, offsets, batches of messages. Knows no message and no lake.

Offsets are the lake's: consumers are assigned partitions and seek, and what they commit to Kafka is for lag monitors.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.errors import StreamError

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, Producer
    from confluent_kafka.admin import AdminClient

    from resources.settings import Settings

GROUP = "socialai"
TIMEOUT_SECONDS = 10.0
_POLL = 10_000
_PARTITION_END = -191
# A broker that is away comes back, and librdkafka asks again by itself: _TRANSPORT, _ALL_BROKERS_DOWN, _TIMED_OUT,
# _RESOLVE, LEADER_NOT_AVAILABLE, NOT_LEADER_FOR_PARTITION.
_PASSING = {-195, -187, -185, -193, 5, 6}


@dataclass(frozen=True)
class Extent:
    """Offsets a partition holds: from `low` up to, and without, `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class Gathered:
    """Messages of some partitions in the order they came, and the offset after the last of each partition."""

    messages: Sequence[Message]
    following: Mapping[int, int]


def client_settings(settings: Settings) -> dict[str, Any]:
    """librdkafka's settings of every client.

    Raises:
        StreamError: no broker is named.
    """
    if settings.kafka_servers is None:
        raise StreamError(
            "No Kafka broker is named",
            where="SOCIALAI_KAFKA_SERVERS",
            do="Name one as host:port; `make kafka` starts one on this machine. Without any, readings land as files.",
        )
    found = {
        "bootstrap.servers": settings.kafka_servers,
        "security.protocol": settings.kafka_security,
        "client.id": "socialai",
        # What is wrong is raised where it matters; librdkafka would also write it to the terminal, again and again.
        "log_level": 0,
    }
    if "ssl" in settings.kafka_security:
        found["ssl.ca.location"] = settings.kafka_ca_file and str(settings.kafka_ca_file)
        found["ssl.certificate.location"] = settings.kafka_certificate_file and str(settings.kafka_certificate_file)
        found["ssl.key.location"] = settings.kafka_key_file and str(settings.kafka_key_file)
        found["ssl.key.password"] = settings.kafka_key_password and settings.kafka_key_password.get_secret_value()
    if settings.kafka_security.startswith("sasl"):
        found["sasl.mechanisms"] = settings.kafka_sasl_mechanism
        found["sasl.username"] = settings.kafka_username
        found["sasl.password"] = settings.kafka_password and settings.kafka_password.get_secret_value()
    return {name: value for name, value in found.items() if value is not None}


@contextlib.contextmanager
def consuming(settings: Settings) -> Iterator[Consumer]:
    """A consumer that Kafka's groups neither move nor assign partitions to."""
    consumer = _client("Consumer", settings, **_CONSUMER)
    try:
        yield consumer
    finally:
        consumer.close()


_CONSUMER = {
    "group.id": GROUP,
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    # Where a partition ends is told, also after offsets that are no messages (transactions' marks, compaction).
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "fetch.queue.backoff.ms": 50,
    "queued.max.messages.kbytes": 65_536,
}


def producer(settings: Settings) -> Producer:
    """A producer whose messages come once and in order, however often it has to send them."""
    return _client("Producer", settings, **{"enable.idempotence": True, "linger.ms": 20, "compression.type": "lz4"})


def administrator(settings: Settings) -> AdminClient:
    """A client for topics."""
    return _client("AdminClient", settings)


def _client(kind: str, settings: Settings, **more: object) -> Any:
    from confluent_kafka import Consumer, KafkaException, Producer
    from confluent_kafka.admin import AdminClient

    kinds = {"Consumer": Consumer, "Producer": Producer, "AdminClient": AdminClient}
    try:
        return kinds[kind]({**client_settings(settings), **more})
    except KafkaException as error:
        raise StreamError(
            f"The settings of Kafka are refused: {error.args[0].str()}",
            where="SOCIALAI_KAFKA_...",
            do="Look at them in docs/operations.md.",
        ) from None


def extents(consumer: Consumer, settings: Settings) -> dict[int, Extent]:
    """What each partition of the topic holds; empty where there is no such topic.

    Raises:
        StreamError: no broker answers.
    """
    from confluent_kafka import KafkaException, TopicPartition

    topic = settings.kafka_topic
    try:
        known = consumer.list_topics(topic, timeout=TIMEOUT_SECONDS).topics[topic]
        if known.error is not None:
            return {}
        found = {}
        for partition in sorted(known.partitions):
            place = TopicPartition(topic, partition)
            low, high = consumer.get_watermark_offsets(place, timeout=TIMEOUT_SECONDS)
            found[partition] = Extent(low, high)
    except KafkaException as error:
        raise unreachable(settings, error) from error
    return found


def unreachable(settings: Settings, error: Exception) -> StreamError:
    """What is raised where no broker answers."""
    return StreamError(
        f"Kafka does not answer: {error.args[0].str() if error.args else error}",
        where=str(settings.kafka_servers),
        do="Is it running, and SOCIALAI_KAFKA_SERVERS its address? `make kafka` starts one on this machine.",
    )


def seek(consumer: Consumer, topic: str, offsets: Mapping[int, int]) -> None:
    """Take these partitions, each from an offset on."""
    from confluent_kafka import TopicPartition

    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in offsets.items()])


def tell_lag_monitors(consumer: Consumer, topic: str, offsets: Mapping[int, int]) -> None:
    """Commit offsets to Kafka, where only those who watch the lag read them; nobody waits for it."""
    from confluent_kafka import TopicPartition

    places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
    consumer.commit(offsets=places, asynchronous=True)


def stamps(consumer: Consumer, topic: str, offsets: Mapping[int, int]) -> list[float]:
    """Time stamps of single messages, seconds since 1970 (UTC), of those that come within the time-out."""
    if not offsets:
        return []
    seek(consumer, topic, offsets)
    found: dict[int, float] = {}
    ended = time.monotonic() + TIMEOUT_SECONDS
    while len(found) < len(offsets) and time.monotonic() < ended:
        for message in consumer.consume(100, timeout=0.2):
            if message.error() is None:
                found.setdefault(int(message.partition() or 0), message.timestamp()[1] / 1000)
    return list(found.values())


def make_topic(settings: Settings, partitions: int) -> bool:
    """Make the topic where there is none; whether it was made.

    Raises:
        StreamError: no broker answers, or it refuses.
    """
    from confluent_kafka import KafkaException
    from confluent_kafka.cimpl import NewTopic

    client = administrator(settings)
    try:
        if settings.kafka_topic in client.list_topics(timeout=TIMEOUT_SECONDS).topics:
            return False
        made = client.create_topics([NewTopic(settings.kafka_topic, num_partitions=partitions)])
        made[settings.kafka_topic].result(timeout=TIMEOUT_SECONDS)
    except KafkaException as error:
        raise unreachable(settings, error) from error
    return True


def gather(
    consumer: Consumer,
    offsets: Mapping[int, int],
    settings: Settings,
    *,
    until: Mapping[int, int] | None = None,
    seconds: float | None = None,
) -> Gathered:
    """The next messages of the assigned partitions: a full batch, or what came in the time given.

    Args:
        consumer: with partitions assigned.
        offsets: the offset each partition is at.
        settings: the size of a batch.
        until: offsets to stop at, messages at these not taken; then it is also done when they are reached.
        seconds: how long to wait; default the setting's linger.

    Raises:
        StreamError: Kafka says of a partition that it cannot be read on.
    """
    ended = time.monotonic() + (settings.kafka_linger_seconds if seconds is None else seconds)
    messages: list[Message] = []
    following = dict(offsets)
    while len(messages) < settings.kafka_batch_messages:
        if until is not None and all(following[partition] >= until[partition] for partition in until):
            break
        left = ended - time.monotonic()
        if left <= 0:
            break
        room = min(_POLL, settings.kafka_batch_messages - len(messages))
        # A short wait each: `consume` returns when the batch is full or its time is over, whatever has come.
        for message in consumer.consume(room, timeout=min(left, 0.1)):
            error, partition, offset = message.error(), int(message.partition() or 0), int(message.offset() or 0)
            if error is not None:
                if error.code() == _PARTITION_END:
                    following[partition] = max(following[partition], offset)
                    continue
                if error.code() in _PASSING:
                    continue
                raise StreamError(
                    f"Kafka cannot be read on: {error.str()}",
                    where=f"{message.topic()}, partition {message.partition()}",
                    do="Run again; what the lake has taken is taken.",
                )
            if until is not None and offset >= until.get(partition, 0):
                continue
            messages.append(message)
            following[partition] = offset + 1
    return Gathered(messages, following)
