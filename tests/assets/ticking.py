"""A platform to tick: one home, one Dagster instance, sensor and conditions evaluated as the daemons do. No tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    RunRequest,
    build_sensor_context,
    evaluate_automation_conditions,
)
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests
from dagster._core.definitions.data_version import extract_data_version_from_entry
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from resources import settings as settings_module
from resources.lake import Lake
from resources.lake_io_manager import lake_of_process
from resources.settings import Settings
from socialai_assets.automation.alerts import failure_text
from socialai_assets.definitions import build

# A Tuesday, five past ten: neither Monday's training nor the half hour's retry is near.
START = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHEAP_TRAINING = {"province_folds": 3, "trees": 10, "bootstrap_draws": 100}
TRAINING_STEP = "train_district_model"
TRAINING_LAYER = "training"
NOT_RUN = {"landing", "quarantine"}


def use_home(patch: pytest.MonkeyPatch, home: Path, **settings: str) -> Settings:
    """Point this process at a home, with other settings as given, and forget what it knew of the last one.

    Only geography and poverty are loaded unless the settings say otherwise: what is tested does not depend on more.
    """
    patch.setenv("SOCIALAI_HOME", str(home))
    patch.setenv("SOCIALAI_DOMAINS", "poverty")
    patch.setenv("SOCIALAI_THREADS", "1")
    for name, value in settings.items():
        patch.setenv(f"SOCIALAI_{name.upper()}", value)
    settings_module.current.cache_clear()
    # dbt keeps the connection of its last call, and with it the lake of the last home.
    DuckDBConnectionManager.close_all_connections()
    return settings_module.current()


@dataclass
class Platform:
    """A home with its Dagster instance, and where the conditions' evaluation stands.

    Args:
        home: the platform's home; `dagster` below it holds the instance.
        definitions: the code location; assign another one to try changed contracts.
        cursor: what the conditions remember from their last evaluation.
        now: the time of the next evaluation; each one moves it on by a minute.
        run_config: configuration of a step, by its name, where the step is in a run.
    """

    home: Path
    definitions: Definitions
    cursor: AssetDaemonCursor | None = None
    now: datetime = START
    run_config: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {TRAINING_STEP: CHEAP_TRAINING})

    def __post_init__(self) -> None:
        folder = self.home / "dagster"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        self.instance = DagsterInstance.from_config(str(folder))
        self._landed = 0

    @classmethod
    def at(cls, home: Path) -> Platform:
        """A platform whose home the settings already name."""
        return cls(home, build(settings_module.current()))

    def copy(self, home: Path) -> Platform:
        """The same platform at another place, to go on from here; the settings must name it before it is used."""
        self.close()
        shutil.copytree(self.home, home)
        return replace(self, home=home)

    def close(self) -> None:
        """Let go of files, so that the home can be copied."""
        self.instance.dispose()
        lake_of_process().close()

    @property
    def lake(self) -> Lake:
        """The lake of the home."""
        return lake_of_process()

    # What people do.

    def land(self, name: str, content: bytes | None) -> None:
        """Put a file below the home's landing folder, or take it away (None), long enough ago to be whole."""
        path = self.home / "landing" / name
        if content is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.touch(name)

    def touch(self, name: str) -> None:
        """Give a landed file a time of its own, in the past."""
        self._landed += 1
        moment = (datetime(2026, 1, 1, tzinfo=UTC) + self._landed * MINUTE).timestamp()
        os.utime(self.home / "landing" / name, (moment, moment))

    # What the daemons do.

    def look(self) -> set[str]:
        """Tick the landing sensor and store what it reports; returns the sources reported as changed."""
        sensor = self.definitions.resolve_sensor_def("landing")
        tick = sensor.evaluate_tick(build_sensor_context(self.instance))
        assert not tick.run_requests, "the landing sensor reports, it asks for no run"
        for event in tick.asset_events:
            self.instance.report_runless_asset_event(event)
        return {event.asset_key.path[-1] for event in tick.asset_events}

    def ask(self, at: datetime | None = None) -> list[RunRequest]:
        """Evaluate the conditions of all assets, as the automation sensor does; returns the runs they ask for."""
        self.now = at or self.now + MINUTE
        result = evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self.cursor, evaluation_time=self.now
        )
        self.cursor = result.cursor
        graph = self.definitions.resolve_asset_graph()
        return list(build_run_requests(result._requested_subsets, graph, run_tags={}, emit_backfills=False))

    def run(self, request: RunRequest) -> ExecuteInProcessResult:
        """Do a requested run in this process, with the checks it names; with all of its tables' where it names none."""
        keys = set(request.asset_selection or [])
        graph = self.definitions.resolve_asset_graph()
        checks = None if request.asset_check_keys is None else set(request.asset_check_keys)
        steps = {graph.get(key).assets_def.op.name for key in keys}
        job = self.definitions.resolve_implicit_global_asset_job_def()
        return job.get_subset(asset_selection=keys, asset_check_selection=checks).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            run_config={
                "ops": {step: {"config": config} for step, config in self.run_config.items() if step in steps},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )

    def settle(self) -> list[set[str]]:
        """Tick and run until nothing is asked for any more; returns the tables of each run."""
        runs = []
        self.look()
        while requests := self.ask():
            for request in requests:
                self.run(request)
                runs.append(requested(request))
            assert len(runs) < 10, f"it never comes to rest: {runs}"
        return runs

    # What came of it.

    def version(self, table: str) -> str | None:
        """Data version of a table's last materialisation."""
        entry = self.instance.get_latest_materialization_event(AssetKey(table.split(".")))
        version = extract_data_version_from_entry(entry) if entry else None
        return version.value if version else None

    def metadata(self, table: str) -> dict[str, Any]:
        """Metadata of a table's last materialisation."""
        entry = self.instance.get_latest_materialization_event(AssetKey(table.split(".")))
        assert entry is not None and entry.asset_materialization is not None, f"{table} has never been made"
        return {name: value.value for name, value in entry.asset_materialization.metadata.items()}

    def below(self, *tables: str, training: bool = False) -> set[str]:
        """Tables and everything below them that runs; models, and what is only below models, left out by default."""
        graph = self.definitions.resolve_asset_graph()
        found: set[AssetKey] = set()
        waiting = [AssetKey(table.split(".")) for table in tables]
        while waiting:
            key = waiting.pop()
            layer = graph.get(key).tags.get("layer")
            if key in found or layer in NOT_RUN or (layer == TRAINING_LAYER and not training):
                continue
            found.add(key)
            waiting.extend(graph.get(key).child_keys)
        return {".".join(key.path) for key in found}

    def runnable(self) -> set[str]:
        """Every table that runs."""
        graph = self.definitions.resolve_asset_graph()
        return {".".join(key.path) for key in graph.executable_asset_keys}


def requested(request: RunRequest) -> set[str]:
    """The tables a run is asked to make."""
    return {".".join(key.path) for key in request.asset_selection or []}


def made(result: ExecuteInProcessResult) -> set[str]:
    """The tables a run made."""
    return {".".join(event.asset_key.path) for event in result.get_asset_materialization_events() if event.asset_key}


def failed_checks(result: ExecuteInProcessResult) -> dict[str, str]:
    """Description of each blocking check that failed in a run, by `table: check`."""
    return {
        f"{'.'.join(evaluation.asset_key.path)}: {evaluation.check_name}": evaluation.description or ""
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.severity.value == "ERROR"
    }


def failures(result: ExecuteInProcessResult) -> dict[str, str]:
    """What a person is told of each failed step."""
    return {
        str(event.step_key): failure_text(event.step_failure_data.error)
        for event in result.all_events
        if event.event_type_value == "STEP_FAILURE"
    }


def csv_rows(content: bytes) -> list[list[str]]:
    """Cells of a landed CSV without quotes in it."""
    return [line.split(",") for line in content.decode().splitlines()]


def csv_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    """The inverse of `csv_rows`."""
    return "".join(",".join(row) + "\n" for row in rows).encode()
