"""What `socialai alerts` does, printed for a person, and the look at the end of a run. Decides nothing."""

from __future__ import annotations

import getpass
import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from resources.alert_book import AlertBook, Trouble
from resources.errors import SettingsError
from resources.settings import current
from socialai_assets.actions import alerts

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions

    from resources.notifier import Alert

CONSOLE = Console()
COLOURS = {"error": "red", "warning": "yellow", "info": "green"}


class AlreadyPrinted:
    """The channel of a run in a terminal whose alerts go to the log: its summary has told them."""

    def send(self, alert: Alert) -> None:
        """Nothing more to do."""


def look_after_run(definitions: Definitions, instance: DagsterInstance) -> None:
    """Tell and keep what the run changed, as the sensor would; says on the screen what could not be delivered."""
    from resources import notifier
    from socialai_assets.automation.alerts import look

    settings = current()
    done = look(
        instance,
        definitions.resolve_asset_graph().asset_check_keys,
        AlertBook.from_settings(settings),
        AlreadyPrinted() if settings.notifier == "log" else notifier.from_settings(settings),
        warnings=settings.alert_on == "warnings",
        days=settings.alert_days,
    )
    if done.undelivered is not None:
        CONSOLE.print(
            f"[red]Alert[/]   not delivered, it will be tried again: {escape(done.undelivered)}", highlight=False
        )


def list_alerts(everything: bool, as_json: bool) -> None:
    """Print open alerts and warnings; with `everything` also those that have ended."""
    shown = alerts.alerts(current(), everything=everything)
    if as_json:
        sys.stdout.write(json.dumps([alerts.plain(trouble) for trouble in shown], indent=2) + "\n")
        return
    if not shown:
        CONSOLE.print("No open alerts, as of the last run or look of the sensor `alerts`.", highlight=False)
    for trouble in shown:
        _print(trouble)


def acknowledge_alert(key: str, note: str, days: float) -> None:
    """Note that the person at the terminal knows of an open alert."""
    known = alerts.acknowledge_alert(key, by=getpass.getuser(), note=note, days=days, settings=current())
    CONSOLE.print(
        f"{known.key}: silent until {known.silent_until:%Y-%m-%d %H:%M} UTC, or until it passes and fails again.",
        highlight=False,
        markup=False,
    )


def send_test() -> None:
    """Send one alert that says it is a test, by the channel the settings name.

    Raises:
        SettingsError: the channel cannot be reached, or refuses.
    """
    from resources import notifier

    settings = current()
    channel = notifier.from_settings(settings)
    alert = notifier.Alert(
        "This is a test: nothing is wrong",
        f"Sent by {getpass.getuser()} with `socialai alerts test`.",
        "test",
        "info",
    )
    try:
        channel.send(alert)
    except OSError as error:
        raise SettingsError(
            f"The {settings.notifier} that alerts go to did not take one: {error}",
            where=f"notifier = {settings.notifier}",
            do="Check the settings `notifier_...` (docs/operations.md), and that this machine can reach the address.",
        ) from error
    CONSOLE.print(
        "Alerts go to the log of the process that finds them (setting `notifier`)."
        if settings.notifier == "log"
        else f"Sent by {settings.notifier}: see that it has come.",
        highlight=False,
    )


def print_open_alerts() -> None:
    """For `socialai status`: a line for each alert, and how many warnings there are, which are many on any data."""
    troubles = alerts.alerts(current())
    warnings = sum(trouble.severity == "warning" for trouble in troubles)
    for trouble in troubles:
        if trouble.severity == "warning":
            continue
        known = f", known to {trouble.acknowledged_by}" if trouble.acknowledged_by else ""
        text = f"{trouble.subject}, since {trouble.since:%Y-%m-%d %H:%M} UTC{known}"
        CONSOLE.print(f"[bold]{'Alert':<9}[/] {escape(text)}", highlight=False)
    if warnings:
        CONSOLE.print(f"[bold]{'Warnings':<9}[/] {warnings}; `socialai alerts list` names them", highlight=False)


def _print(trouble: Trouble) -> None:
    kind = trouble.severity if trouble.state == "open" else trouble.state
    colour = COLOURS[trouble.severity] if trouble.state == "open" else "dim"
    CONSOLE.print(f"[{colour}]{kind:<8}[/] {escape(trouble.key)}", highlight=False)
    times = f"failed {trouble.failures} times since {trouble.since:%Y-%m-%d %H:%M} UTC"
    told = "not told to anyone" if trouble.told is None else f"told {trouble.told:%Y-%m-%d %H:%M} UTC"
    CONSOLE.print(f"         {times}; {told}", highlight=False, style="dim")
    if trouble.acknowledged_by and trouble.silent_until:
        note = f": {trouble.acknowledged_note}" if trouble.acknowledged_note else ""
        known = f"known to {trouble.acknowledged_by} until {trouble.silent_until:%Y-%m-%d %H:%M} UTC{note}"
        CONSOLE.print(f"         {escape(known)}", highlight=False)
    CONSOLE.print(f"         {escape(trouble.detail)}", highlight=False)
