"""The warm process of the fast lane: events from the queue, landed, scored and planned with in one Dagster run.

It makes tables as any run does, by the same definitions on the project's instance; it only does not wait to be asked.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from resources.errors import SocialAIError
from resources.landing import LandingZone
from resources.settings import Settings, current
from socialai_assets.serving.fast_lane.attempts import work_through
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue
from socialai_assets.serving.fast_lane.landing import land
from socialai_assets.serving.fast_lane.lanes import LANES, Lane, lane_of

if TYPE_CHECKING:
    from dagster import AssetKey

LOOKS_PER_SECOND = 20
# A run that makes the same tables is waited for so long; then the landed file is left to the sensors.
WAIT_SECONDS = 120.0


class FastLane:
    """Works through a home's events.

    Args:
        settings: of the platform; those of the process, which assets read too.
    """

    def __init__(self, settings: Settings) -> None:
        from dagster import DagsterInstance

        from socialai_assets.catalog import all_sources
        from socialai_assets.runs import prepare_home

        prepare_home(settings)
        from socialai_assets.definitions import defs

        self._settings = settings
        self._job = defs.resolve_implicit_global_asset_job_def()
        self._instance = DagsterInstance.get()
        self._sources = all_sources(settings)
        self.queue = EventQueue(settings.home)

    def warm(self) -> None:
        """Import what the first event would wait for, compile the SQL, and read the models in use."""
        from resources.lake_io_manager import lake_of_process
        from socialai_assets.factories import dbt_runs  # noqa: F401
        from socialai_assets.factories.compiled_models import compile_models
        from socialai_assets.methods.covering import planning  # noqa: F401
        from socialai_assets.water.risks import served_models

        lake = lake_of_process()
        for domain in sorted({lane.domain for lane in LANES.values()}):
            compile_models(f"socialai.{domain}")
        if lake.exists("water.risk_models"):
            served_models(lake.read_frame("water.risk_models"))

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
        result = self._job.execute_in_process(
            instance=self._instance,
            asset_selection=_keys(lane),
            tags={"socialai/what": "fast lane", "socialai/who": ",".join(sorted({one.asked_by for one in events}))},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        if not result.success:
            why = "A table or check failed; the run says which, and the next run tries again."
            self.queue.mark(events, "failed", {"run_id": result.run_id, "why": why})
            return
        after = self._actions(lane)
        changes = {"added": sorted(after - before), "dropped": sorted(before - after)}
        self.queue.mark(events, "done", {"run_id": result.run_id, "plan_changes": changes})

    def _land(self, lane: Lane, events: Sequence[Event]) -> None:
        from socialai_assets.runs import report_landed

        source = next(one for one in self._sources if (one.domain, one.name) == (lane.domain, lane.source))
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
        from dagster import RunsFilter
        from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES, DagsterRunStatus

        own = set(_keys(lane))
        unfinished = [*IN_PROGRESS_RUN_STATUSES, DagsterRunStatus.QUEUED]
        runs = self._instance.get_runs(filters=RunsFilter(statuses=unfinished), limit=50)
        return any(run.asset_selection is None or own & set(run.asset_selection) for run in runs)

    def _actions(self, lane: Lane) -> set[str]:
        """What the plan in use does."""
        from resources.lake_io_manager import lake_of_process
        from socialai_assets.factories.plan_scenarios import BASELINE

        lake = lake_of_process()
        if not lake.exists(lane.plan):
            return set()
        rows = lake.read(lane.plan, ["scenario", lane.action, lane.taken]).to_pylist()
        return {row[lane.action] for row in rows if row["scenario"] == BASELINE and row[lane.taken]}


def _keys(lane: Lane) -> list[AssetKey]:
    from socialai_assets.factories.tables import asset_key

    return [asset_key(table) for table in lane.tables]


def presence(settings: Settings) -> FileLock:
    """The lock that a home's worker holds while it lives."""
    folder = settings.home / "service"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "fast_lane.lock", timeout=0)


def is_there(settings: Settings) -> bool:
    """Whether a worker of the home lives."""
    lock = presence(settings)
    try:
        with lock:
            return False
    except Timeout:
        return True


def leave_to_sensors(settings: Settings, event: Event) -> None:
    """Land an event without a worker: the next ordinary run takes it in.

    Raises:
        LandingError: the landing folder cannot be read.
    """
    from socialai_assets.catalog import all_sources

    lane, queue, sources = LANES[event.source], EventQueue(settings.home), all_sources(settings)
    source = next(one for one in sources if (one.domain, one.name) == (lane.domain, lane.source))
    land([event], queue, LandingZone.from_settings(settings, sources), source)
    queue.mark([event], "left_to_sensors", {"why": "The fast lane does not run; the next ordinary run takes it in."})


def main() -> None:
    """Work until this process, or the one that started it, ends; the next worker takes up an event under way.

    Raises:
        SocialAIError: another worker of this home lives.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    settings, parent = current(), os.getppid()
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
