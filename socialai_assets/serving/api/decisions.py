"""What people decide by program: overrides, and that alerts, alarms and flags are known. Decides on nothing itself."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, model_validator

from resources.errors import NothingSuch
from socialai_assets.actions import alarms, alerts, flags, overrides
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.problems import responses

router = APIRouter(tags=["decisions"])
FLAGS = "children.flags"


class Alert(BaseModel):
    """Something that fails, or did."""

    key: str
    subject: str
    detail: str
    severity: str
    state: str
    since: datetime.datetime
    seen: datetime.datetime
    failures: int
    acknowledged_by: str | None
    acknowledged_note: str | None
    silent_until: datetime.datetime | None


class Alerts(BaseModel):
    """What fails."""

    alerts: list[Alert]


class Known(BaseModel):
    """What is known of it."""

    note: str = Field("", max_length=2000, description="What others should know.")


class KnownForDays(Known):
    """What is known of an alert, and for how long it stays silent."""

    days: float = Field(7, ge=0.01, le=365, description="How long it stays silent.")


class Recorded(BaseModel):
    """What was written down; runs take it in."""

    recorded: str = Field(description="What it is about.")
    by: str = Field(description="The role in whose name.")


class Override(BaseModel):
    """A decision on what the supply plan recommends."""

    camp_id: str = Field(max_length=200)
    item_id: str = Field(max_length=200)
    week: datetime.date = Field(description="A day of the week it is about.")
    decision: Literal["accept", "change", "refuse"]
    quantity: float | None = Field(None, ge=0, le=1e12, description="Units, where it is a change.")
    reason: str = Field(min_length=1, max_length=2000, description="Why, in words that others understand.")
    depot_id: str | None = Field(None, max_length=200, description="Only what this depot sends.")
    scenario: str = Field("baseline", max_length=200)

    @model_validator(mode="after")
    def _quantity_of_change(self) -> Override:
        if (self.decision == "change") != (self.quantity is not None):
            raise ValueError("`quantity` is given with the decision `change` and with no other")
        return self


class Overridden(BaseModel):
    """A decision as it was written down; the next run solves the plan around it."""

    decision: dict[str, Any]


@router.get("/alerts", responses=responses())
def list_alerts(
    platform: Serving,
    asker: Asking,
    everything: Annotated[bool, Query(description="Also what has ended.")] = False,
) -> Alerts:
    """What fails: since when, how often, who knows."""
    platform.gate.allow(asker, "platform")
    found = alerts.alerts(platform.settings, everything=everything)
    return Alerts(alerts=[Alert.model_validate(alerts.plain(trouble)) for trouble in found])


@router.post("/alerts/{key}/acknowledge", responses=responses(404, 422))
def acknowledge_alert(platform: Serving, asker: Asking, key: str, known: KnownForDays) -> Alert:
    """Say that an alert is known: it stays silent for some days, or until it passes and fails again."""
    platform.gate.allow(asker, "acknowledge_alert")
    if key not in {trouble.key for trouble in alerts.alerts(platform.settings)}:
        raise NothingSuch("There is no such open alert", do="GET /v1/alerts has their keys.")
    by = f"{asker.person.account} ({asker.role})"
    trouble = alerts.acknowledge_alert(key, by=by, note=known.note, days=known.days, settings=platform.settings)
    return Alert.model_validate(alerts.plain(trouble))


@router.post("/alarms/{alarm}/acknowledge", responses=responses(404, 422))
def acknowledge_alarm(platform: Serving, asker: Asking, alarm: str, known: Known) -> Recorded:
    """Say that a station's alarm is known; it is no longer shown, and does not come again until it has closed."""
    platform.gate.allow(asker, "acknowledge_alarm")
    done = alarms.acknowledge_alarm(alarm, known.note, asker.role, platform.gate.lake, platform.settings, exactly=True)
    return Recorded(recorded=done.alarm_id, by=asker.role)


@router.post("/flags/{flag}/acknowledge", responses=responses(404, 422))
def acknowledge_flag(platform: Serving, asker: Asking, flag: str) -> Recorded:
    """Say that a flag of a child in your charge has been looked at, so that the supervisor is not told."""
    platform.gate.allow(asker, "acknowledge_flag")
    theirs = platform.gate.personal(asker, FLAGS, columns=("flag_id",))
    if flag not in set(theirs["flag_id"]):
        raise NothingSuch(
            "There is no such flag among yours", where=FLAGS, do="GET /v1/tables/children.flags has them."
        )
    flags.acknowledge_flag(flag, asker.role, platform.settings)
    return Recorded(recorded=flag, by=asker.role)


@router.post("/overrides", status_code=201, responses=responses(404, 422))
def override(platform: Serving, asker: Asking, asked: Override) -> Overridden:
    """Accept, change or refuse what the supply plan recommends for a camp, an item and a week."""
    platform.gate.allow(asker, "override")
    monday = asked.week - datetime.timedelta(days=asked.week.weekday())
    decision = overrides.Decision(
        asked.camp_id,
        asked.item_id,
        monday,
        asked.decision,
        asked.quantity,
        asked.reason,
        asker.role,
        asked.depot_id,
        asked.scenario,
    )
    return Overridden(decision=overrides.decide(decision, platform.gate.lake, platform.settings).row)
