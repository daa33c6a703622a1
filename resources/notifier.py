"""Getting an alert to a person: log, webhook or mail, by settings. What is worth an alert is decided elsewhere."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from resources.errors import SettingsError
from resources.settings import Settings

if TYPE_CHECKING:
    from email.message import EmailMessage

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


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail to be sent on.

    Args:
        host: its name.
        port: it listens on.
        security: TLS from the start, after STARTTLS, or none.
        ca_file: authorities that sign its certificate; None for those of the system.
        username: who signs in; None for nobody.
        password: of that account.
    """

    host: str
    port: int
    security: Literal["plain", "starttls", "tls"] = "plain"
    ca_file: Path | None = None
    username: str | None = None
    password: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> MailServer:
        """The server the settings name.

        Raises:
            SettingsError: a password would cross the network in clear.
        """
        host, _, port = settings.notifier_smtp.partition(":")
        password = settings.notifier_smtp_password
        if settings.notifier_smtp_username and settings.notifier_smtp_security == "plain":
            raise SettingsError(
                "The mail server's password would cross the network in clear",
                where="SOCIALAI_NOTIFIER_SMTP_SECURITY",
                do="Set it to `starttls` (usually port 587) or `tls` (usually port 465).",
            )
        return cls(
            host,
            int(port or 25),
            settings.notifier_smtp_security,
            settings.notifier_smtp_ca_file,
            settings.notifier_smtp_username,
            password.get_secret_value() if password else "",
        )

    def send(self, message: EmailMessage, timeout_seconds: float) -> None:
        """Hand over one mail; raises OSError (smtplib's and ssl's errors are) where that cannot be."""
        import smtplib
        import ssl

        context = ssl.create_default_context(cafile=self.ca_file) if self.security != "plain" else None
        if self.security == "tls":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=timeout_seconds)
        with server:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.username is not None:
                server.login(self.username, self.password)
            server.send_message(message)


class EmailNotifier:
    """Mails alerts through a mail server."""

    def __init__(self, server: MailServer, sender: str, to: str, timeout_seconds: float = 10.0) -> None:
        self.server, self.sender, self.to, self.timeout_seconds = server, sender, to, timeout_seconds

    def send(self, alert: Alert) -> None:
        """Send one mail."""
        from email.message import EmailMessage

        message = EmailMessage()
        message["Subject"] = f"[socialai] {alert.subject}"
        message["From"], message["To"] = self.sender, self.to
        message.set_content(alert.detail)
        self.server.send(message, self.timeout_seconds)


def from_settings(settings: Settings) -> Notifier:
    """The notifier the settings name.

    Raises:
        SettingsError: its address is missing, or a password would cross the network in clear.
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
        server = MailServer.from_settings(settings)
        return EmailNotifier(server, settings.notifier_email_from, settings.notifier_email_to)
    return LogNotifier()
