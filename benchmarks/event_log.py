"""Where a run's time went, by Dagster's event log: inside assets and their IO, or in orchestration.

How it is computed. A run lasts from its first event (Dagster announces each asset and check before it starts) to its
last. Each interval between two successive events is counted to the event that ends it. It is work if that event can
only come after our code has run: an input was loaded, an asset or check function handed over an output, the output
was written, an asset logged a line. It is orchestration if not: announcing, starting and ending steps, evaluating
checks, ending the run. As Dagster stores an event after stamping it, an interval of work also holds the storing of
the event before; so the median time between two successive announcements, between which Dagster does nothing but
store one event, is taken off each interval of work (never below zero) and counted as orchestration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from resources.errors import SocialAIError

if TYPE_CHECKING:
    from dagster import DagsterInstance, EventLogEntry

LOG_LINE = "LOG_LINE"
ANNOUNCED = frozenset({"ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED"})
MATERIALISED = "ASSET_MATERIALIZATION"
WORK = frozenset({"LOADED_INPUT", "STEP_OUTPUT", MATERIALISED, "HANDLED_OUTPUT", "STEP_FAILURE", LOG_LINE})
STEP_START = "STEP_START"
STEP_ENDS = frozenset({"STEP_SUCCESS", "STEP_FAILURE"})


@dataclass(frozen=True)
class Event:
    """One event of a run: seconds since the epoch, its type, its step if it has one, the table it says is written."""

    at: float
    kind: str
    step: str | None = None
    table: str | None = None


@dataclass(frozen=True)
class StepTime:
    """A step: seconds from start to end, how many of them were work, the tables it wrote."""

    step: str
    seconds: float
    work: float
    tables: tuple[str, ...]


@dataclass(frozen=True)
class RunTime:
    """A run: seconds, how many of them were work, seconds to store one event, and its steps in the order they ended."""

    seconds: float
    work: float
    storing: float
    steps: tuple[StepTime, ...]

    @property
    def orchestration(self) -> float:
        """Seconds that were not work."""
        return self.seconds - self.work

    @property
    def tables(self) -> int:
        """Tables written."""
        return sum(len(step.tables) for step in self.steps)


def account(events: Sequence[Event]) -> RunTime:
    """Split a run's time into work and orchestration, as the module's docstring says.

    Args:
        events: all events of one run, in order.

    Raises:
        SocialAIError: there are fewer than two events.
    """
    if len(events) < 2:
        raise SocialAIError("A run without events cannot be accounted for", do="Measure a run that has ended.")
    announcements = [
        after.at - before.at for before, after in pairwise(events) if {before.kind, after.kind} <= ANNOUNCED
    ]
    storing = median(announcements) if announcements else 0.0
    started: dict[str, float] = {}
    work: dict[str | None, float] = {}
    tables: dict[str | None, list[str]] = {}
    steps: list[StepTime] = []
    for before, event in pairwise(events):
        if event.kind in WORK:
            spent = max(0.0, event.at - before.at - storing)
            work[event.step] = work.get(event.step, 0.0) + spent
        if event.kind == MATERIALISED and event.table:
            tables.setdefault(event.step, []).append(event.table)
        if event.step and event.kind == STEP_START:
            started[event.step] = event.at
        if event.step and event.kind in STEP_ENDS:
            seconds = event.at - started.get(event.step, event.at)
            written = tuple(tables.get(event.step, ()))
            steps.append(StepTime(event.step, seconds, work.get(event.step, 0.0), written))
    return RunTime(events[-1].at - events[0].at, sum(work.values()), storing, tuple(steps))


def runs_of(home: Path, before: float) -> list[RunTime]:
    """The runs of a home that were created before a moment, oldest first.

    Args:
        home: a home of the platform.
        before: seconds since the epoch.
    """
    with instance_of(home) as instance:
        records = [r for r in instance.get_run_records() if r.create_timestamp.timestamp() < before]
        ordered = sorted(records, key=lambda record: record.create_timestamp)
        return [account(_events(instance.all_logs(record.dagster_run.run_id))) for record in ordered]


def instance_of(home: Path) -> DagsterInstance:
    """Dagster's instance of a home; a context manager."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(home / "dagster"))


def _events(entries: Iterable[EventLogEntry]) -> list[Event]:
    return [_event(entry) for entry in entries]


def _event(entry: EventLogEntry) -> Event:
    event = entry.dagster_event
    if event is None:
        return Event(entry.timestamp, LOG_LINE, entry.step_key)
    table = None
    if event.event_type_value == MATERIALISED and event.asset_key:
        metadata = event.step_materialization_data.materialization.metadata
        # Pictures and models are assets too, but write no table.
        table = ".".join(event.asset_key.path) if "dagster/row_count" in metadata else None
    return Event(entry.timestamp, event.event_type_value, event.step_key, table)
