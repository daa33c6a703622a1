"""Dagster's event logs for a process that runs much: in SQLite files, or forgotten. Knows no event's meaning."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster._core.storage.event_log import InMemoryEventLogStorage, SqliteEventLogStorage

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterInstance, EventLogEntry
    from dagster._core.storage.event_log.base import AssetRecord
    from dagster._serdes import ConfigurableClassData
    from sqlalchemy.engine import Connection, Engine

_PATIENCE_SECONDS = 60
_MOST_ENGINES = 4


class KeptEventLog(SqliteEventLogStorage):
    """The same files, written with engines that are kept, and many events in one transaction where that is asked for.

    Dagster's own makes an engine for each event, which compiles each statement anew, and commits each event by itself.

    Args:
        base_dir: folder of the files.
        inst_data: what Dagster was configured with.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._held: dict[str, Connection] | None = None
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> KeptEventLog:
        """As Dagster makes it from its configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextlib.contextmanager
    def as_one_write(self) -> Iterator[None]:
        """Commit what is stored meanwhile at the end; nothing of it where the caller fails.

        A run's own file is committed before the index of all runs: if this process is killed between the two, the
        index knows nothing of the run's tables, and they are made again. Others wait with their writes until the end.
        For one thread.

        Raises:
            sqlalchemy.exc.OperationalError: a commit failed.
        """
        with contextlib.ExitStack() as open_files:
            self._held = held = {}
            open_files.callback(_close, held)
            try:
                yield
            finally:
                self._held = None
            for shard in sorted(held, key=lambda shard: shard == "index"):
                held[shard].commit()

    def dispose(self) -> None:
        """Close the files."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    @contextlib.contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if self._held is None:
                with self._engine(shard).begin() as connection:
                    yield connection
            else:
                if shard not in self._held:
                    self._held[shard] = self._engine(shard).connect()
                yield self._held[shard]

    def _engine(self, shard: str) -> Engine:
        from sqlalchemy import create_engine

        if shard not in self._engines:
            while len(self._engines) >= _MOST_ENGINES:
                self._engines.pop(next(iter(self._engines))).dispose()
            engine = create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": _PATIENCE_SECONDS, "check_same_thread": False},
            )
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
        return self._engines[shard]


class ForgettingEventLog(InMemoryEventLogStorage):
    """Keeps no event, where all that is wanted of a run is what it returns to its caller."""

    def store_event(self, event: EventLogEntry) -> None:
        """Forget it."""

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:  # noqa: ARG002
        """None."""
        return []


def kept_instance(dagster_home: Path) -> DagsterInstance:
    """The Dagster instance of a home, its event log kept open; as configured where that is not in SQLite files.

    Raises:
        DagsterInvalidConfigError: its `dagster.yaml` is wrong.
    """
    from dagster import DagsterInstance
    from dagster._core.instance.ref import InstanceRef

    configured = InstanceRef.from_dir(str(dagster_home))
    data = configured.event_storage_data
    if data is None or data.class_name != SqliteEventLogStorage.__name__:
        return DagsterInstance.from_ref(configured)
    kept = {"module": __name__, "class": KeptEventLog.__name__, "config": data.config_dict}
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home), overrides={"event_log_storage": kept}))


def forgetting_instance() -> DagsterInstance:
    """A Dagster instance in memory that keeps nothing of what runs tell it; one serves all runs of a process."""
    from dagster import DagsterInstance
    from dagster._core.instance.types import InstanceType
    from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
    from dagster._core.run_coordinator import DefaultRunCoordinator
    from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
    from dagster._core.storage.root import TemporaryLocalArtifactStorage
    from dagster._core.storage.runs import InMemoryRunStorage

    return DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),
        run_storage=InMemoryRunStorage(),
        event_storage=ForgettingEventLog(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )


def _close(held: dict[str, Connection]) -> None:
    for connection in held.values():
        connection.close()
