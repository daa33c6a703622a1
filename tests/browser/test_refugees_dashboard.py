"""Refugees' pages as a camp manager meets them, in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.served_home import Served
from tests.browser.visits import PHONE, Visits, assert_accessible, assert_fits, tab_to

pytest_plugins = ("tests.browser.served_home",)
pytestmark = pytest.mark.browser

PATHS = ("/refugees", "/refugees/camps/C2", "/refugees/supply", "/refugees/decisions", "/refugees/fairness")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits_a_phone_in_spanish(path: str, visit: Callable) -> None:
    page = visit("camp_manager", path, size=PHONE, language="es")
    assert page.locator("html").get_attribute("lang") == "es"
    assert "DATOS SINTÉTICOS" in page.locator(".banner").inner_text()
    assert_accessible(page)
    assert_fits(page)


def test_camps_say_how_full_they_are_and_what_they_lack(visit: Callable) -> None:
    page = visit("camp_manager", "/refugees")
    row = page.locator("tbody tr", has_text="Camp 2").inner_text()
    assert "120\u202f%" in row
    assert "520" in row
    assert "1,300" in row
    assert "Bathing and laundry soap" in row
    page.get_by_role("link", name="Camp 2").click()
    assert page.locator("h1").inner_text() == "Camp 2"


def test_a_camp_manager_decides_by_keyboard_and_the_decision_lands(visit: Callable, served: Served) -> None:
    page = visit("camp_manager", "/refugees/supply")
    page.locator("tbody tr", has_text="Camp 2").get_by_role("link").first.click()
    tab_to(page, "input[type=radio]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("75")
    page.keyboard.press("Tab")
    page.keyboard.type("The washing place is being rebuilt.")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "Your decision is kept" in page.get_by_role("status").inner_text()
    landed = [file.read_text() for file in served.home.glob("landing/refugees/overrides/*C2*.csv")]
    assert len(landed) == 1
    assert "change,75.0,50.0,The washing place is being rebuilt.,camp_manager" in landed[0]


def test_a_decision_that_cannot_be_is_refused_with_what_was_entered_kept(visit: Visits, served: Served) -> None:
    page = visit("camp_manager", "/refugees/camps/C1")
    page.get_by_label("Change").check()
    page.get_by_label("Why, so that others understand; no names").fill("Too much.")
    page.get_by_role("button", name="Keep this decision").click()
    assert "Say how many units" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Why, so that others understand; no names").input_value() == "Too much."
    assert not list(served.home.glob("landing/refugees/overrides/*C1*.csv"))
    # Chromium notes the answer's status, which is meant.
    assert [said for said in visit.complaints if "400" not in said] == []
    visit.complaints.clear()


def test_decisions_say_what_became_of_them(visit: Callable) -> None:
    text = visit("camp_manager", "/refugees/decisions", language="es").locator("main").inner_text()
    assert "no se pudo seguir: los vehículos del almacén van llenos" in text
    assert "The store is full." in text


def test_who_is_served_worse_is_said_with_how_sure_that_is(visit: Callable) -> None:
    page = visit("logistician", "/refugees/fairness")
    row = page.locator("tbody tr", has_text="female").first.inner_text()
    assert "served worse, and that is certain" in row
    assert "40.0\u202f%" in row
    assert "60.0\u202f%" in row
