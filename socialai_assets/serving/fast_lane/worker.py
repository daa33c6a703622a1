"""The warm process of the fast lane: events from the queue, landed, scored and planned with in one Dagster run.

It makes tables as any run does, by the same definitions; it only does not wait to be asked, and writes them together.
What it made is recorded on the project's instance once it is written, so that Dagster never knows of a table that is
not there.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult, RunsFilter
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES, DagsterRunStatus
from filelock import Timeout

from resources.errors import LakeError, SocialAIError
from resources.event_log import forgetting_instance, kept_instance
from resources.lake_io_manager import lake_of_process
from resources.lake_transaction import as_one_write
from resources.landing import LandingZone
from resources.settings import Settings, current
from socialai_assets.catalog import all_sources
from socialai_assets.factories.plan_scenarios import BASELINE
from socialai_assets.factories.tables import asset_key
from socialai_assets.runs import prepare_home, report_landed
from socialai_assets.serving.fast_lane.attempts import work_through
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue
from socialai_assets.serving.fast_lane.landing import land
from socialai_assets.serving.fast_lane.lanes import LANES, Lane, lane_of
from socialai_assets.serving.fast_lane.presence import presence
from socialai_assets.serving.fast_lane.recording import QUIET, made_by, record, recording_job
from socialai_assets.serving.runs_lately import WHAT, WHO

LOOKS_PER_SECOND = 20
# A run that makes the same tables is waited for so long; then the landed file is left to the sensors.
WAIT_SECONDS = 120.0


LOGGER = logging.getLogger(__name__)


class _Failed(Exception):
    """A table or check of a run failed."""


class FastLane:
    """Works through a home's events.

    Args:
        settings: of the platform; those of the process, which assets read too.
    """

    def __init__(self, settings: Settings) -> None:
        prepare_home(settings)
        # The definitions are those of the settings, which the home has said now.
        from socialai_assets.definitions import defs

        self._settings = settings
        self._job = defs.resolve_implicit_global_asset_job_def()
        self._recording = {
            lane.source: recording_job(defs, _keys(lane), f"fast_lane_{lane.source}") for lane in LANES.values()
        }
        self._instance = kept_instance(settings.dagster_home)
        self._memory = forgetting_instance()
        self._sources = all_sources(settings)
        self.queue = EventQueue(settings.home)

    def warm(self) -> None:
        """Import what the first event would wait for, compile the SQL, and read the models in use."""
        from socialai_assets.factories import dbt_runs  # noqa: F401
        from socialai_assets.factories.compiled_models import compile_models
        from socialai_assets.methods.covering import planning  # noqa: F401
        from socialai_assets.water.risks import served_models

        lake = lake_of_process()
        for domain in sorted({lane.domain for lane in LANES.values()}):
            compile_models(f"socialai.{domain}")
        if lake.exists("water.risk_models"):
            served_models(lake.read_frame("water.risk_models"))
        # What is here now stays: looking for garbage in the definitions again and again took a tenth of an event.
        gc.collect()
        gc.freeze()

    def work(self) -> int:
        """Take in what waits; new events of one source are one run. Returns how many events."""
        return work_through(self.queue, self._take_in)

    def _take_in(self, events: Sequence[Event]) -> None:
        lane = lane_of(events[0].source)
        self._land(lane, events)
        if not self._free(lane):
            self.queue.mark(events, "left_to_sensors", {"why": "Another run was making the same tables for too long."})
            return
        before = self._actions(lane)
        tags = {WHAT: "fast lane", WHO: ",".join(sorted({one.asked_by for one in events}))}
        result = self._made_at_once(lane, tags) or self._made_by_tables(lane, tags)
        if not result.success:
            why = "A table or check failed; the run says which, and the next run tries again."
            self.queue.mark(events, "failed", {"run_id": result.run_id, "why": why})
            return
        after = self._actions(lane)
        changes = {"added": sorted(after - before), "dropped": sorted(before - after)}
        self.queue.mark(events, "done", {"run_id": result.run_id, "plan_changes": changes})

    def _made_at_once(self, lane: Lane, tags: Mapping[str, str]) -> ExecuteInProcessResult | None:
        """Make the lane's tables as one write, then record the run; None where nothing is left of it.

        The lake's transaction is as costly as making all tables, and Dagster's log as well; so both are kept short.
        """
        lake, run_id = lake_of_process(), str(uuid.uuid4())
        if not lake.is_embedded:
            return None
        try:
            with as_one_write(lake, author=f"run {run_id}"):
                result = self._executed(lane, self._memory, run_id=run_id)
                if not result.success:
                    raise _Failed
        except (_Failed, LakeError) as error:
            LOGGER.warning("Run %s left nothing; each table is made by itself. %s", run_id, error)
            return None
        finally:
            self._memory.delete_run(run_id)
        return record(self._recording[lane.source], self._instance, made_by(result), run_id=run_id, tags=tags)

    def _made_by_tables(self, lane: Lane, tags: Mapping[str, str]) -> ExecuteInProcessResult:
        """Make the lane's tables as an ordinary run does; where one fails, those before it stay, and the run says."""
        return self._executed(lane, self._instance, tags=tags)

    def _executed(self, lane: Lane, instance: DagsterInstance, **options: Any) -> ExecuteInProcessResult:
        return self._job.execute_in_process(
            instance=instance, asset_selection=_keys(lane), raise_on_error=False, run_config=QUIET, **options
        )

    def _land(self, lane: Lane, events: Sequence[Event]) -> None:
        source = lane.landing_in(self._sources)
        land(events, self.queue, LandingZone.from_settings(self._settings, self._sources), source)
        report_landed(self._instance, [source], self._settings)

    def _free(self, lane: Lane) -> bool:
        """Wait until no other run makes the same tables; False where one does for too long."""
        until = time.monotonic() + WAIT_SECONDS
        while self._busy(lane):
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def _busy(self, lane: Lane) -> bool:
        own = set(_keys(lane))
        unfinished = [*IN_PROGRESS_RUN_STATUSES, DagsterRunStatus.QUEUED]
        runs = self._instance.get_runs(filters=RunsFilter(statuses=unfinished), limit=50)
        return any(run.asset_selection is None or own & set(run.asset_selection) for run in runs)

    def _actions(self, lane: Lane) -> set[str]:
        """What the plan in use does."""
        lake = lake_of_process()
        if not lake.exists(lane.plan):
            return set()
        rows = lake.read(lane.plan, ["scenario", lane.action, lane.taken]).to_pylist()
        return {row[lane.action] for row in rows if row["scenario"] == BASELINE and row[lane.taken]}


def _keys(lane: Lane) -> list[AssetKey]:
    return [asset_key(table) for table in lane.tables]


def main() -> None:
    """Work until this process, or the one that started it, ends; the next worker takes up an event under way.

    Raises:
        SocialAIError: another worker of this home lives.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    settings, parent = current(), os.getppid()
    # Ctrl-C in a terminal is for the process that started this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with presence(settings):
            lane = FastLane(settings)
            lane.warm()
            # Nobody could end a worker whose supervisor was killed.
            while os.getppid() == parent:
                if not lane.work():
                    time.sleep(1 / LOOKS_PER_SECOND)
    except Timeout as error:
        raise SocialAIError("The fast lane of this home runs already", do="End the other one first.") from error


if __name__ == "__main__":
    main()
