"""Events that a process keeps back or forgets are in Dagster's own files, all or none, or nowhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetSpec,
    DagsterInstance,
    ExecuteInProcessResult,
    MaterializeResult,
    materialize,
    multi_asset,
)

from resources.event_log import KeptEventLog, forgetting_instance, kept_instance

NAMES = ("one", "two")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@multi_asset(specs=[AssetSpec(name) for name in NAMES])
def things() -> Iterator[MaterializeResult]:
    for name in NAMES:
        yield MaterializeResult(asset_key=name, metadata={"rows": len(name)})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return tmp_path


@pytest.fixture
def kept(home: Path) -> Iterator[DagsterInstance]:
    with kept_instance(home) as instance:
        yield instance


@pytest.fixture
def plain(home: Path) -> Iterator[DagsterInstance]:
    """Of another process: Dagster's own storage."""
    with DagsterInstance.from_config(str(home)) as instance:
        yield instance


def made(instance: DagsterInstance) -> ExecuteInProcessResult:
    return materialize([things], instance=instance, run_config=QUIET)


def log_of(instance: DagsterInstance) -> KeptEventLog:
    log = instance.event_log_storage
    assert isinstance(log, KeptEventLog)
    return log


def makers(instance: DagsterInstance) -> set[str | None]:
    """Runs that made the things last; None of one that was never made."""
    events = [instance.get_latest_materialization_event(AssetKey(name)) for name in NAMES]
    return {event.run_id if event else None for event in events}


def test_what_is_kept_is_read_by_dagsters_own(kept: DagsterInstance, plain: DagsterInstance) -> None:
    runs = [made(kept).run_id for _ in range(6)]
    assert makers(plain) == makers(kept) == {runs[-1]}
    of_own = [event.dagster_event_type for event in plain.all_logs(made(plain).run_id)]
    for run in runs:
        assert [event.dagster_event_type for event in plain.all_logs(run)] == of_own


def test_one_write_is_seen_at_its_end(kept: DagsterInstance, plain: DagsterInstance) -> None:
    first = made(kept).run_id
    with log_of(kept).as_one_write():
        second = made(kept).run_id
        assert makers(kept) == {second}
        assert makers(plain) == {first}
        assert plain.all_logs(second) == []
    assert makers(plain) == {second}
    assert len(plain.all_logs(second)) == len(plain.all_logs(first))
    assert made(plain).success


def test_a_write_that_fails_leaves_nothing_and_holds_nobody_up(kept: DagsterInstance, plain: DagsterInstance) -> None:
    with contextlib.suppress(ZeroDivisionError), log_of(kept).as_one_write():
        failed = made(kept).run_id
        raise ZeroDivisionError
    assert makers(plain) == makers(kept) == {None}
    assert kept.all_logs(failed) == []
    after = made(plain).run_id
    assert makers(kept) == makers(plain) == {after}


def test_a_home_with_another_storage_keeps_it(home: Path) -> None:
    (home / "dagster.yaml").write_text(
        "event_log_storage:\n  module: dagster._core.storage.event_log\n  class: InMemoryEventLogStorage\n"
    )
    with kept_instance(home) as instance:
        assert made(instance).success
        assert not isinstance(instance.event_log_storage, KeptEventLog)
    assert not list(home.glob("history/runs/*.db"))


def test_a_forgetting_instance_returns_what_a_run_made_and_keeps_nothing() -> None:
    with forgetting_instance() as instance:
        for _ in range(2):
            result = made(instance)
            rows = [event.materialization.metadata["rows"].value for event in result.get_asset_materialization_events()]
            assert rows == [3, 3]
            assert instance.all_logs(result.run_id) == []
            instance.delete_run(result.run_id)
        assert instance.get_runs() == []
