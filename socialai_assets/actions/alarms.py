"""What a person knows of a station's alarm, checked against the lake and landed as a file. Looks for no alarm."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from resources.errors import NothingSuch
from resources.lake import Lake
from resources.settings import Settings
from socialai_assets.actions.landed_row import land_row

ALARMS = "water.alarms"


@dataclass(frozen=True)
class AcknowledgedAlarm:
    """What was acknowledged.

    Attributes:
        alarm_id: code of the alarm.
        landed: the file that says so.
    """

    alarm_id: str
    landed: Path


def acknowledge_alarm(
    alarm: str, note: str, role: str, lake: Lake, settings: Settings, *, exactly: bool = False
) -> AcknowledgedAlarm:
    """Land that somebody knows of an alarm.

    Args:
        alarm: its code, or a part of it that only one alarm has that has not closed.
        note: what is known.
        role: of who knows.
        lake: has the alarms.
        settings: they say where it lands.
        exactly: whether it has to be the whole code, as from a page or program.

    Raises:
        NothingSuch: none or several such alarms; nothing has landed.
        ActionRefused: the row breaks a rule of its contract; nothing has landed.
    """
    code = _the_one(lake, alarm, exactly)
    now = datetime.datetime.now(datetime.UTC)
    row = {
        "acknowledgement_id": f"{now:%Y%m%dT%H%M%S%f}-{code}",
        "alarm_id": code,
        "note": note.strip(),
        "acknowledged_by": role,
        "acknowledged_at": f"{now:%Y-%m-%dT%H:%M:%S}",
    }
    # A station's code may hold what no file's name can.
    landed = land_row(row, "water", "alarm_acknowledgements", f"{now:%Y%m%dT%H%M%S%f}", settings)
    return AcknowledgedAlarm(code, landed)


def _the_one(lake: Lake, alarm: str, exactly: bool) -> str:
    """The code of the one alarm that is meant and has not closed."""
    if not lake.exists(ALARMS):
        raise NothingSuch("No alarm has been looked for yet", where=ALARMS, do="Run `socialai run` first.")
    alarms = lake.read_frame(ALARMS, ["alarm_id", "state"])
    known = alarms.loc[alarms["state"] != "closed", "alarm_id"].tolist()
    found = [code for code in known if code == alarm] or [code for code in known if alarm in code and not exactly]
    if len(found) == 1:
        return found[0]
    if alarm in set(alarms["alarm_id"]):
        raise NothingSuch(f"Alarm {alarm} has closed", do="Nothing is to be acknowledged any more.")
    names = ", ".join(sorted(found or known)[:10]) or "none"
    what = "Several alarms that have not closed have" if found else "No alarm that has not closed has"
    raise NothingSuch(f"{what} `{alarm}` in their code", do=f"Give one of: {names}.")
