"""A recording of a plant or of the sample's stations, played into Kafka as many stations' messages. Reads no lake."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from resources import stream
from resources.errors import StreamError
from socialai_assets.water.reading_messages import message

if TYPE_CHECKING:
    import pandas as pd

    from resources.settings import Settings

PREFIX = "sim-"
"""Simulated stations' codes begin so: none is mistaken for a real one."""
SHARE_REPEATED, SHARE_LATE, SHARE_MALFORMED = 0.01, 0.005, 0.002
GECCO_PARAMETERS = {
    "tp": "temperature",
    "cl": "chlorine_dioxide",
    "ph": "ph",
    "redox": "redox",
    "leit": "conductivity",
    "trueb": "turbidity",
    "cl_2": "chlorine_dioxide_2",
    "fm": "flow",
    "fm_2": "flow_2",
}
MALFORMED = (
    b"",
    b"{",
    b"\xff\xfe not text",
    b"[1, 2]",
    b'{"station_id": "sim-bad", "measured_at": "yesterday", "values": {"ph": 7}}',
    b'{"station_id": "sim-bad", "measured_at": "2026-01-01T00:00:00Z", "values": {"ph": "seven"}}',
    b'{"station_id": "sim-bad", "measured_at": "2026-01-01T00:00:00Z", "values": {"happiness": 7}}',
)
"""What a broken sender may write; every one of them belongs in the quarantine."""


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent: key, bytes, and its own time stamp in ms since 1970 (UTC)."""

    key: str
    content: bytes
    stamp_ms: int


@dataclass(frozen=True)
class Sent:
    """What was sent: messages, of them malformed, repeated and late ones, and bytes."""

    messages: int = 0
    malformed: int = 0
    repeated: int = 0
    late: int = 0
    bytes: int = 0


def recording(source: str, settings: Settings) -> list[dict[str, float | None]]:
    """A recording, a row a minute: values by parameter, None where the sensor had none.

    Args:
        source: `gecco`, the plant of the GECCO 2018 challenge, from the landing folder; or `sample`.
        settings: where the landing folder is, and the sample's seed.

    Raises:
        StreamError: GECCO's file has not landed.
    """
    return _gecco(settings) if source == "gecco" else _sample(settings)


def messages(
    recorded: list[dict[str, float | None]], *, stations: int, minutes: int, start: datetime
) -> Iterator[Outgoing]:
    """Messages of stations that report every minute, minute after minute; each plays the recording from elsewhere.

    Args:
        recorded: as `recording` gives it.
        stations: how many there are.
        minutes: how long they report.
        start: the first minute, UTC.
    """
    for minute in range(minutes):
        moment = start + timedelta(minutes=minute)
        stamp = int(moment.timestamp() * 1000)
        for number in range(stations):
            # Steps of a prime, so that stations are not alike; the same minute always has the same values.
            values = recorded[(stamp // 60_000 + number * 7919) % len(recorded)]
            station = f"{PREFIX}{number:06}"
            yield Outgoing(station, message(station, moment, values, synthetic=True), stamp)


def with_faults(outgoing: Iterator[Outgoing], seed: int) -> Iterator[tuple[Outgoing, str]]:
    """The same messages as bad lines and senders deliver them: some twice, some late, and malformed ones between.

    Each comes with what it is: `good`, `repeated`, `late` or `malformed`.
    """
    chance = random.Random(seed)
    held: list[Outgoing] = []
    for one in outgoing:
        draw = chance.random()
        if draw < SHARE_LATE:
            held.append(one)
            continue
        if draw < 3 * SHARE_LATE and held:
            yield held.pop(chance.randrange(len(held))), "late"
        yield one, "good"
        if chance.random() < SHARE_REPEATED:
            yield one, "repeated"
        if chance.random() < SHARE_MALFORMED:
            yield Outgoing(one.key, chance.choice(MALFORMED), one.stamp_ms), "malformed"
    for one in held:
        yield one, "late"


def send(
    settings: Settings,
    outgoing: Iterator[tuple[Outgoing, str]],
    *,
    rate: float,
    now: bool = False,
    progress: Callable[[Sent], None] | None = None,
) -> Sent:
    """Send messages at a rate, and wait until Kafka has them all.

    Args:
        settings: Kafka's.
        outgoing: messages and what they are.
        rate: messages a second at most; 0 as fast as it can.
        now: whether Kafka stamps them with the time of sending; otherwise each with its own, but for late ones.
        progress: called about every second.

    Raises:
        StreamError: no broker answers, or it did not take them all.
    """
    producer = stream.producer(settings)
    failed: list[str] = []
    counts = {"good": 0, "repeated": 0, "late": 0, "malformed": 0}
    size = 0

    def delivered(error: object, _: object) -> None:
        if error is not None:
            failed.append(str(error))

    def sent() -> Sent:
        return Sent(sum(counts.values()), counts["malformed"], counts["repeated"], counts["late"], size)

    started = told = time.monotonic()
    for one, kind in outgoing:
        # librdkafka takes 0 for now.
        stamp = 0 if now or kind == "late" else one.stamp_ms
        while True:
            try:
                producer.produce(
                    settings.kafka_topic,
                    value=one.content,
                    key=one.key.encode(),
                    on_delivery=delivered,
                    timestamp=stamp,
                )
                break
            except BufferError:
                producer.poll(0.1)
        counts[kind] += 1
        size += len(one.content)
        number = sum(counts.values())
        if number % 100 == 0:
            producer.poll(0)
            ahead = number / rate - (time.monotonic() - started) if rate else 0
            if ahead > 0:
                time.sleep(ahead)
            if time.monotonic() - told > 1:
                told = time.monotonic()
                if progress is not None:
                    progress(sent())
    left = producer.flush(stream.TIMEOUT_SECONDS * 3)
    if left or failed:
        raise StreamError(
            f"Kafka did not take {left + len(failed)} messages: {failed[0] if failed else 'it does not answer'}",
            where=f"{settings.kafka_servers}, topic {settings.kafka_topic}",
            do="Is it running? What it took is there.",
        )
    return sent()


def this_minute() -> datetime:
    """The minute that has begun, UTC."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def _sample(settings: Settings) -> list[dict[str, float | None]]:
    from socialai_assets.ingest.sample.water_stations import recording as recorded

    return _wide(recorded(settings.sample_seed))


def _gecco(settings: Settings) -> list[dict[str, float | None]]:
    import pandas as pd

    folders = [folder for folder in (settings.home_landing, settings.landing) if folder is not None]
    files = [file for folder in folders for file in sorted(Path(folder, "water", "gecco2018").glob("*.csv"))]
    if not files:
        raise StreamError(
            "GECCO's readings have not landed",
            where=" and ".join(str(Path(folder, "water", "gecco2018")) for folder in folders),
            do="`socialai sources` says where it comes from; `--source sample` needs no file.",
        )
    table = pd.read_csv(files[0])
    table.columns = [name.strip().lower() for name in table.columns]
    values = table[list(GECCO_PARAMETERS)].rename(columns=GECCO_PARAMETERS)
    rows = values.astype(object).where(values.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _wide(readings: pd.DataFrame) -> list[dict[str, float | None]]:
    found: dict[tuple[str, str], dict[str, float | None]] = {}
    for row in readings.itertuples():
        values = found.setdefault((str(row.station_id), str(row.minute)), {})
        values[str(row.parameter)] = None if row.value != row.value else float(row.value)  # type: ignore[arg-type]
    return list(found.values())
