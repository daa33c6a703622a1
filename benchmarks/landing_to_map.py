"""How long a changed file takes to the map, with Dagster's daemon and sensors as they run for users."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.event_log import instance_of
from benchmarks.processes import child
from resources.errors import SocialAIError
from resources.settings import PROJECT

if TYPE_CHECKING:
    from subprocess import Popen

    from dagster import DagsterInstance

CANONICAL = "poverty.poverty_rates"
MAP = ("poverty", "district_map")
RATE_COLUMNS = ("poverty_rate_pct", "pobreza_monetaria")
CORRECTION = 0.1
START_SECONDS, MAP_SECONDS = 180.0, 600.0
POLL_SECONDS = 0.25
LOG_LINES = 30


@dataclass(frozen=True)
class Latency:
    """Seconds after the file was in place: the sensor reported it, a run was made, it began, the map was there."""

    noticed: float
    requested: float
    started: float
    mapped: float


@dataclass(frozen=True)
class Landable:
    """A landed file with poverty rates: what is read, where a changed copy goes, its Dagster asset."""

    source: Path
    target: Path
    asset: tuple[str, ...]


def measure_latencies(home: Path, landing: Path | None, environment: Mapping[str, str], times: int) -> list[Latency]:
    """Start the daemon on a home where everything is made, land a corrected figure several times, time each.

    Args:
        home: a home of the platform, up to date.
        landing: the external landing folder, or None.
        environment: the environment the daemon and its runs get.
        times: how often to land.

    Raises:
        SocialAIError: the daemon ends, a run fails, or the map does not come.
    """
    file = _landable(home, landing)
    log = home / "daemon.log"
    command = [str(Path(sys.executable).parent / "dagster-daemon"), "run"]
    command += ["-w", str(PROJECT / "workspace.yaml"), "--log-level", "warning"]
    with ExitStack() as stack:
        instance = stack.enter_context(instance_of(home))
        stream = stack.enter_context(log.open("w"))
        began = time.time()
        daemon = stack.enter_context(
            child(command, {**environment, "DAGSTER_HOME": str(home / "dagster")}, PROJECT, stream)
        )
        found = []
        for _ in range(times):
            _wait(partial(_at_rest, instance, began), START_SECONDS, "the sensors to be at rest", daemon, log)
            found.append(_land_and_wait(instance, file, daemon, log))
            began = time.time()
    return found


def corrected(text: str) -> str:
    """A CSV text with the poverty rate of its first row changed by a tenth of a point; all else as it was.

    Raises:
        SocialAIError: it has no column with a poverty rate that this benchmark knows, or no number in it.
    """
    rows = list(csv.reader(io.StringIO(text)))
    columns = [position for position, name in enumerate(rows[0]) if name in RATE_COLUMNS] if rows else []
    if len(rows) < 2 or not columns:
        raise SocialAIError(f"No column named one of {list(RATE_COLUMNS)}", do="Land poverty rates as CSV.")
    value = float(rows[1][columns[0]])
    changed = value - CORRECTION if value > 50 else value + CORRECTION
    rows[1][columns[0]] = f"{changed:.2f}"
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _landable(home: Path, landing: Path | None) -> Landable:
    from resources.landing import LandingZone
    from socialai_assets.catalog import all_sources
    from socialai_assets.factories.landed_files import landing_key

    sources = all_sources()
    zone = LandingZone(home / "landing", landing, "missing", sources)
    for source in sources:
        if f"{source.domain}.{source.name}" != CANONICAL and CANONICAL not in source.feeds:
            continue
        for file in zone.files(source):
            if file.path.suffix == ".csv":
                # A file in the home's folder stands before one of the same name in the external folder.
                return Landable(file.path, zone.home / file.name, tuple(landing_key(source).path))
    raise SocialAIError(f"No CSV file has landed for {CANONICAL}", do="Land one, or benchmark the sample.")


def _land(file: Landable) -> float:
    """Put a corrected copy in place, whole; returns when."""
    before = file.target if file.target.is_file() else file.source
    # Latin-1 gives every byte back as it was, whatever the encoding.
    content = corrected(before.read_bytes().decode("latin-1")).encode("latin-1")
    file.target.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.target.with_name(f".{file.target.name}.landing")
    temporary.write_bytes(content)
    temporary.replace(file.target)
    return time.time()


def _land_and_wait(instance: DagsterInstance, file: Landable, daemon: Popen[bytes], log: Path) -> Latency:
    landed = _land(file)

    def mapped() -> bool:
        _refuse_failure(instance, landed)
        return _written(instance, MAP) > landed

    _wait(mapped, MAP_SECONDS, "the map", daemon, log)
    # More than one run means that the conditions asked in steps; the map came of the last.
    runs = [r for r in instance.get_run_records(limit=10) if r.create_timestamp.timestamp() > landed]
    first = min(runs, key=lambda record: record.create_timestamp)
    return Latency(
        noticed=_written(instance, file.asset) - landed,
        requested=first.create_timestamp.timestamp() - landed,
        started=(first.start_time or landed) - landed,
        mapped=_written(instance, MAP) - landed,
    )


def _refuse_failure(instance: DagsterInstance, since: float) -> None:
    """Raise if a run made after a moment has failed, with what its steps say."""
    from dagster import DagsterEventType, DagsterRunStatus, RunsFilter

    for record in instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.FAILURE]), limit=1):
        if record.create_timestamp.timestamp() > since:
            failures = instance.all_logs(record.dagster_run.run_id, of_type=DagsterEventType.STEP_FAILURE)
            said = [
                f"{entry.step_key}: {entry.get_dagster_event().step_failure_data.error_display_string}"
                for entry in failures
            ]
            raise SocialAIError("The run after landing failed", do="Mend this first:\n" + "\n".join(said))


def _written(instance: DagsterInstance, key: Sequence[str]) -> float:
    """When an asset was last materialised, seconds since the epoch; 0 if never."""
    from dagster import AssetKey

    event = instance.get_latest_materialization_event(AssetKey(list(key)))
    return event.timestamp if event else 0.0


def _at_rest(instance: DagsterInstance, since: float) -> bool:
    """Whether both sensors have looked since a moment, the last look asked for nothing, and no run is under way."""
    from dagster import RunsFilter
    from dagster._core.scheduler.instigation import TickStatus
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

    if instance.get_run_records(RunsFilter(statuses=NOT_FINISHED_STATUSES), limit=1):
        return False
    looked = set()
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, after=since, limit=1)
        if ticks and ticks[0].status == TickStatus.SKIPPED:
            looked.add(state.name)
    return {"landing", "automation"} <= looked


def _wait(done: Callable[[], bool], seconds: float, what: str, daemon: Popen[bytes], log: Path) -> None:
    until = time.monotonic() + seconds
    while not done():
        if daemon.poll() is not None:
            raise SocialAIError("Dagster's daemon ended", do=f"Read its log:\n{_tail(log)}")
        if time.monotonic() > until:
            raise SocialAIError(
                f"Waited {seconds:.0f} s in vain for {what}", do=f"Read the daemon's log:\n{_tail(log)}"
            )
        time.sleep(POLL_SECONDS)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
