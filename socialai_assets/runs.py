"""Running assets for a person at a terminal: what is out of date, progress while it runs, what came of it.

Nothing here decides how a table is made; Dagster runs the definitions in this process.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.markup import escape

from resources.errors import SocialAIError
from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.sampling import fill, fill_on_areas, needs_areas, tables_to_draw_on

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterEvent, DagsterInstance, Definitions, EventLogEntry
    from rich.console import Console

    from socialai_assets.ingest.sources import Source

DAGSTER_YAML = """\
# Written by socialai once; yours to change. Dagster's own storage is SQLite files in this folder.
telemetry:
  enabled: false
nux:
  enabled: false
# Two runs at most, looked for every second: with Dagster's default a landed file waits five seconds longer.
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 2
    dequeue_interval_seconds: 1
"""


@dataclass
class Outcome:
    """What a run left: tables made, checks passed and failed, steps failed with their errors."""

    made: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def success(self) -> bool:
        """Whether every step ran and every blocking check passed."""
        return not self.errors


def prepare_home(settings: Settings) -> None:
    """Make the home's folders and Dagster's configuration, and point Dagster at them.

    Raises:
        OSError: the home cannot be written to.
    """
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    settings.home_landing.mkdir(parents=True, exist_ok=True)
    # Dagster's own storage would only say that a database cannot be opened.
    probe = settings.dagster_home / f".writable.{os.getpid()}"
    probe.write_bytes(bytes(4096))
    probe.unlink()
    configuration = settings.dagster_home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


def report_landed(instance: DagsterInstance, sources: Sequence[Source], settings: Settings) -> list[str]:
    """Tell Dagster what has landed since it was last told; returns the names of the changed sources.

    Raises:
        SocialAIError: a source cannot be read.
    """
    from socialai_assets.automation.landing import changes, landing_event, reported_versions, seal_landed, survey

    zone = LandingZone.from_settings(settings, sources)
    seal_landed(zone, sources, settings)
    found = survey(zone, sources)
    if found.unreadable:
        name, reason = next(iter(found.unreadable.items()))
        raise SocialAIError(f"Source `{name}` cannot be read: {reason}", do="Mend it and run again.")
    by_name = {source.name: source for source in sources}
    reported = reported_versions(instance, sources)
    changed = changes(type(found)(found.versions), reported)
    for name, version in changed.items():
        instance.report_runless_asset_event(landing_event(zone, by_name[name], version))
    return sorted(changed)


def out_of_date(definitions: Definitions, instance: DagsterInstance) -> list[AssetKey]:
    """Assets that are missing, whose inputs or code changed, on which a blocking check failed, and all below them."""
    from dagster import AssetCheckSeverity
    from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
    from dagster._core.loader import LoadingContextForTest
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
    from dagster._core.storage.event_log.base import AssetRecord

    graph = definitions.resolve_asset_graph()
    context = LoadingContextForTest(instance)
    # Asked for together: one by one, the answers take longer than all else a run does that finds nothing to do.
    AssetRecord.prepare(context, graph.toposorted_asset_keys)
    resolver = CachingStaleStatusResolver(instance, graph, context)
    keys = [key for key in graph.toposorted_asset_keys if graph.get(key).is_executable]
    blocking = [check for check in graph.asset_check_keys if graph.get(check).blocking]
    judged = instance.event_log_storage.get_latest_asset_check_execution_by_key(blocking)
    failed = set()
    for check in blocking:
        last = judged.get(check)
        if last is None:
            continue
        # A check that a run planned and did not come to, because it was killed or failed before, has judged nothing.
        unjudged = last.status == AssetCheckExecutionRecordStatus.PLANNED
        evaluation = None if unjudged else last.evaluation
        if unjudged or (evaluation and not evaluation.passed and evaluation.severity == AssetCheckSeverity.ERROR):
            failed.add(check.asset_key)
    stale: set[AssetKey] = set()
    for key in keys:
        above = graph.get(key).parent_keys
        if key in failed or above & stale or resolver.get_status(key) != StaleStatus.FRESH:
            # Tables of one step are made together.
            stale |= {key, *graph.get(key).execution_set_asset_keys}
    return [key for key in keys if key in stale]


def materialise(
    definitions: Definitions, instance: DagsterInstance, keys: Sequence[AssetKey], console: Console
) -> Outcome:
    """Materialise assets in one run in this process, saying each as it is done."""
    job = definitions.resolve_implicit_global_asset_job_def()
    run_id = str(uuid.uuid4())
    outcome = Outcome()
    started = time.monotonic()
    progress = _Progress(console, outcome, len(keys))
    instance.add_event_listener(run_id, progress)
    result = job.execute_in_process(
        instance=instance,
        asset_selection=list(keys),
        run_id=run_id,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    if not result.success and not outcome.errors:
        outcome.errors.append("The run failed; see it in `make ui`, under Runs.")
    outcome.seconds = time.monotonic() - started
    return outcome


def run_everything(
    definitions: Definitions,
    instance: DagsterInstance,
    sources: Sequence[Source],
    settings: Settings,
    console: Console,
    select: str | None = None,
    everything: bool = False,
) -> Outcome:
    """Fill in synthetic data where nothing landed, then materialise what is out of date, selected, or all.

    Synthetic data of other domains are drawn on the real areas where those have landed, so geography comes first; and
    what is missing of aid on the sites, depots and items that have.

    Raises:
        SocialAIError: a source cannot be read, or the selection names nothing.
    """
    fill(settings, sources, console)
    report_landed(instance, sources, settings)
    if needs_areas(settings, sources):
        geography = [key for key in out_of_date(definitions, instance) if key.path[0] == "geography"]
        if geography:
            outcome = materialise(definitions, instance, geography, console)
            if not outcome.success:
                return outcome
        places = _above(definitions, tables_to_draw_on(settings, sources))
        behind = [key for key in out_of_date(definitions, instance) if key in places]
        if behind:
            outcome = materialise(definitions, instance, behind, console)
            if not outcome.success:
                return outcome
        fill_on_areas(settings, sources, console)
        report_landed(instance, sources, settings)
    keys = _wanted(definitions, instance, select, everything)
    if not keys:
        console.print("Everything is up to date.")
        return Outcome()
    return materialise(definitions, instance, keys, console)


def _above(definitions: Definitions, tables: Sequence[str]) -> set[AssetKey]:
    """Some tables and all they are made from."""
    from dagster import AssetKey, AssetSelection

    if not tables:
        return set()
    keys = [AssetKey(table.split(".")) for table in tables]
    return set(AssetSelection.assets(*keys).upstream().resolve(definitions.resolve_asset_graph()))


def _wanted(
    definitions: Definitions, instance: DagsterInstance, select: str | None, everything: bool
) -> list[AssetKey]:
    from dagster import AssetSelection

    graph = definitions.resolve_asset_graph()
    runnable = [key for key in graph.toposorted_asset_keys if graph.get(key).is_executable]
    if select is not None:
        # A table is written with a dot in SQL and with a slash in the UI: either is understood.
        tables = {".".join(key.path): key.to_user_string() for key in runnable}
        keys = re.sub(r"\w+\.\w+", lambda found: tables.get(found[0], found[0]), select)
        try:
            chosen = AssetSelection.from_string(keys).required_multi_asset_neighbors().resolve(graph)
        except Exception as error:
            raise SocialAIError(
                f"The selection `{select}` is not understood: {error}",
                do='Write e.g. "group:poverty", "poverty.district_features", or "+poverty.district_map".',
            ) from error
        keys = [key for key in runnable if key in chosen]
        if not keys:
            raise SocialAIError(
                f"The selection `{select}` names no asset",
                do='Write e.g. "group:poverty" or "poverty.district_map"; `socialai tables` lists the names.',
            )
        return keys
    return runnable if everything else out_of_date(definitions, instance)


class _Progress:
    """Prints one line a table and one a failed check, as Dagster's events come in."""

    def __init__(self, console: Console, outcome: Outcome, total: int) -> None:
        self.console, self.outcome, self.total = console, outcome, total
        self.started: dict[str, float] = {}

    def __call__(self, entry: EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        kind = event.event_type_value
        if kind == "STEP_START" and event.step_key:
            self.started[event.step_key] = time.monotonic()
        elif kind == "ASSET_MATERIALIZATION":
            self._table(event)
        elif kind == "ASSET_CHECK_EVALUATION":
            self._check(event)
        elif kind == "STEP_FAILURE":
            self._failure(event)

    def _table(self, event: DagsterEvent) -> None:
        key = event.asset_key
        assert key is not None
        name = ".".join(key.path)
        self.outcome.made.append(name)
        metadata = event.step_materialization_data.materialization.metadata
        rows = metadata.get("dagster/row_count")
        size = f"{rows.value:>9,} rows" if rows is not None else " " * 14
        if rows is not None:
            self.outcome.rows[name] = int(rows.value)  # type: ignore[arg-type]
        seconds = time.monotonic() - self.started.get(event.step_key or "", time.monotonic())
        count = f"{len(self.outcome.made):>3}/{self.total}"
        self.console.print(f"[dim]{count}[/] {name:<44}{size}{seconds:6.1f} s", highlight=False)

    def _check(self, event: DagsterEvent) -> None:
        from dagster import AssetCheckSeverity

        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            self.outcome.checks_passed += 1
            return
        name = f"{'.'.join(evaluation.asset_key.path)}: {evaluation.check_name}"
        text = f"{name}: {evaluation.description}" if evaluation.description else name
        if evaluation.severity == AssetCheckSeverity.ERROR:
            self.outcome.checks_failed.append(text)
            self.console.print(f"        [red]check failed[/] {escape(text)}", highlight=False, soft_wrap=True)
        else:
            self.outcome.warnings.append(text)
            self.console.print(f"        [yellow]warning[/] {escape(text)}", highlight=False, soft_wrap=True)

    def _failure(self, event: DagsterEvent) -> None:
        from socialai_assets.automation.alerts import failure_text

        error = event.step_failure_data.error
        message = failure_text(error)
        self.outcome.errors.append(f"{event.step_key}: {message}")
        self.console.print(
            f"        [red]failed[/] {event.step_key}: {escape(message)}", highlight=False, soft_wrap=True
        )
