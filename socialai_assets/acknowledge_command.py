"""`socialai water acknowledge`: what a person knows of an alarm is checked against the lake and landed as a file."""

from __future__ import annotations

import csv
import datetime
import tempfile
from pathlib import Path

from rich.console import Console

from resources.errors import SettingsError
from resources.lake import Lake
from resources.landing import LandingZone
from resources.settings import current

CONSOLE = Console()
ALARMS = "water.alarms"
SOURCE = "water.alarm_acknowledgements"


def acknowledge(alarm: str, note: str | None, role: str) -> None:
    """Land that somebody knows of an alarm.

    Args:
        alarm: its code, or a part of it that only one alarm has that has not closed.
        note: what is known.
        role: of who knows.

    Raises:
        SettingsError: none or several such alarms, or the row breaks a rule of its contract; nothing has landed.
    """
    from socialai_assets.catalog import domain_sources
    from socialai_assets.ingest.rows import ingest_file

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
    source = next(one for one in domain_sources("water") if f"{one.domain}.{one.name}" == SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        # A station's code may hold what no file's name can.
        file = Path(folder) / f"{now:%Y%m%dT%H%M%S%f}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
            writer.writerow(row)
        read = ingest_file(file, source, source.contract, None)
        if len(read.quarantined):
            raise SettingsError(
                f"The acknowledgement is refused: {'; '.join(str(reason) for reason in read.quarantined['reason'])}",
                do="Say it otherwise; nothing has landed.",
            )
        target = LandingZone.from_settings(settings, [source]).land(file, source)
    CONSOLE.print(f"{code}: acknowledged, landed as {target}", highlight=False, markup=False)
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
