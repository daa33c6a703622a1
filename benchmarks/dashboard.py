"""`python -m benchmarks.dashboard`: seconds to each page's first view and after a filter, in a real Chromium.

Serves the home of the settings with one worker on a port of its own and opens each page of the menu, one district and
one camp, as an account of the home that may see it: first view from the navigation until maps and charts are drawn,
with an empty browser cache; filter from a change of the page's first choice until the new content is drawn. Appends
each figure to `bench/dashboard.jsonl` in the home. Reads only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, append_json_lines, report
from benchmarks.service import wait
from resources.settings import current
from socialai_assets.serving.dashboard import pages
from socialai_assets.serving.dependencies import asker
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.service_settings import service_settings
from socialai_assets.serving.sessions import COOKIE, fresh

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

FIRST_VIEW, FILTER = 2.0, 0.5
TIMES = 5
NOT_DRAWN = ".map:not([data-drawn=done]), .chart:not([data-drawn=done])"
CHANGING = ".htmx-request, .htmx-swapping, .htmx-settling"
CHOICES = "#main form.filters[hx-get] select, #main form.filters[hx-get] input[type=range]"
# Pages below a page of the menu: opened by the first link of theirs.
BELOW = {"/poverty": "/poverty/", "/refugees": "/refugees/camps/"}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Visit:
    """A page and who opens it.

    Attributes:
        path: its address.
        account: of the home.
        role: one of the account's that may see the page.
    """

    path: str
    account: str
    role: str


@dataclass(frozen=True)
class Taken:
    """What opening a page once took.

    Attributes:
        first_view: seconds until its maps and charts were drawn.
        filtered: seconds after a filter; None where the page has none.
        kilobytes: sent to the browser, as packed on the way.
        below: address of the first page below it, if it has one.
    """

    first_view: float
    filtered: float | None
    kilobytes: float
    below: str | None


def menu_visits(platform: Platform) -> list[Visit]:
    """Each page of the menu that any account of the home may see and whose tables are there, with the first such."""
    people = [
        asker(account, name, role, platform)
        for name, account in sorted(platform.accounts().items())
        for role in account.roles
    ]
    made = platform.gate.tables()
    found = []
    for page in pages.menu():
        seeing = next((one for one in people if page.visible_to(one, platform.gate)), None)
        vaulted = page.command is not None
        if seeing and (vaulted or any(table in made for table in page.tables)):
            found.append(Visit(page.path, seeing.person.account, seeing.role))
    return found


def open_once(browser: Browser, address: str, cookie: str, visit: Visit) -> Taken:
    """Open a page in a browser that has kept nothing, and change its first choice.

    Raises:
        LookupError: it rests on tables that have not been made.
        RuntimeError: the page is an error's.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        page = context.new_page()
        # A page that stays open may still be asked for, so each visit has its own context.
        began = time.perf_counter()
        answer = page.goto(address + visit.path)
        page.wait_for_selector(NOT_DRAWN, state="detached")
        first_view = time.perf_counter() - began
        if answer is not None and answer.status == 404:
            raise LookupError(visit.path)
        if answer is None or not answer.ok:
            raise RuntimeError(f"{visit.path} answers {answer.status if answer else 'nothing'}")
        kilobytes = page.evaluate(
            "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
            ".reduce((sum, one) => sum + one.transferSize, 0)"
        )
        start = BELOW.get(visit.path)
        links = page.locator(f'main a[href^="{start}"]') if start else None
        below = links.first.get_attribute("href") if links and links.count() else None
        return Taken(first_view, seconds_to_filter(page), kilobytes / 1000, below)
    finally:
        context.close()


def seconds_to_filter(page: Page) -> float | None:
    """Seconds from a change of the page's first choice until what it exchanges is drawn; None without a choice."""
    for place in range(page.locator(CHOICES).count()):
        choice = page.locator(CHOICES).nth(place)
        act = _change(page, choice)
        if act is None:
            continue
        began = time.perf_counter()
        with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            act()
        page.wait_for_selector(CHANGING, state="detached")
        page.wait_for_selector(NOT_DRAWN, state="detached")
        return time.perf_counter() - began
    return None


def _change(page: Page, choice: Locator) -> Callable[[], object] | None:
    """How a choice is changed; None where it has but one value."""
    if choice.evaluate("element => element.type") == "range":
        choice.focus()
        return lambda: page.keyboard.press("PageUp")
    values = choice.evaluate("element => [...element.options].filter(one => !one.selected).map(one => one.value)")
    return (lambda: choice.select_option(values[0])) if values else None


def figures_of(visit: Visit, taken: Sequence[Taken]) -> list[Figure]:
    """Median and worst of each."""
    found = []
    first = [one.first_view for one in taken]
    filtered = [one.filtered for one in taken if one.filtered is not None]
    note = f"{taken[0].kilobytes:,.0f} kB, as {visit.role}"
    for name, times, aim, said in (("First view", first, FIRST_VIEW, note), ("After a filter", filtered, FILTER, "")):
        if times:
            worst = f"worst of {len(times)}: {max(times):.2f} s" + (f"; {said}" if said else "")
            found.append(
                Figure(name, visit.path, median(times), "s", aim, worst, {"worst": max(times), "role": visit.role})
            )
    return found


def measured(platform: Platform, address: str, only: Sequence[str], times: int) -> list[Figure]:
    """All figures, page by page, after one visit of each that is not counted."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=FLAGS)
        visits = [visit for visit in menu_visits(platform) if not only or visit.path in only]
        while visits:
            visit = visits.pop(0)
            cookie = platform.sessions.cookie(fresh(visit.account, visit.role, "en"))
            try:
                warm = open_once(browser, address, cookie, visit)
            except LookupError:
                print(visit.path, "is left out: not all of its tables are made", file=sys.stderr)
                continue
            if warm.below:
                visits.insert(0, Visit(warm.below, visit.account, visit.role))
            taken = [open_once(browser, address, cookie, visit) for _ in range(times)]
            found += figures_of(visit, taken)
            print(
                visit.path, *(f"{figure.value:.2f}" for figure in found if figure.name == visit.path), file=sys.stderr
            )
        browser.close()
    return sorted(found, key=lambda figure: figure.section, reverse=True)


def main() -> None:
    """Serve, measure, print and keep."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8192)
    arguments.add_argument("--times", type=int, default=TIMES)
    arguments.add_argument("--only", nargs="*", default=[], metavar="PATH")
    asked = arguments.parse_args()
    settings = current()
    command = [sys.executable, "-m", "uvicorn", "--factory", "socialai_assets.serving.app:create_app"]
    process = subprocess.Popen([*command, "--port", str(asked.port), "--log-level", "warning"])
    address = f"http://127.0.0.1:{asked.port}"
    try:
        wait(f"{address}/ready")
        platform = Platform.from_settings(settings, service_settings(settings))
        found = measured(platform, address, asked.only, asked.times)
    finally:
        process.terminate()
        process.wait(timeout=60)
    print(report(found))
    context = {"cores": os.cpu_count(), "times": asked.times}
    append_json_lines(settings.home / "bench" / "dashboard.jsonl", found, context, datetime.now(UTC))


if __name__ == "__main__":
    main()
