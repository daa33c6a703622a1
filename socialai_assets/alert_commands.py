"""What the commands on alerts do, printed for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resources import notifier
from resources.alert_store import AlertRecord, AlertStore
from resources.errors import SocialAIError
from resources.settings import current

CONSOLE = Console()


def show_alerts(everything: bool) -> None:
    """Print the open alerts, or all of the last month."""
    records = AlertStore(current().alerts_file).records()
    shown = [record for record in records if everything or record.resolved is None]
    if not shown:
        CONSOLE.print("No alert is open.")
        return
    table = Table("No.", "Since (UTC)", "Seen", "State", "What", box=None, header_style="bold")
    for record in shown:
        table.add_row(
            record.number, f"{record.first_seen:%Y-%m-%d %H:%M}", f"{record.times}x", _state(record), record.subject
        )
        table.add_row("", "", "", "", f"[dim]{_first_line(record.detail)}[/]")
    CONSOLE.print(table)


def acknowledge(number: str, why: str, days: float) -> None:
    """Keep the open alert of that number quiet for some days.

    Raises:
        SocialAIError: there is no such alert.
    """
    until = datetime.now(UTC) + timedelta(days=days)
    record = AlertStore(current().alerts_file).acknowledge(number, why, until)
    CONSOLE.print(f"Quiet until {until:%Y-%m-%d %H:%M} UTC: {record.subject}", highlight=False, markup=False)


def send_test() -> None:
    """Send a message that nothing is wrong.

    Raises:
        SocialAIError: the channel could not be reached.
    """
    settings = current()
    try:
        notifier.from_settings(settings).send(
            notifier.Alert("Test of the alerts", "Nothing is wrong: somebody ran `socialai alerts test`.", "test")
        )
    except OSError as error:
        raise SocialAIError(
            f"The message could not be delivered: {error}",
            where=f"SOCIALAI_NOTIFIER={settings.notifier}",
            do="Check the notifier's address in docs/operations.md, and that this machine reaches it.",
        ) from error
    CONSOLE.print(f"Sent by {settings.notifier}.", highlight=False)


def _state(record: AlertRecord) -> str:
    if record.resolved is not None:
        return f"over since {record.resolved:%m-%d %H:%M}"
    if record.quiet_until is not None and record.quiet_until > datetime.now(UTC):
        return f"quiet until {record.quiet_until:%m-%d %H:%M}: {escape(record.acknowledgement or '')}"
    return "open" if record.told else "not delivered yet"


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return escape(line[:300])
