"""What browser tests do on a served page: open it as somebody, wait, change it, hold it to rules. No fixtures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from socialai_assets.serving.sessions import COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.served_home import Served

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = ".map:not([data-drawn=done]), .chart:not([data-drawn=done])"
WIDE, PHONE = (1280, 900), (390, 844)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@dataclass
class Visits:
    """Opens pages as somebody.

    Attributes:
        served: the home.
        browser: Chromium.
        complaints: what pages' scripts said, and what they tried to load from elsewhere.
    """

    served: Served
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, account: str, path: str, *, size: tuple[int, int] = WIDE, language: str = "en") -> Page:
        """A page, once its maps and charts are drawn.

        Args:
            account: named like the role.
            path: address, with its query.
            size: of the window.
            language: that is read.
        """
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True)
        self.contexts.append(context)
        context.add_cookies(
            [{"name": COOKIE, "value": self.served.cookie(account, language), "url": self.served.address}]
        )
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "request",
            lambda made: (
                made.url.startswith((self.served.address, "data:", "blob:")) or self.complaints.append(made.url)
            ),
        )
        page.goto(self.served.address + path)
        drawn(page)
        return page


def drawn(page: Page) -> None:
    """Wait until the page's maps and charts are drawn."""
    page.wait_for_selector(DRAWN, state="detached")


def changed(page: Page, act: Callable[[], object]) -> None:
    """Do something that exchanges the page's content, and wait until it is there and drawn."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        act()
    page.wait_for_selector(".htmx-request, .htmx-swapping, .htmx-settling", state="detached")
    drawn(page)


def assert_accessible(page: Page) -> None:
    """No violation of WCAG's rules of levels A and AA that axe can see."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": WCAG})
    assert found.violations_count == 0, found.generate_report()


def assert_fits(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px wider than the window"


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
            return
    raise AssertionError(f"{most} presses of Tab do not lead to {selector}")
