"""The user guide's pictures: each role's main page on the sample country, as it is drawn now.

`make pictures` writes them to docs/screenshots; the tests draw them and hold pages and guide to them.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resources.settings import PROJECT
from tests.browser.served_home import accounts_of_roles, let_in, serving
from tests.browser.visits import PHONE, WIDE, Visits, assert_accessible, assert_fits

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GUIDE = PROJECT / "docs" / "user-guide.md"
FOLDER = PROJECT / "docs" / "screenshots"


@dataclass(frozen=True)
class View:
    """A page as the guide shows it.

    Attributes:
        role: whose page it is.
        path: of the page.
        size: of the window.
        language: that is read.
    """

    role: str
    path: str
    size: tuple[int, int] = WIDE
    language: str = "en"


VIEWS = {
    "poverty": View("official", "/poverty"),
    "targeting": View("official", "/poverty-targeting"),
    "aid": View("logistician", "/aid"),
    "routes": View("logistician", "/aid/routes"),
    "camps": View("camp_manager", "/refugees"),
    "worklist": View("social_worker", "/children/worklist"),
    "stations": View("water_engineer", "/water"),
    "repairs": View("water_engineer", "/water/repairs"),
    "community": View("community_representative", "/water/community", PHONE, "es"),
    "platform": View("system_administrator", "/platform"),
    "runs": View("system_administrator", "/platform/runs"),
}


@pytest.fixture(scope="module")
def visits(prepared_home: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    """Pages of a copy of the sample country's home."""
    home = tmp_path_factory.mktemp("guide") / "home"
    shutil.copytree(prepared_home, home)
    let_in(home, accounts_of_roles())
    with serving(home) as served:
        yield Visits(served, browser)


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_of_the_guide_is_drawn_accessible_and_says_that_it_is_synthetic(
    visits: Visits, name: str, tmp_path: Path
) -> None:
    view = VIEWS[name]

    page = visits(view.role, view.path, size=view.size, language=view.language)

    if view.role != "system_administrator":
        assert page.locator(".banner").inner_text().startswith(("SYNTHETIC DATA", "DATOS SINTÉTICOS"))
    assert page.locator("main tbody tr, main .village, main .cards").count()
    assert_accessible(page)
    assert_fits(page)
    file = Path(os.environ.get("PICTURES", tmp_path)) / f"{name}.jpg"
    page.screenshot(path=file, type="jpeg", quality=70)
    assert file.stat().st_size > 20_000
    assert not visits.complaints
    visits.contexts.pop().close()


def test_an_official_follows_an_estimate_down_to_the_landed_lines(visits: Visits) -> None:
    page = visits("official", "/poverty", size=PHONE)
    page.locator("main tbody tr a").first.click()
    page.locator("a[href^='/trace/']").click()

    text = page.inner_text("main")
    assert "poverty.district_features" in text and "poverty.district_model" in text
    assert "poverty/sample/area_indicators.csv: lines 2, 3 synthetic" in " ".join(text.split())
    assert "synthetic" in text
    assert_accessible(page)
    assert_fits(page)
    assert not visits.complaints
    visits.contexts.pop().close()


def test_the_guide_shows_every_picture_that_is_kept() -> None:
    shown = set(re.findall(r"\(screenshots/(\w+)\.jpg\)", GUIDE.read_text("utf-8")))
    assert shown == set(VIEWS) == {file.stem for file in FOLDER.iterdir()}
