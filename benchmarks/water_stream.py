"""`python -m benchmarks.water_stream`: readings over Kafka into the lake, on a broker and in a home of its own.

Sustained messages a second, beside a bare consumer that only counts; time from a reading to its alarm in the lake at
1,000 stations a minute and a hundred times that; memory over a long run. Only figures belong here; what is measured is
the platform's own ingestion.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, append_json_lines, report
from benchmarks.spine import machine, say
from resources import stream
from resources.errors import SocialAIError
from resources.kafka_broker import Broker, free_port, resolve_jars
from resources.lake import Lake
from resources.settings import Settings, current, load
from socialai_assets.water import replay
from socialai_assets.water.ingestion import Taken, ingest
from socialai_assets.water.reading_messages import message
from socialai_assets.water.replay import Outgoing

PARTITIONS = 4
BACKLOG_STATIONS = 10_000
AIM_RATE = 20_000.0
AIM_SECONDS = 5.0
STATIONS = (1_000, 100_000)
LINGER = 0.5
MEMORY_RATE = 5_000.0
SETTLED = 0.25
"""Share of a long run after which memory is first looked at: until then windows and caches fill."""
AUTHOR = "benchmark"
Recorded = list[dict[str, float | None]]


@dataclass(frozen=True)
class Bench:
    """What is measured on: a folder, a broker, and how much.

    Attributes:
        folder: temporary.
        broker: started.
        messages: how many wait when the rate is measured.
        minutes: how long stations report for the latency, and how long the memory is watched.
        recorded: values that stations play.
    """

    folder: Path
    broker: Broker
    messages: int
    minutes: float
    recorded: Recorded

    def settings(self, name: str, linger: float = LINGER) -> Settings:
        """Settings of a new home and a new topic."""
        made = load(
            home=self.folder / name,
            kafka_servers=self.broker.servers,
            kafka_topic=name,
            kafka_linger_seconds=linger,
            memory_limit="2GB",
        )
        stream.make_topic(made, PARTITIONS)
        return made


def throughput(bench: Bench) -> list[Figure]:
    """Messages a second out of a backlog: only counted, into the lake, and into the lake with alarms found."""
    settings = bench.settings("backlog", linger=5.0)
    minutes = max(1, bench.messages // BACKLOG_STATIONS)
    say(f"sending {minutes * BACKLOG_STATIONS:,} messages")
    start = replay.this_minute() - timedelta(minutes=minutes)
    outgoing = replay.messages(bench.recorded, stations=BACKLOG_STATIONS, minutes=minutes, start=start)
    sent = replay.send(settings, ((one, "good") for one in outgoing), rate=0).messages
    say("counting them")
    bare = sent / _count(settings, sent)
    rates, processor = {}, {}
    for name, detect in (("into the lake", False), ("into the lake, alarms found", True)):
        say(name)
        home = settings.model_copy(update={"home": bench.folder / f"backlog-{detect}"})
        lake = Lake.from_settings(home)
        began, worked = time.perf_counter(), time.process_time()
        taken = ingest(lake, home, author=AUTHOR, until_empty=True, detect=detect)
        rates[name] = sent / (time.perf_counter() - began)
        processor[name] = 1e6 * (time.process_time() - worked) / sent
        lake.close()
        if taken.counts["readings"] != sum(len(bench.recorded[0]) for _ in range(sent)):
            raise SocialAIError(f"{taken.counts['readings']} readings of {sent} messages were taken")
    context = {"messages": sent, "stations": BACKLOG_STATIONS, "values a message": len(bench.recorded[0])}
    aim = f"aim: at least {min(AIM_RATE, bare / 2):,.0f}, the less of {AIM_RATE:,.0f} and half the bare consumer's"
    return [
        Figure("Sustained rate", "bare consumer that counts", bare, "messages/s", context=context),
        *(
            Figure("Sustained rate", name, rate, "messages/s", note=aim, context=context)
            for name, rate in rates.items()
        ),
        *(
            Figure("Sustained rate", f"{name}: CPU a message", value, "µs", context=context)
            for name, value in processor.items()
        ),
    ]


def latency(bench: Bench) -> list[Figure]:
    """Seconds from a message's sending until its readings and alarms are committed, stations reporting every minute."""
    figures = []
    for stations in STATIONS:
        settings = bench.settings(f"stations-{stations}")
        say(f"{stations:,} stations report every minute, for {bench.minutes:g} minutes")
        waits = _committed_after(settings, stations / 60, stations, bench.minutes * 60)
        for percent in (50, 95):
            value = float(np.percentile(waits, percent))
            aim = AIM_SECONDS if percent == 95 else None
            context = {"messages": len(waits), "linger": LINGER}
            name = f"{stations:,} stations a minute, p{percent}"
            figures.append(Figure("Reading to alarm in the lake", name, value, "s", aim=aim, context=context))
    return figures


def memory(bench: Bench) -> list[Figure]:
    """Resident memory over a long run at a steady rate, after it has settled and at its end."""
    settings = bench.settings("long")
    seen: list[tuple[float, float]] = []
    say(f"{MEMORY_RATE:,.0f} messages/s for {bench.minutes:g} minutes")
    # Few stations, so that what is remembered of each has filled when the run has settled.
    stations = max(1, int(MEMORY_RATE * bench.minutes * 60 * SETTLED / 400))
    began = time.monotonic()
    _committed_after(
        settings,
        MEMORY_RATE,
        stations,
        bench.minutes * 60,
        lambda: seen.append((time.monotonic() - began, _resident_mb())),
    )
    settled = float(np.median([mb for at, mb in seen if SETTLED <= at / seen[-1][0] <= 2 * SETTLED]))
    end = float(np.median([mb for at, mb in seen if at / seen[-1][0] >= 1 - SETTLED]))
    context = {"rate": MEMORY_RATE, "minutes": bench.minutes, "stations": stations, "batches": len(seen)}
    return [
        Figure("Memory", "second quarter of the run", settled, "MB", context=context),
        Figure("Memory", "last quarter", end, "MB", context=context),
        Figure("Memory", "growth", 100 * (end / settled - 1), "%", context=context),
    ]


SECTIONS: dict[str, Callable[[Bench], list[Figure]]] = {
    "throughput": throughput,
    "latency": latency,
    "memory": memory,
}


def live(recorded: Recorded, stations: int, rate: float, seconds: float) -> Iterator[tuple[Outgoing, str]]:
    """Messages of stations that report now, in turn, spread over time by the sender."""
    ended = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ended:
        now = datetime.now(UTC)
        station = f"{replay.PREFIX}{number % stations:06}"
        values = recorded[(number // stations + number * 7919) % len(recorded)]
        yield Outgoing(station, message(station, now, values, synthetic=True), int(now.timestamp() * 1000)), "good"
        number += 1
        # Paced here, so that each message says when it is sent; the sender paces by hundreds.
        ahead = number / rate - (seconds - (ended - time.monotonic()))
        if ahead > 0.001:
            time.sleep(ahead)


def _committed_after(
    settings: Settings, rate: float, stations: int, seconds: float, each: Callable[[], None] | None = None
) -> np.ndarray:
    """How long after its time stamp each message was committed, while a process of its own sends."""
    lake = Lake.from_settings(settings)
    waits: list[np.ndarray] = []
    held: list[int] = [0]

    def progress(taken: Taken) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        if taken.counts["messages"] > held[0]:
            held[0] = taken.counts["messages"]
            waits.append(_waited(lake, now))
        if each is not None:
            each()

    with _sending(settings, rate, stations, seconds):
        ingest(lake, settings, author=AUTHOR, seconds=seconds + 5, progress=progress)
    lake.close()
    return np.concatenate(waits)


def _waited(lake: Lake, now: datetime) -> np.ndarray:
    """Seconds between the time stamps of the messages of the newest batch and now."""
    newest = lake.newest_snapshot()
    written = f"ducklake_table_insertions('lake', 'water', 'readings', {newest}, {newest})"
    with lake.cursor() as cursor:
        stamps = cursor.execute(
            f"SELECT epoch_ms(received_at) AS ms FROM (SELECT DISTINCT station_id, received_at FROM {written})"
        ).fetchnumpy()
    return now.replace(tzinfo=UTC).timestamp() - stamps["ms"] / 1000


@contextmanager
def _sending(settings: Settings, rate: float, stations: int, seconds: float) -> Iterator[None]:
    arguments = [str(settings.kafka_servers), settings.kafka_topic, str(rate), str(stations), str(seconds)]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.water_stream", "--send", *arguments])
    try:
        yield
    finally:
        if process.wait(120) != 0:
            raise SocialAIError("The process that sends failed")


def _send(servers: str, topic: str, rate: str, stations: str, seconds: str) -> int:
    settings = load(kafka_servers=servers, kafka_topic=topic)
    recorded = replay.recording("sample", settings)
    sent = replay.send(settings, live(recorded, int(stations), float(rate), float(seconds)), rate=0, now=True)
    say(f"sent {sent.messages:,}")
    return 0


def _count(settings: Settings, number: int) -> float:
    """Seconds in which a consumer that does nothing else has seen so many messages."""
    with stream.consuming(settings) as consumer:
        held = stream.extents(consumer, settings)
        stream.seek(consumer, settings.kafka_topic, {partition: extent.low for partition, extent in held.items()})
        began, seen = time.perf_counter(), 0
        while seen < number:
            seen += sum(one.error() is None for one in consumer.consume(10_000, timeout=0.5))
        return time.perf_counter() - began


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, append the JSON lines; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.water_stream", description=__doc__)
    parser.add_argument("--only", metavar="SECTIONS", help=f"comma-separated, of {','.join(SECTIONS)}; default all")
    parser.add_argument("--messages", type=int, default=1_000_000, help="how many wait when the rate is measured")
    parser.add_argument("--minutes", type=float, default=5, help="how long stations report, each time")
    parser.add_argument("--send", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.send:
        return _send(*options.send)
    names = options.only.split(",") if options.only else list(SECTIONS)
    figures: list[Figure] = []
    settings = current()
    context = machine(settings)
    try:
        with tempfile.TemporaryDirectory(prefix="socialai-bench-", ignore_cleanup_errors=True) as folder:
            broker = Broker(Path(folder) / "kafka", free_port(), resolve_jars())
            broker.start()
            try:
                recorded = replay.recording("sample", settings)
                bench = Bench(Path(folder), broker, options.messages, options.minutes, recorded)
                for name in names:
                    measured = SECTIONS[name](bench)
                    append_json_lines(
                        settings.home / "bench" / "water_stream.jsonl", measured, context, datetime.now(UTC)
                    )
                    figures += measured
            finally:
                broker.stop(at_once=True)
    except SocialAIError as error:
        print(f"benchmarks.water_stream: {error}", file=sys.stderr)
        return 1
    finally:
        if figures:
            print(report(figures))
    print("Measured on: " + ", ".join(f"{key} {value}" for key, value in context.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
