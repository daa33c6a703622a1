"""Aid's pages as a logistician meets them, in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.visits import PHONE, assert_accessible, assert_fits, changed, tab_to

pytest_plugins = ("tests.browser.served_home",)
pytestmark = pytest.mark.browser

PATHS = ("/aid", "/aid/demand", "/aid/stock", "/aid/plan", "/aid/routes", "/aid/deliveries")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits_a_phone_in_spanish(path: str, visit: Callable) -> None:
    page = visit("logistician", path, size=PHONE, language="es")
    assert page.locator("html").get_attribute("lang") == "es"
    assert "DATOS SINTÉTICOS" in page.locator(".banner").inner_text()
    assert_accessible(page)
    assert_fits(page)


def test_the_morning_says_what_leaves_what_is_short_and_what_to_order(visit: Callable) -> None:
    page = visit("logistician", "/aid")
    assert page.locator(".cards dd").all_inner_texts()[0].startswith("1")
    unserved = page.get_by_role("region", name="Left out, highest priority first").inner_text()
    assert "No vehicle in time has room for its load" in unserved
    assert "Give vehicle V1 room for 400 kg more." in unserved
    short = page.get_by_role("region", name="Places that get less than their minimum in the first week of the plan")
    assert "Site 3" in short.inner_text()
    assert "not enough stock" in short.inner_text()
    page.get_by_role("link", name="V1").first.click()
    assert "vehicle=V1" in page.url


def test_the_reader_of_spanish_reads_reasons_in_spanish(visit: Callable) -> None:
    text = visit("logistician", "/aid", language="es").locator("main").inner_text()
    assert "Ningún vehículo a tiempo tiene espacio para su carga" in text
    assert "no hay existencia suficiente" in text
    assert "Agua potable" in text


def test_vehicles_move_with_the_clock_by_keyboard_and_the_link_keeps_the_time(visit: Callable) -> None:
    page = visit("logistician", "/aid/routes?minute=510")
    now = page.locator("[data-vehicle=V1]")
    assert now.inner_text() == "unloading at Site 1"
    before = page.locator(".vehicle-name").bounding_box()
    tab_to(page, "#clock")
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    assert page.locator("output[for=clock]").inner_text() == "09:50"
    assert now.inner_text() == "on the way to Site 2"
    assert page.locator(".vehicle-name").bounding_box() != before
    assert "minute=590" in page.url
    again = visit("logistician", "/" + page.url.split("/", 3)[3])
    assert again.locator("[data-vehicle=V1]").inner_text() == "on the way to Site 2"
    assert again.locator("output[for=clock]").inner_text() == "09:50"


def test_a_what_if_is_beside_the_baseline_and_only_who_is_short_is_shown_when_asked(visit: Callable) -> None:
    page = visit("logistician", "/aid/plan")
    beside = page.get_by_role("region", name="The plan that holds, and what-ifs").inner_text()
    assert "Baseline" in beside
    assert "less_fuel" in beside
    places = page.get_by_role("region", name="What each place gets, all weeks of the plan")
    assert places.locator("tbody tr").count() == 3
    changed(page, lambda: page.get_by_label("Show").select_option("short"))
    assert places.locator("tbody tr").count() == 1
    assert "show=short" in page.url
    page.get_by_role("link", name="Start a what-if").click()
    assert page.get_by_role("heading", name="Sharing of aid among sites").is_visible()


def test_a_forecast_shows_its_interval_and_what_is_seen_is_exported(visit: Callable) -> None:
    page = visit("logistician", "/aid/demand?place=111")
    assert page.locator(".chart svg").count() == 3
    row = page.get_by_role("region", name="Forecast of District 111").locator("tbody tr").first.inner_text().split("\t")
    assert row[1:] == ["20.0", "8.0", "70.0", "5.0", "90.0"]
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "demand_water.csv"


def test_a_camp_manager_has_no_pages_of_aid(visit: Callable) -> None:
    page = visit("logistician", "/aid/stock?order=1")
    levels = page.get_by_role("region", name="Stock beside the levels at which to order, lowest first")
    assert "Depot North" in levels.inner_text()
    menu = visit("camp_manager", "/refugees").locator(".menu")
    assert menu.locator("a[href='/aid']").count() == 0
