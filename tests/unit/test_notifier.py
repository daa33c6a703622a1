"""The notifier: an alert reaches a real local webhook and a real local mail server."""

from __future__ import annotations

import logging
import socketserver
import ssl
from http.server import HTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from resources.errors import SettingsError
from resources.notifier import Alert, EmailNotifier, LogNotifier, MailServer, WebhookNotifier, from_settings
from resources.settings import load
from tests.listening import free_port, listener, serving

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
        EmailNotifier(MailServer("127.0.0.1", port), "socialai@example.org", "officer@example.org").send(ALERT)
    text = "\n".join(lines)
    assert "rcpt to:<officer@example.org>" in text.lower()
    assert "Subject: [socialai] Run failed" in text
    assert "no space left" in text


class Letters:
    """What a server with a sign-in was sent, and by whom."""

    def __init__(self) -> None:
        self.signed_in: list[tuple[bytes, bytes]] = []
        self.letters: list[bytes] = []

    def __call__(self, _server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.letters.append(envelope.content)
        return "250 kept"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_with_tls_and_sign_in_gets_the_alert(tmp_path: Path, security: Literal["starttls", "tls"]) -> None:
    authority, letters = trustme.CA(), Letters()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    tls: dict[str, Any] = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    controller = Controller(
        letters,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=letters,
        auth_required=True,
        auth_require_tls=security == "starttls",
        **tls,
    )
    controller.start()
    settings = {
        "notifier": "email",
        "notifier_email_to": "officer@example.org",
        "notifier_smtp": f"127.0.0.1:{controller.port}",
        "notifier_smtp_security": security,
        "notifier_smtp_username": "socialai",
        "notifier_smtp_ca_file": str(tmp_path / "authority.pem"),
    }
    try:
        from_settings(load(**settings, notifier_smtp_password="right")).send(ALERT)
        with pytest.raises(OSError, match="535"):
            from_settings(load(**settings, notifier_smtp_password="wrong")).send(ALERT)
        with pytest.raises(ssl.SSLCertVerificationError):
            from_settings(load(**{**settings, "notifier_smtp_ca_file": None})).send(ALERT)
    finally:
        controller.stop()
    assert b"Subject: [socialai] Run failed" in b"".join(letters.letters) and len(letters.letters) == 1
    assert set(letters.signed_in) == {(b"socialai", b"right"), (b"socialai", b"wrong")}


def test_no_password_crosses_the_network_in_clear() -> None:
    with pytest.raises(SettingsError, match="SMTP_SECURITY"):
        from_settings(load(notifier="email", notifier_email_to="a@example.org", notifier_smtp_username="socialai"))


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
