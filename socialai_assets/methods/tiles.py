"""Map tiles in the XYZ scheme, and the raster they make together. No statistics, no file access, no downloads.

The scheme is the one of OpenStreetMap and of OGC's WebMercatorQuad (OGC 17-083r4, annex D): zoom ``z`` cuts the
Web-Mercator square (EPSG:3857) into 2^z by 2^z tiles, ``x`` counting from the west and ``y`` from the north.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from affine import Affine

WEB_MERCATOR = "EPSG:3857"
HALF_WORLD_M = math.pi * 6378137.0
"""Half the side of the Web-Mercator square, in metres: pi times the semi-major axis of WGS 84."""


@dataclass(frozen=True, eq=False)
class Raster:
    """A north-up raster held in memory.

    Attributes:
        array: float32 of shape (bands, height, width); NaN where nothing is known.
        transform: affine transform from (column, row) to the coordinates of ``crs``, as rasterio has it.
        crs: coordinate reference system, as any string pyproj reads.
    """

    array: np.ndarray
    transform: Affine
    crs: str = WEB_MERCATOR

    def __post_init__(self) -> None:
        if self.array.ndim != 3:
            raise ValueError(f"A raster has three axes (bands, height, width), this one has {self.array.ndim}.")
        if self.transform.b or self.transform.d or self.transform.e >= 0 or self.transform.a <= 0:
            raise ValueError("Only north-up rasters without rotation are supported.")

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north, in the units of ``crs``."""
        _, height, width = self.array.shape
        west, north = self.transform.c, self.transform.f
        return west, north + self.transform.e * height, west + self.transform.a * width, north

    def with_array(self, array: np.ndarray) -> Raster:
        """The same place with other bands: ``array`` has shape (bands, height, width) or (height, width)."""
        stacked = array[np.newaxis] if array.ndim == 2 else array
        if stacked.shape[1:] != self.array.shape[1:]:
            raise ValueError(f"Expected {self.array.shape[1:]} pixels, got {stacked.shape[1:]}.")
        return Raster(stacked.astype(np.float32, copy=False), self.transform, self.crs)


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east and north of a tile in metres of EPSG:3857.

    Raises:
        ValueError: the tile does not exist at this zoom.
    """
    if z < 0 or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueError(f"There is no tile x={x}, y={y} at zoom {z}: both must be between 0 and {2 ** max(z, 0) - 1}.")
    side = 2 * HALF_WORLD_M / 2**z
    west, north = -HALF_WORLD_M + x * side, HALF_WORLD_M - y * side
    return west, north - side, west + side, north


def pixel_size(z: int, tile_pixels: int = 256) -> float:
    """Side of a pixel in metres at the equator (on the ground it shrinks with the cosine of the latitude)."""
    return 2 * HALF_WORLD_M / 2**z / tile_pixels


def decode_image(image: bytes) -> np.ndarray:
    """PNG or JPEG bytes as float32 of shape (3, height, width), red, green, blue from 0 to 255.

    Transparent pixels (alpha 0) become NaN.

    Raises:
        ValueError: the bytes are not an image Pillow reads.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(image)) as opened:
            pixels = np.asarray(opened.convert("RGBA"), dtype=np.float32)
    except (UnidentifiedImageError, OSError, SyntaxError) as problem:
        raise ValueError(f"The {len(image)} bytes are not a readable PNG or JPEG image: {problem}") from problem
    colours = np.moveaxis(pixels[..., :3], 2, 0).copy()
    colours[:, pixels[..., 3] == 0] = np.nan
    return colours


def mosaic(tiles: pd.DataFrame) -> Raster:
    """Join tiles of one zoom level into one raster.

    Args:
        tiles: columns ``z``, ``x``, ``y`` and ``image`` (PNG or JPEG bytes), one row a tile, in any order.

    Returns:
        Three bands (red, green, blue, 0 to 255) in EPSG:3857; NaN where a tile is missing.

    Raises:
        ValueError: no tiles, several zoom levels, a repeated tile, an unreadable image, or sizes that differ.
    """
    from rasterio.transform import from_origin

    if tiles.empty:
        raise ValueError("There is no tile to join.")
    zooms = tiles["z"].unique()
    if len(zooms) > 1:
        raise ValueError(f"A mosaic has one zoom level, these tiles have {sorted(int(zoom) for zoom in zooms)}.")
    repeated = tiles.duplicated(["x", "y"]).to_numpy()
    if repeated.any():
        x, y = tiles[["x", "y"]].to_numpy()[repeated.argmax()]
        raise ValueError(f"Tile x={x}, y={y} comes more than once.")

    zoom, first_x, first_y = int(zooms[0]), int(tiles["x"].min()), int(tiles["y"].min())
    columns, rows = int(tiles["x"].max()) - first_x + 1, int(tiles["y"].max()) - first_y + 1
    west, _, _, north = tile_bounds(zoom, first_x, first_y)
    joined: np.ndarray | None = None
    side = 0
    for x, y, image in zip(tiles["x"], tiles["y"], tiles["image"], strict=True):
        try:
            pixels = decode_image(image)
        except ValueError as problem:
            raise ValueError(f"Tile {zoom}/{x}/{y}: {problem}") from problem
        if joined is None:
            side = pixels.shape[1]
            joined = np.full((3, rows * side, columns * side), np.nan, dtype=np.float32)
        if pixels.shape != (3, side, side):
            raise ValueError(f"Tile {zoom}/{x}/{y} has {pixels.shape[1:]} pixels, the first one {side} by {side}.")
        top, left = (int(y) - first_y) * side, (int(x) - first_x) * side
        joined[:, top : top + side, left : left + side] = pixels
    assert joined is not None
    size = pixel_size(zoom, side)
    return Raster(joined, from_origin(west, north, size, size))
