"""What browser tests share: Debian's Chromium without a network, and a page that keeps watch on itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.browser.served_home import browser, served, visit  # noqa: F401
from tests.browser.visits import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, Request


@dataclass
class Watch:
    """What a page tried to load besides itself, and what it complained about."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        assert self.requests == []
        assert self.complaints == []


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright, ended with each module: it keeps an event loop running, which other tests in the process mind."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the installed Chromium; skips where there is none."""
    found = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if found is None:
        pytest.skip("no chromium on the PATH: install it (Debian: apt-get install chromium) or set CHROMIUM")
    return found


@pytest.fixture(scope="module", params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def context(
    request: pytest.FixtureRequest,
    playwright_driver: Playwright,
    chromium: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """A browser with an empty profile of its own, at the size of a desktop and of a phone."""
    width, height = request.param
    context = playwright_driver.chromium.launch_persistent_context(
        str(tmp_path_factory.mktemp("profile")),
        executable_path=chromium,
        args=FLAGS,
        timeout=20_000,
        viewport={"width": width, "height": height},
    )
    context.route("http://**", lambda route: route.abort())
    context.route("https://**", lambda route: route.abort())
    yield context
    context.close()


@pytest.fixture
def watched_page(context: BrowserContext) -> Iterator[tuple[Page, Watch]]:
    """A page whose every request over a network is recorded and refused, as are its complaints."""
    page, watch = context.new_page(), Watch()

    def note_request(made: Request) -> None:
        if not made.url.startswith("file:"):
            watch.requests.append(made.url)

    def note_complaint(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            watch.complaints.append(said.text)

    page.on("request", note_request)
    page.on("console", note_complaint)
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    yield page, watch
    page.close()
