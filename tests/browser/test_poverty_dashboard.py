"""Poverty's pages in a real Chromium: what officials do there, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import pytest

from tests.browser.visits import PHONE, assert_accessible, assert_fits, changed, tab_to


def test_an_official_finds_a_district_and_why(visit):
    page = visit("official", "/poverty")
    assert page.locator(".map canvas").count() == 1

    assert "off by 6.4 points on average" in page.inner_text("main")

    changed(page, lambda: page.select_option("[name=department]", "Altamar"))
    assert "department=Altamar" in page.url
    assert page.locator("main tbody tr").count() == 6
    page.click("text=District 111")

    assert page.locator("h1").inner_text() == "District 111"
    assert "little light at night" in page.inner_text("main")


def test_a_budget_by_keyboard_reaches_fewer_districts(visit):
    page = visit("official", "/poverty-targeting")
    before = int(page.locator(".cards dd").first.inner_text().split()[0])
    tab_to(page, "[name=budget]")

    changed(page, lambda: page.keyboard.press("Home"))

    assert before > 0
    assert page.locator(".cards dd").first.inner_text().split()[0] == "0"
    assert "budget=0" in page.url


@pytest.mark.parametrize("path", ["/poverty?show=clusters", "/poverty/111", "/poverty-targeting?budget=1000000"])
def test_pages_are_accessible_and_fit_a_phone_in_spanish(visit, path):
    page = visit("official", path, size=PHONE, language="es")

    assert_accessible(page)
    assert_fits(page)
    assert "DATOS SINTÉTICOS" in page.inner_text("main")
