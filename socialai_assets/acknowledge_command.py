"""`socialai water acknowledge`: what a person knows of an alarm is checked against the lake and landed as a file."""

from __future__ import annotations

import datetime

from rich.console import Console

from resources.errors import SettingsError
from resources.lake import Lake
from resources.settings import current
from socialai_assets.landed_row import land_row

CONSOLE = Console()
ALARMS = "water.alarms"


def acknowledge(alarm: str, note: str | None, role: str) -> None:
    """Land that somebody knows of an alarm.

    Args:
        alarm: its code, or a part of it that only one alarm has that has not closed.
        note: what is known.
        role: of who knows.

    Raises:
        SettingsError: none or several such alarms, or the row breaks a rule of its contract; nothing has landed.
    """
    settings = current()
    code = _the_one(Lake.from_settings(settings, read_only=True), alarm)
    now = datetime.datetime.now(datetime.UTC)
    row = {
        "acknowledgement_id": f"{now:%Y%m%dT%H%M%S%f}-{code}",
        "alarm_id": code,
        "note": (note or "").strip(),
        "acknowledged_by": role,
        "acknowledged_at": f"{now:%Y-%m-%dT%H:%M:%S}",
    }
    # A station's code may hold what no file's name can.
    landed = land_row(row, "water", "alarm_acknowledgements", f"{now:%Y%m%dT%H%M%S%f}", settings)
    if isinstance(landed, list):
        raise SettingsError(
            f"The acknowledgement is refused: {'; '.join(landed)}", do="Say it otherwise; nothing has landed."
        )
    CONSOLE.print(f"{code}: acknowledged, landed as {landed}", highlight=False, markup=False)
    CONSOLE.print(
        "`socialai run` takes it in; with `socialai ui` open, the sensor does. Once it closes, a new one may come.",
        highlight=False,
    )


def _the_one(lake: Lake, alarm: str) -> str:
    """The code of the one alarm that is meant and has not closed."""
    if not lake.exists(ALARMS):
        raise SettingsError("No alarm has been looked for yet", where=ALARMS, do="Run `socialai run` first.")
    alarms = lake.read_frame(ALARMS, ["alarm_id", "state"])
    known = alarms.loc[alarms["state"] != "closed", "alarm_id"].tolist()
    found = [code for code in known if code == alarm] or [code for code in known if alarm in code]
    if len(found) == 1:
        return found[0]
    if alarm in set(alarms["alarm_id"]):
        raise SettingsError(f"Alarm {alarm} has closed", do="Nothing is to be acknowledged any more.")
    names = ", ".join(sorted(found or known)[:10]) or "none"
    what = "Several alarms that have not closed have" if found else "No alarm that has not closed has"
    raise SettingsError(f"{what} `{alarm}` in their code", do=f"Give one of: {names}.")
