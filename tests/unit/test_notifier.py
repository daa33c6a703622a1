"""The notifier: an alert reaches a real local webhook and a real local mail server."""

from __future__ import annotations

import logging
import socketserver
from http.server import HTTPServer
from urllib.error import HTTPError

import pytest

from resources.errors import SettingsError
from resources.notifier import Alert, EmailNotifier, LogNotifier, WebhookNotifier, from_settings
from resources.settings import load
from tests.listening import listener, serving

ALERT = Alert("Run failed", "step geography: no space left", key="run:geography")


@pytest.mark.parametrize("status", [200, 500])
def test_a_webhook_gets_the_alert_as_json_and_its_refusal_is_an_error(status: int) -> None:
    received: list[dict] = []

    with serving(HTTPServer(("127.0.0.1", 0), listener(received, status))) as port:
        notifier = WebhookNotifier(f"http://127.0.0.1:{port}/")
        if status == 200:
            notifier.send(ALERT)
        else:
            with pytest.raises(HTTPError):
                notifier.send(ALERT)
    assert received == [
        {
            "text": "Run failed",
            "subject": "Run failed",
            "detail": "step geography: no space left",
            "key": "run:geography",
            "severity": "error",
        }
    ]


def test_a_mail_server_gets_the_alert() -> None:
    lines: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                lines.append(line)
                if line.upper() == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(text)
                    self.wfile.write(b"250 kept\r\n")
                elif line.upper().startswith("QUIT"):
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        EmailNotifier(f"127.0.0.1:{port}", "socialai@example.org", "officer@example.org").send(ALERT)
    text = "\n".join(lines)
    assert "rcpt to:<officer@example.org>" in text.lower()
    assert "Subject: [socialai] Run failed" in text
    assert "no space left" in text


def test_the_log_is_the_default(caplog: pytest.LogCaptureFixture) -> None:
    notifier = from_settings(load())
    assert isinstance(notifier, LogNotifier)
    with caplog.at_level(logging.ERROR):
        notifier.send(ALERT)
    assert "Run failed: step geography" in caplog.text


@pytest.mark.parametrize("kind", ["webhook", "email"])
def test_a_notifier_without_address_is_refused(kind: str) -> None:
    with pytest.raises(SettingsError, match=f"SOCIALAI_NOTIFIER_{kind.upper()}"):
        from_settings(load(notifier=kind))


def test_a_webhook_without_a_scheme_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="https://") as refused:
        from_settings(load(notifier="webhook", notifier_webhook="hooks.example.org/very-secret"))
    assert "very-secret" not in str(refused.value)
