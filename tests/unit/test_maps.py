"""Maps and plots: classes that hold every value, pictures that show what they say, pages that are self-contained."""

from __future__ import annotations

import html
import json
import math
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from resources.errors import ContractError, SocialAIError
from socialai_assets.publishing.cartography import NO_DATA_COLOUR, drawable_areas, value_classes
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.plots import calibration_png, estimate_against_observed_png
from socialai_assets.publishing.webmap import interactive_map_html

NOTES: dict[str, Any] = {"source_note": "Institute of Tests", "licence_note": "CC BY 4.0"}
WORDS: dict[str, Any] = {"title": "Poverty by area", "legend": "Poor people", **NOTES}
BANNER_COLOUR = "#b3261e"


def grid(columns: int = 4, rows: int = 3) -> gpd.GeoDataFrame:
    """Squares of one degree with values 0, 1, 2, ... from south-west to north-east."""
    cells = [(x, y) for y in range(rows) for x in range(columns)]
    estimate = np.arange(len(cells), dtype=float)
    return gpd.GeoDataFrame(
        {
            "name": [f"Area {x}-{y}" for x, y in cells],
            "estimate": estimate,
            "lower": estimate - 1,
            "upper": estimate + 2,
            "official": estimate + 0.5,
        },
        geometry=[shapely.box(x, y, x + 1, y + 1) for x, y in cells],
        crs=4326,
    )


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=int)


def share_of(image: np.ndarray, colour: str) -> float:
    target = np.array(to_rgb(colour)) * 255
    return float((np.abs(image - target).max(axis=2) < 3).mean())


def page_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def unpacked(steps: list[int], scale: int) -> np.ndarray:
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / scale


# Classes


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 6)), min_size=1, max_size=60),
    scheme=st.sampled_from(["quantile", "equal"]),
    count=st.integers(1, 8),
)
def test_every_value_lies_in_the_class_its_legend_states(values: list[float], scheme: Any, count: int) -> None:
    classes = value_classes(pd.Series(values), classes=scheme, class_count=count)
    edges = np.array(classes.edges)
    chosen = classes.of(pd.Series(values))
    slack = 1e-9 * max(1.0, np.abs(edges).max())
    assert (chosen >= 0).all()
    assert (np.array(values) >= edges[chosen] - slack).all()
    assert (np.array(values) <= edges[chosen + 1] + slack).all()
    assert len(classes.colours) == len(edges) - 1 <= count
    assert len(set(classes.colours)) == len(classes.colours) == len(classes.labels())


def test_quantile_classes_hold_about_as_many_areas_each() -> None:
    values = pd.Series(np.random.default_rng(0).lognormal(3, 1, 1000))
    counts = np.bincount(value_classes(values, classes="quantile", class_count=5).of(values))
    assert counts.min() > 150
    assert np.bincount(value_classes(values, classes="equal", class_count=5).of(values), minlength=5)[0] > 900


def test_missing_and_infinite_values_have_no_class() -> None:
    values = pd.Series([1.0, math.nan, math.inf, 3.0])
    assert value_classes(values, classes="equal", class_count=2).of(values).tolist() == [0, -1, -1, 1]
    nullable = pd.Series([1, None, 3], dtype="Int64")
    assert value_classes(nullable, classes="equal", class_count=2).of(nullable).tolist() == [0, -1, 1]
    assert value_classes(pd.Series([math.nan])).of(pd.Series([math.nan])).tolist() == [-1]


def test_labels_state_the_edges_and_nothing_more() -> None:
    classes = value_classes(pd.Series([-5.0, 1500.0]), classes=[-5, 0.5, 1500])
    assert classes.labels("km") == ["−5.0 – 0.5 km", "0.5 – 1,500.0 km"]
    assert value_classes(pd.Series([7.0, 7.0])).labels("%") == ["7 %"]
    assert value_classes(pd.Series([1.1964408])).labels("years") == ["1.20 years"]
    assert value_classes(pd.Series([1234.5678])).labels() == ["1,235"]


def test_given_edges_are_widened_to_the_data() -> None:
    values = pd.Series([2.0, 35.04])
    assert value_classes(values, classes=[10, 20, 30]).edges == (2.0, 20.0, 36.0)
    assert value_classes(values, classes=[0, 20, 40]).edges == (0.0, 20.0, 40.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"classes": "jenks"}, "'jenks' is unknown"),
        ({"classes": [3, 2]}, "do not ascend"),
        ({"classes": [3]}, "do not ascend"),
        ({"class_count": 0}, "cannot be drawn"),
        ({"colour_map": "jet"}, "colour-blind"),
    ],
)
def test_wrong_classes_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SocialAIError, match=message):
        value_classes(pd.Series([1.0, 2.0]), **wrong)


# Areas


def test_areas_without_a_boundary_are_counted_and_not_drawn() -> None:
    areas = grid()
    areas.loc[[0, 5], "geometry"] = None
    columns, shapes, note = drawable_areas(areas, ["name", "estimate"])
    assert len(shapes) == 10
    assert columns["name"].tolist() == [name for row, name in enumerate(areas["name"]) if row not in (0, 5)]
    assert note == "2 of 12 areas have no boundary and are not drawn."
    assert note in page_data(interactive_map_html(areas, "estimate", **WORDS))["notes"]


def test_areas_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(ContractError, match="lack: poverty, wealth"):
        drawable_areas(grid(), ["poverty", "estimate", "wealth"])
    with pytest.raises(ContractError, match="coordinate reference system"):
        drawable_areas(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]), [])
    with pytest.raises(ContractError, match="not Point"):
        drawable_areas(grid().set_geometry(grid().to_crs(3857).centroid.to_crs(4326)), [])
    with pytest.raises(ContractError, match="nothing to draw"):
        drawable_areas(grid().head(0), [])


# Pictures


def test_each_class_covers_its_share_of_the_picture() -> None:
    areas = grid()
    image = pixels(choropleth_png(areas, "estimate", classes=[0, 3, 9, 11], map_size=4, **WORDS))
    colours = value_classes(pd.Series(areas["estimate"]), classes=[0, 3, 9, 11]).colours
    shares = np.array([share_of(image, colour) for colour in colours])
    np.testing.assert_allclose(shares / shares.sum(), np.array([3, 6, 3]) / 12, atol=0.03)


def test_missing_values_are_grey_and_a_hole_stays_open() -> None:
    areas = grid(1, 1)
    areas.geometry = areas.geometry.difference(shapely.box(0.25, 0.25, 0.75, 0.75))
    full = share_of(pixels(choropleth_png(grid(1, 1), "estimate", map_size=4, **WORDS)), "white")
    pierced = pixels(choropleth_png(areas, "estimate", map_size=4, **WORDS))
    assert share_of(pierced, "white") > full + 0.08
    assert share_of(pierced, NO_DATA_COLOUR) < 0.001
    areas["estimate"] = math.nan
    missing = pixels(choropleth_png(areas, "estimate", map_size=4, **WORDS))
    assert share_of(missing, NO_DATA_COLOUR) > 0.1


def test_the_banner_is_there_only_for_synthetic_data() -> None:
    real, made_up = (
        pixels(choropleth_png(grid(), "estimate", synthetic=synthetic, map_size=4, **WORDS))
        for synthetic in (False, True)
    )
    assert share_of(real, BANNER_COLOUR) == 0
    top = made_up[: made_up.shape[0] // 30]
    assert share_of(top, BANNER_COLOUR) > 0.5


def test_a_picture_names_its_title_source_and_licence_in_its_metadata() -> None:
    metadata = Image.open(BytesIO(choropleth_png(grid(), "estimate", map_size=4, **WORDS))).info
    assert metadata["Title"] == "Poverty by area"
    assert metadata["Source"] == "Institute of Tests"
    assert metadata["Copyright"] == "CC BY 4.0"


def test_the_interval_adds_a_second_panel_and_the_same_input_the_same_bytes() -> None:
    one = choropleth_png(grid(), "estimate", map_size=4, **WORDS)
    two = choropleth_png(grid(), "estimate", interval=("lower", "upper"), map_size=4, **WORDS)
    assert pixels(two).shape[1] > 1.8 * pixels(one).shape[1]
    assert one == choropleth_png(grid(), "estimate", map_size=4, **WORDS)


@pytest.mark.parametrize(("columns", "rows"), [(12, 1), (1, 12), (1, 1)])
def test_any_extent_any_crs_outlines_and_dollars_in_the_title(columns: int, rows: int) -> None:
    areas = grid(columns, rows).to_crs(3857)
    words: dict[str, Any] = WORDS | {"title": "Costs of $5 and $x_{2}$ \\frac " * 4}
    image = pixels(choropleth_png(areas, "estimate", outlines=areas.dissolve(), map_size=4, **words))
    colours = value_classes(pd.Series(areas["estimate"])).colours
    assert all(share_of(image, colour) > 0.002 for colour in colours)
    assert (image[-5:] == 255).all()
    assert (image[:, -5:] == 255).all()


def test_scatter_marks_what_its_intervals_miss() -> None:
    observed = np.array([1.0, 2.0, 3.0, math.nan])

    def blue_and_orange(estimate: np.ndarray) -> tuple[int, int]:
        words = {"title": "T", "quantity": "poor, %", "scores": {"R²": "1"}, **NOTES}
        picture = estimate_against_observed_png(observed, estimate, estimate - 1, estimate + 1, **words)
        redness = pixels(picture)[..., 0] - pixels(picture)[..., 2]
        return int((redness < -90).sum()), int((redness > 90).sum())

    # The legend shows both kinds; only what is drawn in the plot differs.
    blue, orange = blue_and_orange(observed + 0.1)
    blue_missed, orange_missed = blue_and_orange(observed + 5)
    assert blue > 1.5 * blue_missed
    assert orange_missed > 1.5 * orange


def test_scatter_of_synthetic_data_says_so() -> None:
    words = {"title": "T", "quantity": "q", **NOTES}
    real, made_up = (
        pixels(estimate_against_observed_png([1, 2], [1, 2], [0, 1], [2, 3], synthetic=synthetic, **words))
        for synthetic in (False, True)
    )
    assert share_of(real, BANNER_COLOUR) == 0
    assert share_of(made_up, BANNER_COLOUR) > 0.02


def test_scatter_refuses_what_does_not_belong_together() -> None:
    with pytest.raises(ContractError, match="different lengths: 2, 1, 2, 2"):
        estimate_against_observed_png([1, 2], [1], [0, 0], [3, 3], title="T", quantity="q", **NOTES)
    with pytest.raises(ContractError, match="No row"):
        estimate_against_observed_png([math.nan], [1], [0], [3], title="T", quantity="q", **NOTES)


# Pages


def test_the_page_holds_every_area_layer_and_popup_line() -> None:
    areas: Any = grid().assign(people=[1000 * row for row in range(12)])
    areas.loc[3, ["estimate", "lower"]] = math.nan
    page = interactive_map_html(
        areas,
        "estimate",
        interval=("lower", "upper"),
        comparisons={"official": "Official"},
        popup_fields={"people": "People"},
        unit="%",
        context=["name"],
        **WORDS,
    )
    data = page_data(page)
    assert [layer["name"] for layer in data["layers"]] == [
        "Poor people",
        "Width of the 90 % interval",
        "Official",
    ]
    assert data["fields"] == ["Poor people", "90 % interval", "Official", "People"]
    assert data["areas"][2]["fields"] == ["2 %", "1 – 4 %", "2.5 %", "2,000"]
    assert data["areas"][3]["fields"][:2] == ["no data", "no data"]
    assert data["layers"][0]["classes"][3] == -1
    assert data["layers"][0]["labels"] == data["layers"][2]["labels"]
    for area, shape in zip(data["areas"], areas.geometry, strict=True):
        [[ring]] = area["shape"]
        assert shapely.Polygon(unpacked(ring, data["scale"])).equals(shape)


def test_the_page_loads_nothing_and_states_its_language_and_policy() -> None:
    page = interactive_map_html(grid(), "estimate", **WORDS)
    assert '<html lang="en">' in page
    assert "<title>Poverty by area</title>" in page
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]*\s(src|href)=", page)
    assert "sourceMappingURL" not in page
    assert "SYNTHETIC DATA" not in page
    assert "SYNTHETIC DATA" in interactive_map_html(grid(), "estimate", synthetic=True, **WORDS)


def test_names_and_titles_cannot_become_markup() -> None:
    attack = "</script><script>alert(1)</script>&$title"
    areas: Any = grid().assign(name=attack)
    page = interactive_map_html(areas, "estimate", title=attack, legend=attack, **NOTES)
    assert "<script>alert" not in page
    assert page.count("<script") == interactive_map_html(grid(), "estimate", **WORDS).count("<script")
    assert page_data(page)["areas"][0]["name"] == attack
    assert f"<title>{html.escape(attack)}</title>" in page


@settings(max_examples=50, deadline=None)
@given(
    points=st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=4, max_size=30, unique=True).filter(
        lambda points: shapely.MultiPoint(points).convex_hull.area > 0.01
    )
)
def test_packed_shapes_are_true_to_a_metre(points: list[tuple[float, float]]) -> None:
    shape = shapely.MultiPoint(points).convex_hull
    areas = gpd.GeoDataFrame({"name": ["A"], "estimate": [1.0]}, geometry=[shape], crs=4326)
    data = page_data(interactive_map_html(areas, "estimate", **WORDS))
    [[ring]] = data["areas"][0]["shape"]
    drawn = shapely.MultiPoint(unpacked(ring, data["scale"]))
    assert shapely.hausdorff_distance(drawn, shapely.MultiPoint(shapely.get_coordinates(shape))) < 1e-5


@pytest.mark.real
def test_the_real_districts_fit_in_four_megabytes_and_one_picture(real_landing: Path) -> None:
    districts = gpd.read_file(real_landing / "geography/inei_district_boundaries/district_boundaries.gpkg")
    poverty = pd.read_csv(real_landing / "poverty/inei_poverty_map_2018/poverty_map_2018.csv", dtype={"ubigeo": str})
    areas: Any = districts.merge(poverty, on="ubigeo", how="left", validate="one_to_one")
    page = interactive_map_html(
        areas,
        "pobreza_monetaria",
        name="distr",
        context=["prov", "dep"],
        interval=("conf_95_inf", "conf_95_sup"),
        outlines=districts.dissolve("dep"),
        **WORDS,
    )
    data = page_data(page)
    assert len(page.encode()) < 4_000_000
    assert len(data["areas"]) == 1874
    assert -1 not in data["layers"][0]["classes"]
    height, width, _ = pixels(choropleth_png(areas, "pobreza_monetaria", **WORDS)).shape
    assert height > 1.3 * width


def test_classes_with_names_of_their_own_take_their_colours_and_are_in_the_legend() -> None:
    names = {"not reached": "#ece9e0", "reached": "#482878"}
    named = value_classes(pd.Series([0.0, 100.0]), classes=(0, 50, 100), class_names=names)
    assert named.labels("%") == ["not reached", "reached"] and named.colours == ("#ece9e0", "#482878")
    with pytest.raises(SocialAIError, match="2 names do not fit 1 classes"):
        value_classes(pd.Series([0.0, 100.0]), classes=(0, 100), class_names=names)


def test_calibration_is_drawn_by_group_and_needs_all_areas() -> None:
    levels = [0.1, 0.5, 0.9]
    table = pd.DataFrame(
        [
            {"group": group, "nominal": level, "covered": level + aside, "areas": areas}
            for group, aside, areas in (("all", 0.0, 500), ("urban", 0.05, 200), ("rural", -0.03, 300))
            for level in levels
        ]
    )
    words = {"title": "Calibration", "source_note": "Institute", "licence_note": "CC0"}
    picture = Image.open(BytesIO(calibration_png(table, **words)))
    assert picture.width > 900
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
    # Both groups' colours, the black of all areas and the band are there.
    assert {(0xD9, 0xD9, 0xD9), (0x22, 0x22, 0x22)} <= colours
    with pytest.raises(ContractError, match="all rows"):
        calibration_png(table[table["group"] != "all"], **words)


def test_points_are_dots_with_the_highest_on_top_and_further_panels_and_layers() -> None:
    areas = grid()
    points = areas.set_geometry(areas.geometry.centroid).assign(age=[1.5] * 6 + [float("nan")] * 6)
    plain = pixels(choropleth_png(points, "estimate", classes=(0, 6, 11), outlines=areas, **WORDS))
    colours = value_classes(points["estimate"], classes=(0, 6, 11)).colours
    shares = [share_of(plain, colour) for colour in colours]
    assert 0.3 < shares[0] / shares[1] < 3 and max(shares) < 0.05
    further = {"age": ("Years since a visit", "years")}
    more = pixels(
        choropleth_png(points, "estimate", classes=(0, 6, 11), outlines=areas, further_panels=further, **WORDS)
    )
    assert more.shape[1] > 1.7 * plain.shape[1]
    same_place = points.assign(geometry=points.geometry.iloc[0], estimate=range(len(points)))
    covered = pixels(choropleth_png(same_place, "estimate", classes=(0, 6, 11), outlines=areas, **WORDS))
    assert share_of(covered, colours[1]) > share_of(covered, colours[0])
    data = page_data(interactive_map_html(points, "estimate", further_layers=further, **WORDS))
    assert data["areas"][5]["at"] == [1.5, 1.5] and "shape" not in data["areas"][5]
    assert [layer["name"] for layer in data["layers"]] == ["Poor people", "Years since a visit"]
    assert data["layers"][1]["classes"][6:] == [-1] * 6 and data["areas"][0]["fields"][1] == "1.5 years"
