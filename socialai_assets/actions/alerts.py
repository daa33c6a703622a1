"""What fails, as the alert book has it, and that somebody knows of it. Looks for no trouble and tells nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from resources.alert_book import AlertBook, Trouble
from resources.settings import Settings


def alerts(settings: Settings, *, everything: bool = False) -> list[Trouble]:
    """Open alerts and warnings, the oldest first; with `everything` also those that have ended."""
    troubles = AlertBook.from_settings(settings).troubles().values()
    return [trouble for trouble in troubles if everything or trouble.state == "open"]


def acknowledge_alert(key: str, *, by: str, note: str, days: float, settings: Settings) -> Trouble:
    """Note that somebody knows of an open alert, so that it stays silent for some days.

    Args:
        key: the alert's, or a part of it that only one open alert has.
        by: who knows.
        note: what others should know.
        days: how long it stays silent, or until it passes and fails again.
        settings: of the platform.

    Returns:
        The alert as it is now.

    Raises:
        NothingSuch: none or several open alerts have that key.
    """
    until = datetime.now(UTC) + timedelta(days=days)
    return AlertBook.from_settings(settings).acknowledge(key, by=by, note=note, until=until)


def plain(trouble: Trouble) -> dict[str, object]:
    """An alert as JSON has it."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(trouble).items()}
