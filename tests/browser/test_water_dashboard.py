"""Water's pages in a real Chromium: what engineers and communities do there, by keyboard, on a phone, in Spanish."""

from __future__ import annotations

import pytest

from tests.browser.visits import PHONE, assert_accessible, assert_fits, changed, tab_to


def test_an_engineer_says_that_an_alarm_is_known(visit, served):
    page = visit("water_engineer", "/water")
    assert "beyond: 6.5 to 8.5 (WHO)" in page.inner_text("main")
    assert_accessible(page)

    page.fill("form[action$=acknowledge] [name=note]", "sensor is being cleaned")
    tab_to(page, "form[action$=acknowledge] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "Your acknowledgement has been sent" in page.inner_text("[role=status]")
    assert list((served.home / "landing" / "water").rglob("*alarm_acknowledgements*/**/*.csv"))


def test_risks_without_skill_are_said_to_be_withheld_and_the_link_keeps_the_view(visit, served):
    page = visit("water_engineer", "/water/risks")
    assert_accessible(page)

    changed(page, lambda: page.select_option("[name=target]", "catchment_fails"))

    assert "no figure is given" in page.inner_text(".note")
    again = visit("water_engineer", page.url.removeprefix(served.address))
    assert again.locator("[name=target]").input_value() == "catchment_fails"
    ways = again.locator("main td a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert ways and all(way.startswith("/trace/water.area_risk/") for way in ways)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/water/risks?level=points", "Alto"),
        ("/water/repairs", "What is fixed first"),
        ("/water/inspections", "out of reach of a day's work"),
    ],
)
def test_plans_and_points_are_shown(visit, path, told):
    page = visit("water_engineer", path, size=PHONE)

    assert told in page.inner_text("main")
    assert_fits(page)
    assert_accessible(page)


def test_a_community_reads_of_its_own_water_on_a_phone_in_spanish(visit):
    page = visit("community_representative", "/water/community", size=PHONE, language="es")

    assert page.locator(".village h2").all_inner_texts() == ["Alto", "Bajo", "Cerro"]
    assert "No llegó agua" in page.locator(".village").first.inner_text()
    assert "Está previsto que venga una cuadrilla" in page.locator(".village").first.inner_text()
    assert "Hierva el agua" in page.locator(".village").nth(1).inner_text()
    assert "%" not in page.inner_text("main")
    assert_fits(page)
    assert_accessible(page)
