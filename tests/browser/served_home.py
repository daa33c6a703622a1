"""A small home with tables of every domain and people of every role, served to a real browser. No tests.

Tables are written by the modules `tests/browser/<group>_tables.py`: each has `fill(making)`, found by itself, which
writes rows by hand through `country.written` (a contract and what matters of each row).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from resources.lake import Lake
from resources.people import Account, change_accounts
from resources.settings import Settings
from socialai_assets.access.policy import policy
from socialai_assets.serving.passwords import hashed
from socialai_assets.serving.sessions import COOKIE
from tests.browser.country import write_geography
from tests.browser.visits import FLAGS, Visits
from tests.conftest import make_lake

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

PASSWORD = "only for the browser's tests"
# No test waits for its turn.
SERVICE = "workers: 1\nlimits: {requests_per_minute: 100000, sign_ins_per_minute: 10000}\n"


@dataclass(frozen=True)
class Making:
    """What a group's `fill` is handed.

    Attributes:
        home: the folder.
        settings: of the home.
        lake: to write tables to.
        accounts: one a role, named like the role, everywhere; change what a group's tables want otherwise.
    """

    home: Path
    settings: Settings
    lake: Lake
    accounts: dict[str, Account] = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """The home while a process serves it.

    Attributes:
        home: the folder.
        address: where it is served.
    """

    home: Path
    address: str
    _cookies: dict[tuple[str, str], str] = field(default_factory=dict)

    def cookie(self, account: str, language: str = "en") -> str:
        """The session of somebody who has signed in; accounts are named like the roles."""
        if (account, language) not in self._cookies:
            with httpx.Client(base_url=self.address) as client:
                signed = client.post("/sign-in", data={"account": account, "password": PASSWORD})
                assert signed.status_code == 303
                token = client.get("/").text.split('name="token" value="')[1].split('"')[0]
                form = {"token": token, "role": account, "language": language, "to": "/"}
                assert client.post("/acting", data=form).status_code == 303
                self._cookies[account, language] = client.cookies[COOKIE]
        return self._cookies[account, language]


def make_home(home: Path) -> None:
    """Write the tables of every group, and people of every role."""
    lake = make_lake(home)
    making = Making(home, Settings(home=home), lake, accounts_of_roles())
    write_geography(lake)
    for file in sorted(Path(__file__).parent.glob("*_tables.py")):
        import_module(f"tests.browser.{file.stem}").fill(making)
    lake.close()
    let_in(home, making.accounts)


def accounts_of_roles() -> dict[str, Account]:
    """One account a role, named like the role, everywhere."""
    kept = hashed(PASSWORD)
    return {role: Account(roles=(role,), areas="all", password=kept) for role in policy().roles}


def let_in(home: Path, accounts: Mapping[str, Account]) -> None:
    """Give a home its people, and a service that lets tests ask as often as they like."""
    settings = Settings.model_validate({"home": home})
    change_accounts(settings.people, list(policy().roles), lambda _: dict(accounts))
    (home / "service.yaml").write_text(SERVICE)


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """A process that serves a home on a free port, until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "socialai_assets.serving.app:create_app"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SOCIALAI_")},
        "SOCIALAI_HOME": str(home),
        "SOCIALAI_SERVICE_FILE": str(home / "service.yaml"),
    }
    with (home / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--log-level", "warning"], env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, home / "served.log")
        yield Served(home, address)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The home of the browser tests, served while they run."""
    home = tmp_path_factory.mktemp("served") / "home"
    home.mkdir()
    make_home(home)
    with serving(home) as found:
        yield found


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright, chromium: str) -> Iterator[Browser]:
    """Chromium, to open contexts of."""
    found = playwright_driver.chromium.launch(executable_path=chromium, args=FLAGS, timeout=20_000)
    yield found
    found.close()


@pytest.fixture
def visit(served: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages as somebody; at the end no script may have complained, and nothing come from the internet."""
    visits = Visits(served, browser)
    yield visits
    for context in visits.contexts:
        context.close()
    assert not visits.complaints, visits.complaints


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/sign-in").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"The service did not begin: {log.read_text()}")
