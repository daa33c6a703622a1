"""Events by program: rows that are landed, scored and planned with at once, which the fast lane does."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from resources.errors import AccessRefused, ActionRefused
from socialai_assets.catalog import all_sources
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue, State
from socialai_assets.serving.fast_lane.landing import columns_of
from socialai_assets.serving.fast_lane.lanes import Lane, lane_of
from socialai_assets.serving.fast_lane.presence import is_there, leave_to_sensors
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.problems import responses

COMMAND = "land"
router = APIRouter(tags=["events"])
EventId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,80}$", description="The event's code.")]
Cell = str | int | float | bool | None


class NewEvent(BaseModel):
    """Rows of a source, as they would stand in a landed file."""

    model_config = ConfigDict(extra="forbid")

    event_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_.:-]{1,80}$", description="Its code; the same twice is one event. Ours if missing."
    )
    rows: list[dict[str, Cell]] = Field(min_length=1, max_length=200, description="Each column of the contract.")


class PlanChanges(BaseModel):
    """Actions that the plan in use took up and dropped."""

    added: list[str] = []
    dropped: list[str] = []


class EventTold(BaseModel):
    """What became of an event."""

    event_id: str
    source: str
    state: State = Field(description="`left_to_sensors`: it has landed, and the next ordinary run takes it in.")
    accepted_at: datetime.datetime
    seconds: float | None = Field(None, description="From accepted to the plan refreshed.")
    run_id: str | None = Field(None, description="Dagster's run, in which all tables and their versions are recorded.")
    why: str | None = Field(None, description="Why it failed or was left.")
    scores: list[dict[str, Any]] = Field([], description="The champion's, with interval, reason and model version.")
    plan_changes: PlanChanges | None = None


@router.post("/events/{source}", status_code=202, responses=responses(404, 422))
def send_event(source: str, sent: NewEvent, platform: Serving, asker: Asking) -> EventTold:
    """Accept an event: it is on disk when this answers, and then its plan is refreshed."""
    platform.gate.allow(asker, COMMAND)
    lane = lane_of(source)
    known = next(one for one in all_sources(platform.settings) if (one.domain, one.name) == (lane.domain, source))
    unknown = sorted({name for row in sent.rows for name in row} - set(columns_of(known)))
    if unknown:
        raise ActionRefused(
            f"Source `{source}` has no column {', '.join(unknown)}", do=f"It has {', '.join(columns_of(known))}."
        )
    rows = [{name: _text(value) for name, value in row.items()} for row in sent.rows]
    event = Event(sent.event_id or str(uuid.uuid4()), source, rows, asker.person.account, time.time())
    kept = EventQueue(platform.settings.home).accept(event)
    if kept.state == "accepted" and not is_there(platform.settings):
        leave_to_sensors(platform.settings, kept)
    return _told(kept.event_id, platform, asker)


@router.get("/events/{event_id}", responses=responses(404, 422))
def event(event_id: EventId, platform: Serving, asker: Asking) -> EventTold:
    """What became of an event: scores with their interval and reason, changes of the plan, the run."""
    platform.gate.allow(asker, COMMAND)
    return _told(event_id, platform, asker)


def _told(event_id: str, platform: Platform, asker: Asker) -> EventTold:
    kept = EventQueue(platform.settings.home).event(event_id)
    lane = lane_of(kept.source)
    changes = kept.told.get("plan_changes")
    sees_plan = platform.gate.may(asker, lane.plan)
    return EventTold(
        event_id=kept.event_id,
        source=kept.source,
        state=kept.state,
        accepted_at=datetime.datetime.fromtimestamp(kept.accepted_at, datetime.UTC),
        seconds=round(kept.ended_at - kept.accepted_at, 3) if kept.state == "done" and kept.ended_at else None,
        run_id=kept.told.get("run_id"),
        why=kept.told.get("why"),
        scores=_scores(kept, lane, platform, asker) if kept.state == "done" else [],
        plan_changes=PlanChanges(**changes) if changes and sees_plan else None,
    )


def _scores(kept: Event, lane: Lane, platform: Platform, asker: Asker) -> list[dict[str, Any]]:
    """The scores of what the event is about, as far as they are granted."""
    subjects = sorted({subject for row in kept.rows if (subject := row.get(lane.subject))})
    try:
        return platform.gate.query(
            asker,
            f"SELECT {lane.subject}, target, risk, lower, upper, risk_class, is_withheld, reason, model, "
            f"model_version, is_synthetic FROM scores WHERE list_contains($subjects, {lane.subject}) "
            f"ORDER BY {lane.subject}, target",
            {"scores": lane.scores},
            {"subjects": subjects},
        ).to_pylist()
    except AccessRefused:
        return []


def _text(value: Cell) -> str | None:
    """A cell as a landed file has it."""
    return None if value is None else str(value)
