"""Where what-ifs are started, followed and stopped: each a Dagster run in a process of its own. Makes no plan itself.

A what-if survives the browser and the service that started it, and needs no daemon. What is told of it comes from
Dagster's event log; a process that died is told to Dagster as failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from resources.errors import AccessRefused
from resources.settings import PROJECT, Settings
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.run_records import RunRecord, RunRecords
from socialai_assets.serving.runs_lately import WHAT, WHO, project_instance
from socialai_assets.serving.what_ifs import plan_named, scenario_named

if TYPE_CHECKING:
    from dagster import DagsterInstance

State = Literal["starting", "waiting", "running", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
_ENDED_EARLY = "The process that made the plan ended before it was done."


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        state: `waiting` while another what-if of the same plan runs.
        steps: steps and checks planned; 0 before that is known.
        steps_done: of these.
        doing: tables or checks in the making, with dots.
        seconds: since it was asked for, until it ended.
        error: why it failed, in plain words.
    """

    state: State
    steps: int = 0
    steps_done: int = 0
    doing: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class RunDesk:
    """Starts and follows the runs that people ask for.

    Args:
        settings: of the platform.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.records = RunRecords(settings.home)

    def start(self, asker: Asker, plan_name: str, scenario: str, assumptions: Mapping[str, Any]) -> RunRecord:
        """Start a what-if; whether it may be is the gate's to say, before.

        Args:
            asker: who wants it.
            plan_name: the plan made anew.
            scenario: what its rows are to be called.
            assumptions: values by path; those left out are the baseline's.

        Raises:
            NothingSuch: there is no such plan.
            ActionRefused: an assumption the plan does not have, or a value or name it does not take.
        """
        plan, name = plan_named(plan_name), scenario_named(scenario)
        run_id, who = str(uuid.uuid4()), asker.person.account
        tags = {WHO: who, "socialai/role": asker.role, WHAT: f"what-if {plan.name}: {name}"}
        changes = plan.changes(assumptions)
        record = RunRecord(run_id, plan.name, name, changes, who, asker.role, time.time(), tags=tags)
        self.records.write(record)
        life = self.records.life(run_id)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "socialai_assets.serving.run_process", run_id],
                cwd=PROJECT,
                env={**os.environ, "SOCIALAI_HOME": str(self._settings.home)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=(self.records.folder / f"{run_id}.log").open("wb"),
                pass_fds=[life],
                start_new_session=True,
            )
        finally:
            os.close(life)
        record = RunRecord(**{**vars(record), "process": process.pid})
        self.records.write(record)
        return record

    def progress(self, record: RunRecord) -> Progress:
        """How far a run is, by Dagster's log; a run whose process died is told to Dagster, too."""
        from dagster import DagsterRunStatus

        # Asked before the log is read: what ended in between has its last event in the log then.
        lives = self.records.lives(record.run_id)
        with project_instance(self._settings) as instance:
            run = instance.get_run_by_id(record.run_id)
            if run is None:
                return self._before_the_run(record, lives)
            if not run.is_finished and not lives:
                if record.cancelled_by:
                    instance.report_run_canceled(run, f"Stopped by {record.cancelled_by}.")
                else:
                    instance.report_run_failed(run, _ENDED_EARLY)
                run = instance.get_run_by_id(record.run_id) or run
            told = _told(instance, record.run_id)
            ended = instance.get_run_record_by_id(record.run_id)
        until = ended.end_time if ended and ended.end_time else time.time()
        states: dict[DagsterRunStatus, State] = {
            DagsterRunStatus.SUCCESS: "done",
            DagsterRunStatus.FAILURE: "failed",
            DagsterRunStatus.CANCELED: "cancelled",
        }
        state = states.get(run.status, "running")
        error = (told.error or _ENDED_EARLY) if state == "failed" else None
        doing = () if state in ENDED else told.doing
        return Progress(state, told.steps, told.steps_done, doing, max(0.0, until - record.asked_at), error)

    def cancel(self, record: RunRecord, asker: Asker) -> Progress:
        """Stop a run; its tables stay as they were.

        Raises:
            AccessRefused: somebody else started it.
        """
        if asker.person.account != record.asked_by:
            raise AccessRefused("Only who started a run may stop it", do=f"Ask {record.asked_by}.")
        process = record.process
        if self.records.lives(record.run_id) and process is not None:
            record = self.records.cancelled(record.run_id, asker.person.account)
            # The plan's tables are written whole or not at all, so nothing needs tidying up.
            os.killpg(process, signal.SIGKILL)
            for _ in range(100):
                if not self.records.lives(record.run_id):
                    break
                time.sleep(0.05)
        return self.progress(record)

    def _before_the_run(self, record: RunRecord, lives: bool) -> Progress:
        log = self.records.folder / f"{record.run_id}.log"
        ended = None if lives else self.records.ended_at(record.run_id)
        seconds = (ended or time.time()) - record.asked_at
        if lives:
            others = (one for one in self.records.newest(50) if one.plan == record.plan and one.run_id != record.run_id)
            ahead = any(one.asked_at < record.asked_at and self.records.lives(one.run_id) for one in others)
            return Progress("waiting" if ahead else "starting", seconds=seconds)
        if record.cancelled_by:
            return Progress("cancelled", seconds=seconds)
        lines = log.read_text("utf-8", errors="replace").strip().splitlines() if log.exists() else []
        return Progress("failed", seconds=seconds, error=lines[-1] if lines else _ENDED_EARLY)


@dataclass(frozen=True)
class _Told:
    steps: int
    steps_done: int
    doing: tuple[str, ...]
    error: str | None


def _told(instance: DagsterInstance, run_id: str) -> _Told:
    """What a run's log says: steps planned, ended and under way, and the first failure."""
    from socialai_assets.automation.alerts import failure_text

    started: dict[str, None] = {}
    ended: set[str] = set()
    error = None
    run = instance.get_run_by_id(run_id)
    snapshot = run.execution_plan_snapshot_id if run else None
    planned = instance.get_execution_plan_snapshot(snapshot) if snapshot else None
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        if event.event_type_value == "STEP_START":
            started[event.step_key] = None
        elif event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"):
            ended.add(event.step_key)
            if event.event_type_value == "STEP_FAILURE" and error is None:
                error = failure_text(event.step_failure_data.error)
    doing = tuple(step.replace("__", ".") for step in started if step not in ended)
    return _Told(len(planned.step_keys_to_execute) if planned else len(started), len(ended), doing, error)
