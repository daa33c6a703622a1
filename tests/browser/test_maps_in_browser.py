"""The interactive map as a person meets it: in Chromium, without a network, on a desktop and on a phone."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from socialai_assets.publishing.webmap import interactive_map_html

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .conftest import Watch

pytestmark = pytest.mark.browser

COLUMNS, ROWS = 5, 4
ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """Twenty squares; two of one name, one named as markup, one without a figure."""
    cells = [(x, y) for y in range(ROWS) for x in range(COLUMNS)]
    estimate = [2.5 * number for number in range(len(cells))]
    names = [f"Distrito {number}" for number in range(len(cells))]
    names[3], names[4], names[7], names[12] = "Santa Rosa", "Santa Rosa", "Ñahuimpuquio", ATTACK
    estimate[9] = math.nan
    return gpd.GeoDataFrame(
        {
            "name": names,
            "province": [f"Provincia {y}" for _, y in cells],
            "department": ["Junín" if x < 4 else "Puno" for x, _ in cells],
            "estimate": estimate,
            "lower": [value - 2 for value in estimate],
            "upper": [value + 3.25 for value in estimate],
            "official": [value + 1.5 for value in estimate],
        },
        geometry=[shapely.box(x - 75, y - 12, x - 74, y - 11) for x, y in cells],
        crs=4326,
    )


@pytest.fixture
def map_page(areas: gpd.GeoDataFrame, watched_page: tuple[Page, Watch], tmp_path: Path) -> tuple[Page, Watch]:
    """The map of those squares, opened from a file."""
    page, watch = watched_page
    _open(page, tmp_path, areas, "estimate", outlines=areas.dissolve(), synthetic=True)
    return page, watch


def _open(page: Page, folder: Path, areas: gpd.GeoDataFrame, value: str, **options: Any) -> None:
    words: dict[str, Any] = {
        "title": "Poverty by district",
        "legend": "Poor people",
        "unit": "%",
        "interval": ("lower", "upper"),
        "interval_unit": "points",
        "comparisons": {"official": "Official figure"},
        "context": ("province", "department"),
        "source_note": "Institute of Tests",
        "licence_note": "CC BY 4.0",
    }
    path = folder / "map.html"
    path.write_text(interactive_map_html(areas, value, **(words | options)), encoding="utf-8")
    page.goto(path.as_uri())


def _polygons(page: Page) -> Locator:
    return page.locator("#map path.leaflet-interactive")


def _popup_lines(page: Page) -> dict[str, str]:
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    names = popup.locator("th").all_inner_texts()
    return dict(zip(names, popup.locator("td").all_inner_texts(), strict=True))


def test_the_page_draws_every_area_and_asks_the_network_for_nothing(map_page: tuple[Page, Watch]) -> None:
    page, watch = map_page
    assert _polygons(page).count() == COLUMNS * ROWS
    fills = [polygon.get_attribute("fill") for polygon in _polygons(page).all()]
    assert fills.count("url(#no-data)") == 1
    assert len(set(fills)) == 6
    assert page.title() == page.locator("h1").inner_text() == "Poverty by district"
    assert page.locator("html").get_attribute("lang") == "en"
    notes = page.locator(".leaflet-control-attribution").inner_text()
    assert "Source: Institute of Tests" in notes
    assert "Licence: CC BY 4.0" in notes
    assert "SYNTHETIC DATA" in page.locator(".banner").first.inner_text()
    watch.assert_quiet()


def test_the_page_forbids_itself_the_network(map_page: tuple[Page, Watch]) -> None:
    page, watch = map_page
    load = """address => new Promise(done => {
        const picture = new Image();
        picture.onload = picture.onerror = done;
        picture.src = address;
    })"""
    page.evaluate(load, "https://example.org/tile.png")
    assert any("Content Security Policy" in complaint for complaint in watch.complaints)
    # The watch itself: without the page's policy the attempt is seen.
    page.goto("about:blank")
    page.evaluate(load, "https://example.org/tile.png")
    assert "https://example.org/tile.png" in watch.requests


def test_everything_fits_on_the_screen(map_page: tuple[Page, Watch]) -> None:
    page, _ = map_page
    overflow = "() => [document.documentElement.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
    assert page.evaluate(overflow) == [0, 0]
    frame, panel = page.locator("#map").bounding_box(), page.locator("aside").bounding_box()
    notes = page.locator(".leaflet-control-attribution").bounding_box()
    assert frame
    assert panel
    assert notes
    assert frame["height"] > 300
    for polygon in _polygons(page).all():
        box = polygon.bounding_box()
        assert box
        assert box["x"] >= frame["x"]
        assert box["y"] >= frame["y"]
        # Neither the notes nor the panel cover an area.
        assert box["y"] + box["height"] <= notes["y"]
        assert box["x"] + box["width"] <= panel["x"] or box["y"] + box["height"] <= panel["y"]


def test_a_click_opens_the_popup_of_that_area(map_page: tuple[Page, Watch], areas: gpd.GeoDataFrame) -> None:
    page, watch = map_page
    # Handles, because the area under the pointer moves to the front of the drawing.
    shapes = _polygons(page).element_handles()
    for row in (0, 11):
        # A popup near the edge makes the map move; a click while it does would meet another area.
        page.locator(".leaflet-pan-anim").wait_for(state="detached")
        shapes[row].click()
        page.get_by_role("heading", name=f"Distrito {row}", exact=True).wait_for()
        estimate = areas["estimate"][row]
        assert _popup_lines(page) == {
            "Poor people": f"{estimate:.1f} %",
            "90 % interval": f"{areas['lower'][row]:.1f} – {areas['upper'][row]:.1f} %".replace("-", "\u2212"),
            "Official figure": f"{areas['official'][row]:.1f} %",
        }
        page.keyboard.press("Escape")
        page.locator(".leaflet-popup-content").wait_for(state="detached")
    watch.assert_quiet()


def test_an_area_without_a_figure_says_so(map_page: tuple[Page, Watch]) -> None:
    page, _ = map_page
    _polygons(page).nth(9).click()
    assert set(_popup_lines(page).values()) == {"no data"}


def test_search_is_done_by_keyboard_and_knows_no_accents(map_page: tuple[Page, Watch]) -> None:
    page, watch = map_page
    page.get_by_label("Find an area").focus()
    page.keyboard.type("nahuim")
    assert page.get_by_role("option").all_inner_texts() == ["Ñahuimpuquio\nProvincia 1, Junín"]
    page.keyboard.press("Enter")
    assert _popup_lines(page)["Poor people"] == "17.5 %"
    assert "Ñahuimpuquio: Poor people 17.5 %" in page.get_by_role("status").inner_text()
    page.keyboard.press("Escape")
    page.locator(".leaflet-popup-content").wait_for(state="detached")
    watch.assert_quiet()


def test_search_tells_areas_of_one_name_apart(map_page: tuple[Page, Watch]) -> None:
    page, _ = map_page
    field = page.get_by_label("Find an area")
    field.fill("santa rosa")
    options = page.get_by_role("option")
    assert options.all_inner_texts() == [
        "Santa Rosa\nProvincia 0, Junín",
        "Santa Rosa\nProvincia 0, Puno",
    ]
    page.keyboard.press("ArrowDown")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    assert _popup_lines(page)["Poor people"] == "10.0 %"
    field.fill("santa rosa junin")
    assert options.count() == 1
    options.first.click()
    page.locator(".popup p", has_text="Provincia 0, Junín").wait_for()
    assert _popup_lines(page)["Poor people"] == "7.5 %"
    field.fill("atlantis")
    assert page.get_by_text("No area of that name").first.is_visible()


def test_layers_change_colours_and_legend(map_page: tuple[Page, Watch]) -> None:
    page, watch = map_page
    fills = "paths => paths.map(path => path.getAttribute('fill'))"
    estimate = _polygons(page).evaluate_all(fills)
    legend = page.locator("#legend li").all_inner_texts()
    assert page.locator("#legend-title").inner_text() == "Poor people (%)"
    assert legend[-1] == "No data"
    page.get_by_label("Official figure").check()
    assert page.locator("#legend li").all_inner_texts() == legend
    page.get_by_label("Width of the 90 % interval").check()
    assert page.locator("#legend-title").inner_text() == "Width of the 90 % interval (points)"
    assert page.locator("#legend li").all_inner_texts() == ["5.25", "No data"]
    assert len(set(_polygons(page).evaluate_all(fills))) == 2
    page.get_by_label("Poor people").focus()
    page.keyboard.press("Space")
    assert _polygons(page).evaluate_all(fills) == estimate
    watch.assert_quiet()


def test_hovering_highlights_and_names_an_area(map_page: tuple[Page, Watch]) -> None:
    page, _ = map_page
    polygon = _polygons(page).nth(0)
    box = polygon.bounding_box()
    assert box
    before = page.locator("#map path[stroke='#111111']").count()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".leaflet-tooltip").wait_for()
    assert page.locator(".leaflet-tooltip").inner_text() == "Distrito 0: 0.0 %"
    assert (before, page.locator("#map path[stroke='#111111']").count()) == (0, 1)


def test_names_are_text_even_when_they_look_like_markup(map_page: tuple[Page, Watch]) -> None:
    page, watch = map_page
    page.get_by_label("Find an area").fill("<img")
    page.get_by_role("option").click()
    assert page.locator(".popup h3").inner_text() == ATTACK
    assert page.locator("img").count() == 0
    watch.assert_quiet()


@pytest.mark.real
def test_the_real_districts_are_drawn_and_found(
    watched_page: tuple[Page, Watch], real_landing: Path, tmp_path: Path
) -> None:
    page, watch = watched_page
    districts = gpd.read_file(real_landing / "geography/inei_district_boundaries/district_boundaries.gpkg")
    poverty = pd.read_csv(real_landing / "poverty/inei_poverty_map_2018/poverty_map_2018.csv", dtype={"ubigeo": str})
    merged: Any = districts.merge(poverty, on="ubigeo", how="left", validate="one_to_one")
    _open(
        page,
        tmp_path,
        merged,
        "pobreza_monetaria",
        name="distr",
        context=("prov", "dep"),
        interval=("conf_95_inf", "conf_95_sup"),
        comparisons={},
        popup_fields={"ubigeo": "UBIGEO"},
    )
    assert _polygons(page).count() == 1874
    page.get_by_label("Find an area").fill("miraflores arequipa")
    page.keyboard.press("Enter")
    lines = _popup_lines(page)
    official = poverty.set_index("ubigeo").loc[lines["UBIGEO"], "pobreza_monetaria"]
    assert lines["UBIGEO"] == "040110"
    assert float(re.sub(" %$", "", lines["Poor people"])) == pytest.approx(official, abs=0.051)
    watch.assert_quiet()


def test_remarks_and_the_whole_page_can_be_read_in_spanish(
    watched_page: tuple[Page, Watch], areas: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    page, watch = watched_page
    areas["why_en"] = [f"Dark at night.\nMore of {number}." for number in range(len(areas))]
    areas["why_es"] = [f"Poca luz nocturna.\n{ATTACK}" for _ in range(len(areas))]
    spanish = {
        "Poverty by district": "Pobreza por distrito",
        "Poor people": "Personas pobres",
        "Poor people (%)": "Personas pobres (%)",
        "Official figure": "Cifra oficial",
        "90 % interval": "Intervalo del 90 %",
    }
    _open(page, tmp_path, areas, "estimate", spanish=spanish, remarks={"en": "why_en", "es": "why_es"}, synthetic=True)
    assert page.locator("html").get_attribute("lang") == "en"
    _polygons(page).nth(9).click()
    assert page.locator(".remarks p").all_inner_texts() == ["Dark at night.", "More of 9."]
    page.get_by_role("button", name="Español").click()
    # The open popup is said again too.
    assert page.locator(".remarks p").all_inner_texts() == ["Poca luz nocturna.", ATTACK]
    assert page.locator("img").count() == 0
    assert set(_popup_lines(page)) == {"Personas pobres", "Intervalo del 90 %", "Cifra oficial"}
    assert set(_popup_lines(page).values()) == {"sin datos"}
    assert page.title() == page.locator("h1").inner_text() == "Pobreza por distrito"
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("#legend-title").inner_text() == "Personas pobres (%)"
    assert page.locator("#legend li").all_inner_texts()[-1] == "Sin datos"
    assert page.get_by_label("Buscar un distrito").get_attribute("placeholder") == "Escriba un nombre"
    assert "Fuente: Institute of Tests" in page.locator(".leaflet-control-attribution").inner_text()
    assert "DATOS SINTÉTICOS" in page.locator(".banner").first.inner_text()
    page.get_by_role("button", name="English").click()
    assert page.locator("h1").inner_text() == "Poverty by district"
    assert page.locator(".remarks p").first.inner_text() == "Dark at night."
    overflow = "() => [document.documentElement.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
    assert page.evaluate(overflow) == [0, 0]
    watch.assert_quiet()


def test_points_are_dots_that_are_found_and_opened(
    areas: gpd.GeoDataFrame, watched_page: tuple[Page, Watch], tmp_path: Path
) -> None:
    page, watch = watched_page
    dots = areas.set_geometry(areas.geometry.to_crs(32719).centroid.to_crs(4326)).assign(age=2.5)
    _open(page, tmp_path, dots, "estimate", outlines=areas.dissolve(), further_layers={"age": ("Age", "years")})
    assert _polygons(page).count() == COLUMNS * ROWS
    size = _polygons(page).first.bounding_box()
    assert size is not None and size["width"] < 12
    page.locator("#search").fill("nahuimpu")
    page.keyboard.press("Enter")
    assert _popup_lines(page)["Age"] == "2.5 years"
    watch.assert_quiet()
