"""`socialai water`: readings played into Kafka and taken from it, with progress. What is done is in water/."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

from rich.console import Console

from resources.settings import current

if TYPE_CHECKING:
    from types import FrameType

    from socialai_assets.water.ingestion import Taken
    from socialai_assets.water.replay import Sent

CONSOLE = Console()
PARTITIONS = 4
AUTHOR = "socialai water ingest"
DONE, INTERRUPTED = 0, 130


def simulate(*, stations: int, rate: float, source: str, minutes: int, faults: bool, seed: int) -> None:
    """Play a recording into the topic, and make the topic where there is none.

    Raises:
        StreamError: no broker answers, or the recording has not landed.
    """
    from datetime import timedelta

    from resources import stream
    from socialai_assets.water import replay

    settings = current()
    if stream.make_topic(settings, PARTITIONS):
        _say(f"Made topic {settings.kafka_topic} with {PARTITIONS} partitions.")
    recorded = replay.recording(source, settings)
    start = replay.this_minute() - timedelta(minutes=minutes)
    prefix = f"{replay.PREFIX}{source}-"
    outgoing = replay.messages(recorded, stations=stations, minutes=minutes, start=start, prefix=prefix)
    kinds = replay.with_faults(outgoing, seed) if faults else ((one, "good") for one in outgoing)
    began = time.monotonic()

    def told(sent: Sent) -> None:
        _say(f"{sent.messages:,} of about {stations * minutes:,} messages")

    sent = replay.send(settings, kinds, rate=rate, progress=told)
    seconds = time.monotonic() - began
    _say(
        f"Sent {sent.messages:,} messages ({sent.bytes / 1e6:,.1f} MB) of {stations} stations in {seconds:.1f} s; "
        f"{sent.repeated:,} repeated, {sent.late:,} late, {sent.malformed:,} malformed."
    )
    _say("`socialai water ingest --until-empty` takes them into the lake; with `socialai ui` open, the sensor does.")


def ingest_stream(*, until_empty: bool, seconds: float | None, from_start: bool) -> int:
    """Take the topic's messages; 0, or 130 where a person stopped it, which loses nothing.

    Raises:
        StreamError: no broker answers, or the topic is not what it was.
        LakeError: a batch could not be written; those before it are.
    """
    from resources.lake import Lake
    from socialai_assets.water.ingestion import ingest
    from socialai_assets.water.stream_intake import forget_offsets

    settings = current()
    lake = Lake.from_settings(settings)
    began = told = time.monotonic()
    before = 0
    latest: list[Taken] = []

    def progress(taken: Taken) -> None:
        nonlocal told, before
        latest[:] = [taken]
        if taken.problem is not None:
            _say(f"Waiting: {taken.problem}")
        elapsed = time.monotonic() - told
        if elapsed > 1:
            _say(f"{_words(taken)}; {(taken.counts['messages'] - before) / elapsed:,.0f} messages/s")
            told, before = time.monotonic(), taken.counts["messages"]

    stop = _Stop()
    # A service manager asks with SIGTERM what a person asks with Ctrl-C.
    before_us = {number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    code = DONE
    try:
        if from_start:
            forget_offsets(lake, settings.kafka_topic, author=AUTHOR)
        taken = ingest(
            lake, settings, author=AUTHOR, until_empty=until_empty, seconds=seconds, progress=progress, stopped=stop
        )
        latest[:] = [taken]
        code = INTERRUPTED if stop.asked else DONE
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        lake.close()
        for number, handler in before_us.items():
            signal.signal(number, handler)
    if latest:
        _say(f"{'Stopped' if code else 'Done'}: {_words(latest[0])} in {time.monotonic() - began:.1f} s.")
        bad = latest[0].counts["malformed"]
        if bad:
            _say(f'{bad:,} malformed: socialai sql "FROM water.stream_quarantine"')
    return code


class _Stop:
    """Whether somebody asked to stop: the batch under way is ended first; who asks again does not wait for it."""

    def __init__(self) -> None:
        self.asked = self._begun = False

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self.asked or not self._begun:
            raise KeyboardInterrupt
        self.asked = True

    def __call__(self) -> bool:
        self._begun = True
        return self.asked


def print_schema() -> None:
    """Print the JSON Schema of a message."""
    from socialai_assets.water.reading_messages import message_schema

    CONSOLE.print_json(json.dumps(message_schema()))


def _words(taken: Taken) -> str:
    counts = taken.counts
    text = f"{counts['messages']:,} messages, {counts['readings']:,} readings taken in {taken.batches} batches"
    if taken.alarms:
        text += f"; alarms opened, gone on or closed {taken.alarms:,} times"
    others = [
        f"{counts[name]:,} {words}"
        for name, words in (
            ("repeated", "repeated readings"),
            ("contradicting", "of them contradicting"),
            ("late", "late"),
            ("out_of_order", "out of order"),
            ("malformed", "malformed"),
            ("expired", "expired before they were taken"),
        )
        if counts[name]
    ]
    return "; ".join([text, ", ".join(others)]) if others else text


def _say(text: str) -> None:
    CONSOLE.print(text, highlight=False, markup=False, soft_wrap=True)
