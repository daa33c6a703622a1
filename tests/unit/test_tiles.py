"""Tests of map tiles and their mosaic."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer

from socialai_assets.methods.tiles import HALF_WORLD_M, Raster, mosaic, pixel_size, tile_bounds


def png(colour: tuple[int, ...], side: int = 4) -> bytes:
    """A square picture of one colour."""
    buffer = BytesIO()
    Image.new("RGB" if len(colour) == 3 else "RGBA", (side, side), colour).save(buffer, "PNG")
    return buffer.getvalue()


def tiles(*rows: tuple[int, int, int, bytes]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["z", "x", "y", "image"])


def test_the_world_is_one_tile_at_zoom_0() -> None:
    assert tile_bounds(0, 0, 0) == pytest.approx((-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M))
    assert pixel_size(0) == pytest.approx(156543.03392804097)
    assert pixel_size(8) == pytest.approx(611.49622628141)


def test_a_known_tile_lies_where_the_standard_puts_it() -> None:
    to_mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    x, y = to_mercator.transform(-77.0428, -12.0464)
    west, south, east, north = tile_bounds(8, 73, 136)
    assert west < x < east and south < y < north


@given(st.integers(0, 20).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)))
def test_four_children_fill_their_parent(tile: tuple[int, int, int]) -> None:
    z, x, y = tile
    north_west, south_east = tile_bounds(z + 1, 2 * x, 2 * y), tile_bounds(z + 1, 2 * x + 1, 2 * y + 1)
    expected = (north_west[0], south_east[1], south_east[2], north_west[3])
    assert tile_bounds(z, x, y) == pytest.approx(expected, abs=1e-6)


def test_a_tile_outside_the_world_is_refused() -> None:
    with pytest.raises(ValueError, match="no tile x=4, y=0 at zoom 2"):
        tile_bounds(2, 4, 0)


def test_tiles_go_to_their_place_and_gaps_are_unknown() -> None:
    raster = mosaic(tiles((3, 5, 2, png((200, 0, 9))), (3, 4, 1, png((10, 20, 30)))))
    assert raster.array.shape == (3, 8, 8)
    assert raster.array[:, :4, :4].reshape(3, -1).T.tolist() == [[10, 20, 30]] * 16
    assert raster.array[:, 4:, 4:].reshape(3, -1).T.tolist() == [[200, 0, 9]] * 16
    assert np.isnan(raster.array[:, :4, 4:]).all() and np.isnan(raster.array[:, 4:, :4]).all()
    west, _, _, north = tile_bounds(3, 4, 1)
    _, south, east, _ = tile_bounds(3, 5, 2)
    assert raster.bounds == pytest.approx((west, south, east, north))
    assert raster.crs == "EPSG:3857"


def test_transparent_pixels_are_unknown() -> None:
    assert np.isnan(mosaic(tiles((0, 0, 0, png((1, 2, 3, 0))))).array).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no tile"),
        ([(1, 0, 0, png((0, 0, 0))), (2, 0, 0, png((0, 0, 0)))], r"one zoom level.*\[1, 2\]"),
        ([(1, 0, 1, png((0, 0, 0))), (1, 0, 1, png((0, 0, 0)))], "x=0, y=1 comes more than once"),
        ([(1, 1, 0, b"not a picture")], "Tile 1/1/0: .*not a readable"),
        ([(1, 1, 0, png((0, 0, 0))[:40])], "Tile 1/1/0: "),
        ([(1, 0, 0, png((0, 0, 0))), (1, 0, 1, png((0, 0, 0), side=8))], "Tile 1/0/1 has"),
    ],
)
def test_bad_tiles_are_refused_by_name(rows: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mosaic(tiles(*rows))


def test_a_raster_must_be_north_up_with_three_axes() -> None:
    raster = mosaic(tiles((0, 0, 0, png((1, 2, 3)))))
    with pytest.raises(ValueError, match="three axes"):
        Raster(raster.array[0], raster.transform)
    with pytest.raises(ValueError, match="north-up"):
        Raster(raster.array, raster.transform @ type(raster.transform).rotation(30))
    with pytest.raises(ValueError, match="pixels"):
        raster.with_array(np.zeros((1, 2)))
