"""The Dagster UI as `socialai ui` opens it: domains, a table's columns, the map as a picture, automation on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.browser.conftest import FLAGS
from tests.listening import free_port
from tests.prepared_home import home_environment

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def address(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a UI running on a copy of the prepared home."""
    home = tmp_path_factory.mktemp("ui") / "home"
    shutil.copytree(prepared_home, home)
    port = free_port()
    log = home.parent / "ui.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "socialai"), "ui", "--port", str(port)],
            env=home_environment(home),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while not _answers(f"{url}/server_info"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def page(playwright_driver: Playwright, chromium: str) -> Iterator[Page]:
    browser = playwright_driver.chromium.launch(executable_path=chromium, args=FLAGS)
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    page.set_default_timeout(PATIENCE_MS)
    yield page
    browser.close()


def test_the_map_is_a_picture_in_the_ui(page: Page, address: str) -> None:
    page.goto(f"{address}/assets/poverty/district_map")
    page.get_by_text("[Show Markdown]").first.click()
    picture = page.locator("img[src^='data:image/png']").first
    picture.wait_for()
    width, height = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width > 300 and height > 300


def test_a_table_shows_its_description_columns_owner_and_rows(page: Page, address: str) -> None:
    page.goto(f"{address}/assets/geography/areas")
    page.get_by_text("Every administrative area, of all levels").first.wait_for()
    page.get_by_text("Code of the area, unique over all levels.").first.wait_for()
    page.get_by_text("Row count").first.wait_for()
    text = page.inner_text("body")
    assert "lake.geography.areas" in text
    assert "refresh" in text


def test_assets_are_grouped_by_domain_and_nobody_asks_for_an_address(page: Page, address: str) -> None:
    page.goto(f"{address}/asset-groups")
    for domain in ("geography", "poverty"):
        page.get_by_text(domain, exact=True).first.wait_for()
    assert page.get_by_text("Join the Dagster community").count() == 0


def test_sensors_are_on(page: Page, address: str) -> None:
    page.goto(f"{address}/automation")
    for name in ("automation", "alerts", "landing"):
        page.get_by_text(name, exact=True).first.wait_for()
    switches = page.locator("input[type=checkbox][role=switch], button[role=switch], input[type=checkbox]:checked")
    page.wait_for_function("() => document.querySelectorAll('input:checked, [aria-checked=true]').length >= 3")
    assert switches.count() >= 3


def test_the_ui_listens_on_loopback_only(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].rsplit(":", 1)[1], 16) == port
    ]
    assert listening == [f"0100007F:{port:04X}"]
