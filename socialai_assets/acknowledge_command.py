"""What `socialai water acknowledge` does, printed for a person. Decides nothing."""

from __future__ import annotations

from rich.console import Console

from resources.lake import Lake
from resources.settings import current
from socialai_assets.actions.alarms import acknowledge_alarm

CONSOLE = Console()


def acknowledge(alarm: str, note: str | None, role: str) -> None:
    """Land that somebody knows of an alarm.

    Args:
        alarm: its code, or a part of it that only one alarm has that has not closed.
        note: what is known.
        role: of who knows.

    Raises:
        ActionRefused: none or several such alarms, or the row breaks a rule of its contract; nothing has landed.
    """
    settings = current()
    done = acknowledge_alarm(alarm, note or "", role, Lake.from_settings(settings, read_only=True), settings)
    CONSOLE.print(f"{done.alarm_id}: acknowledged, landed as {done.landed}", highlight=False, markup=False)
    CONSOLE.print(
        "`socialai run` takes it in; with `socialai ui` open, the sensor does. Once it closes, a new one may come.",
        highlight=False,
    )
