"""Tests of zonal statistics and of the pictures' covariates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely.geometry import box

from socialai_assets.methods.imagery import daylight_covariates, local_variation, night_light_covariates
from socialai_assets.methods.tiles import Raster
from socialai_assets.methods.zonal import zonal_statistics


def raster(*bands: np.ndarray) -> Raster:
    """Pixels of 1 m whose south-west corner is the origin of EPSG:3857."""
    array = np.stack(bands).astype(np.float32)
    return Raster(array, from_origin(0, array.shape[1], 1, 1))


def areas(*polygons: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    names = [f"a{number}" for number in range(len(polygons))]
    return gpd.GeoDataFrame({"area_id": names}, geometry=[box(*polygon) for polygon in polygons], crs="EPSG:3857")


NINE = np.arange(9.0).reshape(3, 3)


def test_pixels_count_by_the_share_inside() -> None:
    # Half of pixels 6 and 7 of the bottom row: the mean is theirs, the sum half of theirs.
    table = zonal_statistics(
        raster(NINE), areas((0, 0, 2, 0.5)), {"v": ["mean", "sum", "count", "min", "max", "stdev"]}
    )
    assert table.columns.tolist() == ["area_id", "v_mean", "v_sum", "v_count", "v_min", "v_max", "v_stdev"]
    assert table.iloc[0, 1:].tolist() == pytest.approx([6.5, 6.5, 1.0, 6, 7, 0.5])


def test_areas_smaller_than_a_pixel_outside_or_half_outside() -> None:
    table = zonal_statistics(
        raster(NINE), areas((0.4, 0.4, 0.5, 0.5), (50, 50, 60, 60), (-1, 0, 1, 1)), {"v": ["mean", "count", "p50"]}
    )
    assert table["v_mean"].tolist() == pytest.approx([6.0, np.nan, 6.0], nan_ok=True)
    assert table["v_count"].tolist() == pytest.approx([0.01, 0.0, 1.0])
    assert np.isnan(table["v_p50"][1])


def test_unknown_pixels_are_left_out() -> None:
    holed = NINE.copy()
    holed[2, 0] = np.nan
    table = zonal_statistics(raster(holed), areas((0, 0, 2, 1), (0, 0, 1, 1)), {"v": ["mean", "count"]})
    assert table["v_mean"].tolist() == pytest.approx([7.0, np.nan], nan_ok=True)
    assert table["v_count"].tolist() == [1.0, 0.0]


def test_shapes_in_another_crs_are_reprojected_and_keep_their_order() -> None:
    wanted = areas((2, 2, 3, 3), (0, 0, 1, 1)).rename_geometry("outline")
    table = zonal_statistics(raster(NINE), wanted.to_crs("EPSG:4326"), {"v": ["mean"]})
    assert table["area_id"].tolist() == ["a0", "a1"]
    assert table["v_mean"].tolist() == pytest.approx([2.0, 6.0], abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 2.9), st.floats(0.05, 2.9))
def test_sums_of_two_halves_make_the_whole(cut_x: float, cut_y: float) -> None:
    parts = areas((0, 0, cut_x, 3), (cut_x, 0, 3, 3), (0, 0, 3, cut_y), (0, cut_y, 3, 3))
    table = zonal_statistics(raster(NINE), parts, {"v": ["sum"]})
    assert table["v_sum"][:2].sum() == pytest.approx(36, abs=1e-4)
    assert table["v_sum"][2:].sum() == pytest.approx(36, abs=1e-4)


def test_mistakes_are_refused() -> None:
    shapes = areas((0, 0, 1, 1))
    with pytest.raises(ValueError, match="coordinate reference system"):
        zonal_statistics(
            raster(NINE), gpd.GeoDataFrame({"area_id": ["a0"]}, geometry=[box(0, 0, 1, 1)]), {"v": ["mean"]}
        )
    with pytest.raises(ValueError, match="Unknown statistic 'mode'"):
        zonal_statistics(raster(NINE), shapes, {"v": ["mode"]})
    with pytest.raises(ValueError, match="2 band names for 1 bands"):
        zonal_statistics(raster(NINE), shapes, {"v": ["mean"], "w": ["mean"]})
    with pytest.raises(ValueError, match="a0 comes more than once"):
        zonal_statistics(raster(NINE), shapes.loc[[0, 0]], {"v": ["mean"]})


def test_night_lights_of_a_lit_and_a_dark_half() -> None:
    lit = np.zeros((4, 4))
    lit[:, 2:] = 160.0
    table = night_light_covariates(
        raster(lit, lit, lit), areas((0, 0, 4, 4), (0, 0, 2, 4), (99, 99, 100, 100)), lit_threshold=60
    ).set_index("area_id")
    assert table.loc["a0", "night_light_mean"] == pytest.approx(80)
    assert table.loc["a0", "night_light_lit_share"] == pytest.approx(0.5)
    assert table.loc["a0", "night_light_excess_sum"] == pytest.approx(800)
    assert table.loc["a0", "night_light_excess_log"] == pytest.approx(np.log(801))
    assert table.loc["a1", ["night_light_max", "night_light_lit_share", "night_light_excess_sum"]].tolist() == [0, 0, 0]
    assert table.loc["a2"].isna().all()


def test_forest_is_greener_than_desert_and_black_has_no_colour() -> None:
    red, green, blue = np.full((2, 3), 40.0), np.full((2, 3), 90.0), np.full((2, 3), 30.0)
    red[:, 1], green[:, 1], blue[:, 1] = 190, 160, 130
    red[:, 2], green[:, 2], blue[:, 2] = 0, 0, 0
    table = daylight_covariates(raster(red, green, blue), areas((0, 0, 1, 2), (1, 0, 2, 2), (2, 0, 3, 2)))
    forest, desert, black = table["daylight_greenness_mean"]
    assert forest == pytest.approx(110 / 160) and desert == pytest.approx(0.0, abs=1e-6) and black == pytest.approx(0.0)
    assert table["daylight_redness_mean"][1] > table["daylight_redness_mean"][0]
    assert table["daylight_brightness_mean"].tolist() == pytest.approx([160 / 3, 160, 0])


def test_local_variation_leaves_unknown_pixels_out() -> None:
    pixels = np.full((5, 5), 7.0)
    pixels[2, 2] = np.nan
    variation = local_variation(pixels)
    assert np.isnan(variation[2, 2])
    assert np.nanmax(variation) == pytest.approx(0.0, abs=1e-6)
    checkered = np.indices((6, 6)).sum(axis=0) % 2 * 2.0
    assert local_variation(checkered)[2, 2] == pytest.approx(checkered[1:4, 1:4].std())
