"""`socialai webhooks`: programs are listed with what became of their events, and a test reaches them, signed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resources.settings import current
from socialai_assets.automation.webhooks import signature
from socialai_assets.cli import app
from tests.listening import free_port, serving

SECRET = b"0123456789abcdef0123456789abcdef"


class Receiver(BaseHTTPRequestHandler):
    """Takes what is signed with the secret."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        wanted = signature(SECRET, self.headers["webhook-id"], int(self.headers["webhook-timestamp"]), body)
        self.send_response(204 if wanted == self.headers["webhook-signature"] else 401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where `ministry` listens; nobody listens as `radio`."""
    with serving(HTTPServer(("127.0.0.1", 0), Receiver)) as port:
        programs = {"ministry": port, "radio": free_port()}
        notices, secrets = tmp_path / "notices.yaml", tmp_path / "secrets.yaml"
        lines = [
            f"  {name}: {{url: 'http://127.0.0.1:{at}/', kinds: [alarm], internal: true}}"
            for name, at in programs.items()
        ]
        notices.write_text("\n".join(["webhooks:", *lines]) + "\n")
        encoded = base64.b64encode(SECRET).decode()
        secrets.write_text("".join(f"{name}: whsec_{encoded}\n" for name in programs))
        secrets.chmod(0o600)
        monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("SOCIALAI_NOTICES_FILE", str(notices))
        monkeypatch.setenv("SOCIALAI_WEBHOOK_SECRETS_FILE", str(secrets))
        current.cache_clear()
        yield port


def test_a_test_is_taken_by_who_checks_its_signature(port: int) -> None:
    told = CliRunner().invoke(app, ["webhooks", "test", "ministry"], catch_exceptions=False)
    assert told.exit_code == 0 and "org.socialai.test" in told.output


@pytest.mark.parametrize(("name", "said"), [("radio", "did not take the test"), ("radioo", "There is no program")])
def test_what_cannot_be_sent_is_said(port: int, name: str, said: str) -> None:
    told = CliRunner().invoke(app, ["webhooks", "test", name])
    assert told.exit_code != 0 and said in str(told.exception)


def test_programs_are_listed(port: int) -> None:
    told = CliRunner().invoke(app, ["webhooks", "list"], catch_exceptions=False)
    assert f"http://127.0.0.1:{port}/" in told.output and told.output.count("alarm; events: none yet") == 2
