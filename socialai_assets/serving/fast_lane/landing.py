"""Events as landed files: a day's events of a source are one file, written from the queue. Reads no table."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Iterable
from pathlib import Path

from resources.landing import SAMPLE_FOLDER, LandingZone
from socialai_assets.ingest.contract import PROVENANCE, describe
from socialai_assets.ingest.sources import Source
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue


def land(events: Iterable[Event], queue: EventQueue, zone: LandingZone, source: Source) -> list[Path]:
    """Land events of a source: the files of their days are written anew from the queue, so that twice is once.

    Where the source's rows are synthetic, as in the sample country, what is said of them is landed beside them and is
    synthetic too: a real file would put them all aside.
    """
    synthetic = any(file.synthetic for file in zone.files(source))
    folder = zone.home / (f"{source.domain}/{SAMPLE_FOLDER}/{source.name}" if synthetic else source.folder)
    folder.mkdir(parents=True, exist_ok=True)
    days = {datetime.datetime.fromtimestamp(event.accepted_at, datetime.UTC).date() for event in events}
    return [_written(folder, queue, source, day) for day in sorted(days)]


def _written(folder: Path, queue: EventQueue, source: Source, day: datetime.date) -> Path:
    start = datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp()
    rows = [row for event in queue.of_day(source.name, start, start + 86_400) for row in event.rows]
    target = folder / f"events-{day}.csv"
    part = folder / f".{target.name}.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns_of(source))
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return target


def columns_of(source: Source) -> list[str]:
    """The columns that a row of a canonical source may have."""
    return [column.name for column in describe(source.contract) if column.name not in PROVENANCE]
