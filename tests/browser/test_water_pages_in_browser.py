"""Station pages and district reports as a person meets them: in Chromium, without a network, on desktop and phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from socialai_assets.publishing.documents import Document, document_html
from socialai_assets.water.report_documents import report_document, report_name
from socialai_assets.water.station_documents import page_name, station_document
from tests.unit import test_station_documents, test_water_reports

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .conftest import Watch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station and a district in both languages."""
    made = tmp_path_factory.mktemp("water")
    pages: dict[str, Document] = {}
    for language in ("en", "es"):
        station = test_station_documents.tables("2026-05-01")
        pages[page_name("T/1", language)] = station_document(station, language, ("Source: tests",))
        pages[report_name("010101", language, "html")] = report_document(test_water_reports.tables(), None, language, 5)
    for name, document in pages.items():
        (made / name).write_text(document_html(document), encoding="utf-8")
    return made


def is_narrow(page: Page) -> bool:
    return page.evaluate("innerWidth") < 600


@pytest.mark.parametrize("name", ["T_1_en.html", "010101_es.html"])
def test_a_page_fits_its_screen_and_asks_for_nothing(folder: Path, name: str, watched_page: tuple[Page, Watch]) -> None:
    page, watch = watched_page
    page.goto((folder / name).as_uri())
    assert page.title() == page.locator("h1").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    # No text is narrower than a phone lets be read: nothing is smaller than 10 pixels, drawings included.
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('body *')].filter(e => e.childNodes.length &&
             [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
               const drawn = e.ownerSVGElement;
               const scale = drawn ? drawn.getBoundingClientRect().width / drawn.viewBox.baseVal.width : 1;
               return parseFloat(getComputedStyle(e).fontSize) * scale; }))"""
    )
    assert smallest >= 10
    watch.assert_quiet()


def test_a_table_is_cards_on_a_phone_and_each_cell_says_what_it_is(
    folder: Path, watched_page: tuple[Page, Watch]
) -> None:
    page, watch = watched_page
    page.goto((folder / "010101_es.html").as_uri())
    cell = page.locator("tbody tr").first.locator("td").nth(1)
    shown = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert (shown == '"Personas"') == is_narrow(page)
    assert page.locator("thead").first.is_visible()
    assert page.locator("tr.marked").count() == 2
    watch.assert_quiet()


def test_a_reader_goes_to_the_other_language_and_back(folder: Path, watched_page: tuple[Page, Watch]) -> None:
    page, watch = watched_page
    page.goto((folder / "T_1_en.html").as_uri())
    charts = page.locator("svg[role=img]").count()
    page.get_by_role("link", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert "61 días antes" in page.locator(".warning").inner_text()
    assert page.locator("svg[role=img]").count() == charts == 1
    page.get_by_role("link", name="English").click()
    assert "61 days before" in page.locator(".warning").inner_text()
    watch.assert_quiet()
