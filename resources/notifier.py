"""Getting an alert to a person: log, webhook or mail, by settings. What is worth an alert is decided elsewhere."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from resources.errors import SettingsError
from resources.settings import Settings

LOG = logging.getLogger("socialai.alerts")
Severity = Literal["info", "warning", "error"]
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True)
class Alert:
    """Something a person should know: a failed run or check, or that it passes again (info).

    Args:
        subject: one line.
        detail: what happened and what to do.
        key: alerts with the same key are the same trouble.
        severity: how bad it is.
    """

    subject: str
    detail: str
    key: str
    severity: Severity = "error"


class Notifier(Protocol):
    """Delivers alerts."""

    def send(self, alert: Alert) -> None:
        """Deliver one alert; raises OSError where the channel cannot be reached."""
        ...


class LogNotifier:
    """Writes alerts to the log `socialai.alerts`."""

    def send(self, alert: Alert) -> None:
        """Log the alert at its severity."""
        LOG.log(LEVELS[alert.severity], "%s: %s", alert.subject, alert.detail)


class WebhookNotifier:
    """Posts alerts as JSON to a URL."""

    def __init__(self, url: str, timeout_seconds: float = 10.0) -> None:
        self.url, self.timeout_seconds = url, timeout_seconds

    def send(self, alert: Alert) -> None:
        """POST the alert; an answer other than 2xx raises OSError (urllib's HTTPError)."""
        from urllib.request import Request, urlopen

        request = Request(
            self.url,
            data=json.dumps({"text": alert.subject, **asdict(alert)}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with urlopen(request, timeout=self.timeout_seconds):
            pass


class EmailNotifier:
    """Mails alerts through an SMTP server."""

    def __init__(self, server: str, sender: str, to: str, timeout_seconds: float = 10.0) -> None:
        self.host, _, port = server.partition(":")
        self.port = int(port or 25)
        self.sender, self.to, self.timeout_seconds = sender, to, timeout_seconds

    def send(self, alert: Alert) -> None:
        """Send one mail."""
        import smtplib
        from email.message import EmailMessage

        message = EmailMessage()
        message["Subject"] = f"[socialai] {alert.subject}"
        message["From"], message["To"] = self.sender, self.to
        message.set_content(alert.detail)
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds) as server:
            server.send_message(message)


def from_settings(settings: Settings) -> Notifier:
    """The notifier the settings name.

    Raises:
        SettingsError: its address is missing.
    """
    if settings.notifier == "webhook":
        if not settings.notifier_webhook:
            raise SettingsError("The webhook notifier has no URL", do="Set SOCIALAI_NOTIFIER_WEBHOOK.")
        if not settings.notifier_webhook.startswith(("http://", "https://")):
            # The text is not repeated: such addresses often hold a secret.
            raise SettingsError(
                "The webhook's URL begins with neither `https://` nor `http://`",
                where="SOCIALAI_NOTIFIER_WEBHOOK",
                do="Give the whole address, as the service that receives the alerts shows it.",
            )
        return WebhookNotifier(settings.notifier_webhook)
    if settings.notifier == "email":
        if not settings.notifier_email_to:
            raise SettingsError("The email notifier has no address", do="Set SOCIALAI_NOTIFIER_EMAIL_TO.")
        return EmailNotifier(settings.notifier_smtp, settings.notifier_email_from, settings.notifier_email_to)
    return LogNotifier()
