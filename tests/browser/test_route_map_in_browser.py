"""The interactive map of routes as a person meets it: in Chromium, without a network, on a desktop and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from socialai_assets.publishing.route_web_map import route_map_html

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .conftest import Watch

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=alert(1)>"
DAYS = ("2026-11-23", "2026-11-24")


def visit(day: str, vehicle: str, sequence: int, kind: str, **cells: object) -> dict[str, object]:
    """A row of aid.route_stops; times follow from its place in the day."""
    begin = 420.0 + 40 * sequence
    row: dict[str, object] = {
        "day": day, "vehicle_id": vehicle, "sequence": sequence, "trip": 1, "kind": kind, "place_id": "north",
        "name": "Depósito Norte", "latitude": -6.72, "longitude": -79.84, "arrives_minute": begin - 5,
        "begins_minute": begin, "leaves_minute": begin + 15, "km": 9.0 * sequence, "delivered_kg": 0.0,
        "delivered_m3": 0.0, "load_kg": 4000.0, "load_m3": 4.0, "items": None, "people": None,
    }  # fmt: skip
    return row | cells


def route(day: str, vehicle: str, names: list[str]) -> list[dict[str, object]]:
    """A day from depot to depot with a break and the stops named."""
    stops = [
        visit(
            day, vehicle, number, "stop", place_id=f"s{number}", name=name, latitude=-6.72 - 0.03 * number,
            longitude=-79.84 + (0.05 if vehicle == "T1" else -0.05) * number, delivered_kg=2500.5, delivered_m3=2.5,
            items="water 2.5 m3; kit 20 kit", people=130.0,
        )
        for number, name in enumerate(names, start=1)
    ]  # fmt: skip
    rest = visit(day, vehicle, len(names) + 1, "break", name=None, latitude=None, longitude=None)
    return [visit(day, vehicle, 0, "start"), *stops, rest, visit(day, vehicle, len(names) + 2, "end")]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two vehicles on the first day, one on the second; a stop left out with a place, and one without."""
    visits = (
        route(DAYS[0], "T1", ["Ñaupe", ATTACK]) + route(DAYS[0], "T2", ["Olmos"]) + route(DAYS[1], "T1", ["Motupe"])
    )
    stops = pd.DataFrame(visits)
    plan = pd.DataFrame(
        [
            {
                "day": day, "vehicle_id": vehicle, "vehicle_type": "truck", "stops": number, "trips": 1, "km": 83.25,
                "starts_minute": 420, "ends_minute": 905.5, "travel_source": "great circle with a detour factor",
            }
            for day, vehicle, number in ((DAYS[0], "T1", 2), (DAYS[0], "T2", 1), (DAYS[1], "T1", 1))
        ]
    )  # fmt: skip
    unserved = pd.DataFrame(
        {
            "site_id": ["s9", "s10"],
            "name": ["Tongorrape", None],
            "latitude": [-6.80, None],
            "longitude": [-79.78, None],
            "reason": ["capacity", "unknown_site"],
            "explanation": ["No vehicle that gets there in time has room for its load.", "The site s10 is unknown."],
            "change": ["capacity", None],
            "change_vehicle_id": ["T1", None],
            "change_kg": [800.0, None],
            "change_m3": [0.0, None],
            "change_minutes": [None, None],
            "change_km": [None, None],
            "load_kg": [3000.0, None],
            "load_m3": [3.0, None],
            "people": [75.0, None],
        }
    )
    outlines = gpd.GeoDataFrame(geometry=[shapely.box(-80.2, -7.1, -79.6, -6.5)], crs=4326)
    page = route_map_html(
        plan, stops, unserved, outlines, title="Routes (baseline)", title_es="Rutas (baseline)", source_note="Tests",
        licence_note="CC BY 4.0", synthetic=True,
        item_names={"en": {"water": "Water", "kit": "Hygiene kit"}, "es": {"water": "Agua", "kit": "Kit de higiene"}},
    )  # fmt: skip
    path = tmp_path_factory.mktemp("routes") / "map.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def route_page(page_file: Path, watched_page: tuple[Page, Watch]) -> tuple[Page, Watch]:
    """That map, opened from its file."""
    watched_page[0].goto(page_file.as_uri())
    return watched_page


def popup_lines(page: Page) -> dict[str, str]:
    """Label and figure of each line of the popup that is open."""
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    return dict(zip(popup.locator("th").all_inner_texts(), popup.locator("td").all_inner_texts(), strict=True))


def test_the_first_day_is_drawn_and_the_network_is_asked_for_nothing(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    assert page.title() == page.locator("h1").inner_text() == "Routes (baseline)"
    assert "SYNTHETIC DATA" in page.locator(".banner").first.inner_text()
    notes = page.locator(".leaflet-control-attribution").inner_text()
    for note in ("Source: Tests", "Licence: CC BY 4.0", "not roads", "great circle with a detour factor"):
        assert note in notes
    assert page.locator(".stop").count() == 3
    assert page.locator(".depot").count() == 1
    assert page.locator(".left-out").count() == 1
    overflow = "() => [document.documentElement.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
    assert page.evaluate(overflow) == [0, 0]
    frame, panel = page.locator("#map").bounding_box(), page.locator("aside").bounding_box()
    assert frame
    assert panel
    assert frame["height"] > 250
    assert frame["x"] + frame["width"] <= panel["x"] or frame["y"] + frame["height"] <= panel["y"]
    watch.assert_quiet()


def test_each_vehicle_and_day_is_a_layer(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    ticks = page.locator("#routes input[type=checkbox]")
    # Two days and three routes.
    assert [tick.is_checked() for tick in ticks.all()] == [True, True, True, False, False]
    ticks.nth(1).uncheck()
    assert page.locator(".stop").count() == 1
    assert ticks.nth(0).evaluate("tick => [tick.checked, tick.indeterminate]") == [False, True]
    ticks.nth(3).check()
    assert ticks.nth(4).is_checked()
    assert page.locator(".stop").count() == 2
    page.get_by_label("Left out (2)").uncheck()
    assert page.locator(".left-out").count() == 0
    watch.assert_quiet()


def test_the_keyboard_opens_stops_from_the_list_and_comes_back(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert "07:00 Load and leave (Depósito Norte)" in page.locator("details li").first.inner_text()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="1. 07:35 Ñaupe")
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    assert popup_lines(page) == {
        "Arrival": "07:35",
        "Service": "07:40 \u2013 07:55",
        "Unloaded": "2,500.5 kg, 2.5 m3",
        "Items": "Water: 2.5 m3; Hygiene kit: 20 kit",
        "Aboard after": "4,000 kg, 4 m3",
        "People": "130",
    }
    assert "Ñaupe: Stop 1 · T1" in page.get_by_role("status").inner_text()
    page.keyboard.press("Escape")
    page.locator(".leaflet-popup-content").wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")
    watch.assert_quiet()


def test_a_click_on_a_stop_opens_it_and_names_are_never_markup(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    page.locator(".stop", has_text="2").click()
    page.locator(".popup h3").wait_for()
    assert page.locator(".popup h3").inner_text() == ATTACK
    assert page.locator("img").count() == 0
    watch.assert_quiet()


def test_what_is_left_out_says_why_and_what_would_serve_it(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    page.get_by_role("button", name="Tongorrape").click()
    lines = popup_lines(page)
    assert lines["Reason"] == "No vehicle in time has room for its load"
    assert lines["What would serve it"] == "Give vehicle T1 room for 800 kg more."
    assert lines["Load"] == "3,000 kg, 3 m3"
    unplaced = page.locator("#unserved li", has_text="s10")
    assert "The site is not known · Its place is not known." in unplaced.inner_text()
    watch.assert_quiet()


def test_the_page_is_read_in_spanish(route_page: tuple[Page, Watch]) -> None:
    page, watch = route_page
    page.get_by_role("button", name="Tongorrape").click()
    page.get_by_role("button", name="Español").click()
    assert popup_lines(page)["Motivo"] == "Ningún vehículo a tiempo tiene espacio para su carga"
    assert popup_lines(page)["Qué permitiría atenderla"] == "Dar al vehículo T1 espacio para 800 kg más."
    assert page.locator("h1").inner_text() == page.title() == "Rutas (baseline)"
    assert page.locator("html").get_attribute("lang") == "es"
    assert "DATOS SINTÉTICOS" in page.locator(".banner").first.inner_text()
    assert "lunes, 23 de noviembre de 2026" in page.locator("#routes .all").first.inner_text()
    assert "Tiempos de viaje: círculo máximo" in page.locator(".leaflet-control-attribution").inner_text()
    page.locator("summary").first.click()
    page.get_by_role("button", name="Ñaupe").click()
    assert popup_lines(page)["Artículos"] == "Agua: 2,5 m3; Kit de higiene: 20 kit"
    watch.assert_quiet()
