"""What-ifs by program: start one, follow it, stop it. What is started and told is run_desk.py's."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.problems import responses
from socialai_assets.serving.run_desk import Progress, RunDesk, State
from socialai_assets.serving.run_records import RunRecord
from socialai_assets.serving.what_ifs import COMMAND, PLANS, plan_for

router = APIRouter(tags=["what-if"])
RunId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Number of the run.")]


class WhatIf(BaseModel):
    """What to try."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(description=f"One of {', '.join(PLANS)}.", examples=["water-repair"], max_length=40)
    scenario: str = Field(description="What its rows are to be called.", examples=["twice-the-money"], max_length=60)
    assumptions: dict[str, str | bool | int | float | None] = Field(
        {}, description="Value by path; what is left out stays.", examples=[{"repair.budget_usd": 2_000_000}]
    )


class Run(BaseModel):
    """A run that somebody asked for, and how far it is."""

    run_id: str = Field(description="Dagster's number of the run.")
    plan: str
    scenario: str
    asked_by: str = Field(description="Account.")
    asked_at: datetime.datetime
    state: State = Field(description="`waiting`: another what-if of the same plan comes first.")
    steps: int = Field(description="Steps and checks planned; 0 before that is known.")
    steps_done: int
    doing: list[str] = Field(description="What is being made or checked now.")
    seconds: float = Field(description="Since it was asked for, until it ended.")
    error: str | None = Field(description="Why it failed.")
    tables: list[str] = Field(description="Where its rows are, beside the baseline's, once it is done.")


def told(record: RunRecord, progress: Progress) -> Run:
    """A run as programs are told of it."""
    return Run(
        run_id=record.run_id,
        plan=record.plan,
        scenario=record.scenario,
        asked_by=record.asked_by,
        asked_at=datetime.datetime.fromtimestamp(record.asked_at, datetime.UTC),
        state=progress.state,
        steps=progress.steps,
        steps_done=progress.steps_done,
        doing=list(progress.doing),
        seconds=round(progress.seconds, 1),
        error=progress.error,
        tables=list(PLANS[record.plan].tables),
    )


@router.post("/what-if", status_code=202, responses=responses(404, 422))
def start_what_if(wanted: WhatIf, platform: Serving, asker: Asking) -> Run:
    """Make a plan anew under other assumptions, beside the baseline; the answer comes before the plan is made."""
    plan = plan_for(platform.gate, asker, wanted.plan)
    record = RunDesk(platform.settings).start(asker, plan.name, wanted.scenario, wanted.assumptions)
    return told(record, Progress("starting"))


@router.get("/runs/{run_id}", responses=responses(404, 422))
def run(run_id: RunId, platform: Serving, asker: Asking) -> Run:
    """How far a run is."""
    platform.gate.allow(asker, COMMAND)
    desk = RunDesk(platform.settings)
    record = desk.records.read(run_id)
    return told(record, desk.progress(record))


@router.delete("/runs/{run_id}", responses=responses(404, 422))
def stop_run(run_id: RunId, platform: Serving, asker: Asking) -> Run:
    """Stop a run that you started; the plan's tables stay as they were."""
    platform.gate.allow(asker, COMMAND)
    desk = RunDesk(platform.settings)
    progress = desk.cancel(desk.records.read(run_id), asker)
    return told(desk.records.read(run_id), progress)
