"""`socialai serve` and `socialai stop`: the service and what runs beside it, in the foreground or behind.

What they do is in serving. Behind, each process has its number in a file and its own log below the home's `service`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
from rich.console import Console

from resources.errors import SettingsError, SocialAIError
from resources.people import read_accounts
from resources.settings import current
from socialai_assets.access.policy import policy
from socialai_assets.serving.service_settings import require_safe_address, service_settings

CONSOLE = Console()
APP = "socialai_assets.serving.app:create_app"
SERVICE = "service"
# What starts behind besides the service: name to its module.
BESIDE: Mapping[str, str] = {"fast-lane": "socialai_assets.serving.fast_lane"}
READY_SECONDS, STOP_SECONDS = 300.0, 30.0


def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve until interrupted.

    Raises:
        SettingsError: a setting is not what it should be.
    """
    service = service_settings(current())
    address, number = host or service.host, port or service.port
    require_safe_address(address, service)
    CONSOLE.print(f"Serving on http://{address}:{number}; Ctrl-C stops it.", highlight=False, soft_wrap=True)
    _tell_of_accounts()
    uvicorn.run(APP, factory=True, host=address, port=number, workers=workers or service.workers, log_level="warning")


def serve_behind(host: str | None, port: int | None, workers: int | None) -> None:
    """Start the service and what runs beside it, and wait until it is ready.

    Raises:
        SettingsError: it runs already, or something else listens on its port.
        SocialAIError: it ended or does not answer; says where its log is.
    """
    service = service_settings(current())
    address, number = host or service.host, port or service.port
    require_safe_address(address, service)
    running = [name for name in (SERVICE, *BESIDE) if _number(name) is not None]
    if running:
        raise SettingsError(
            f"It runs already: {', '.join(running)}", where=str(_folder()), do="`make stop` stops it; then start again."
        )
    _require_free(address, number)
    own = ("serve", "--host", address, "--port", str(number), "--workers", str(workers or service.workers))
    _start(SERVICE, [str(Path(sys.executable).parent / "socialai"), *own])
    for name, module in BESIDE.items():
        _start(name, [sys.executable, "-m", module])
    _wait(f"http://{address}:{number}")
    CONSOLE.print(
        f"Serving on http://{address}:{number}; `make stop` stops it. Log: {_log(SERVICE)}",
        highlight=False,
        soft_wrap=True,
    )
    _tell_of_accounts()


def stop() -> None:
    """Stop what was started behind, and wait for its end.

    Raises:
        SocialAIError: a process did not end.
    """
    names = [file.stem for file in sorted(_folder().glob("*.pid"))]
    stopped = [name for name in names if _stop(name)]
    CONSOLE.print(
        f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.", highlight=False, soft_wrap=True
    )


def _folder() -> Path:
    return current().home / "service"


def _log(name: str) -> Path:
    return _folder() / f"{name}.log"


def _start(name: str, command: Sequence[str]) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    with _log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    (_folder() / f"{name}.pid").write_text(str(process.pid))


def _number(name: str) -> int | None:
    """The number of a process that runs; None where it does not, or the number is another's by now."""
    file = _folder() / f"{name}.pid"
    if not file.is_file():
        return None
    number = int(file.read_text())
    with contextlib.suppress(ChildProcessError):
        os.waitpid(number, os.WNOHANG)
    try:
        command = Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        command = b""
    if b"socialai" in command:
        return number
    file.unlink(missing_ok=True)
    return None


def _stop(name: str) -> bool:
    number = _number(name)
    if number is None:
        return False
    os.kill(number, signal.SIGTERM)
    ended = time.monotonic() + STOP_SECONDS
    while _number(name) is not None:
        if time.monotonic() > ended:
            raise SocialAIError(
                f"Process {number} ({name}) does not end", where=str(_log(name)), do=f"See its log; `kill {number}`."
            )
        time.sleep(0.1)
    return True


def _wait(address: str) -> None:
    ended = time.monotonic() + READY_SECONDS
    why = "it does not answer"
    while time.monotonic() < ended:
        if _number(SERVICE) is None:
            why = "it ended"
            break
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=30):
                return
        except urllib.error.HTTPError as error:
            why = error.read().decode(errors="replace")
        except OSError:
            # Not listening yet.
            pass
        time.sleep(0.2)
    last = _log(SERVICE).read_text(errors="replace").strip().splitlines()[-1:] or [""]
    stop()
    raise SocialAIError(f"The service is not ready: {why}. {last[0]}", where=str(_log(SERVICE)), do="See its log.")


def _require_free(host: str, port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {host} cannot be listened on: {error.strerror}",
                do="Stop what uses it, or name another: `socialai serve --background --port 8001`.",
            ) from error


def _tell_of_accounts() -> None:
    if not read_accounts(current().people, list(policy().roles)):
        CONSOLE.print(
            "Nobody has an account yet. Add the first: `socialai users add NAME --role analyst --area all`.",
            highlight=False,
            # A command in two lines cannot be copied.
            soft_wrap=True,
        )
