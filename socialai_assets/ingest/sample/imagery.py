"""Satellite pictures of areas by night and by day, drawn as XYZ tiles (EPSG:3857). Knows no files and no rates."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import KM_PER_DEGREE, SampleAreas, generator, natural_regions, smooth_field

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZOOM = 8
MOST_TILES = 256
TILE = 256
_PEOPLE_PER_BRIGHT_PIXEL = 500.0
_MOONLIT = (12.0, 17.0, 34.0)
_LAMPS = (243.0, 214.0, 160.0)
_SEA = (14.0, 30.0, 62.0)
_LAND = {"coast": (198.0, 178.0, 138.0), "highlands": (146.0, 126.0, 98.0), "jungle": (46.0, 88.0, 40.0)}


@dataclass(frozen=True)
class _Canvas:
    """The rectangle of tiles that covers the areas."""

    zoom: int
    first_x: int
    first_y: int
    columns: int
    rows: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows * TILE, self.columns * TILE

    def pixels(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Longitude and latitude, shape (n, 2), to column and row in pixels."""
        return (_tile_position(degrees, self.zoom) - (self.first_x, self.first_y)) * TILE


def night_tiles(areas: SampleAreas, truth: pd.DataFrame, seed: int) -> dict[tuple[int, int, int], bytes]:
    """Lights at night by (z, x, y), PNG: settlements as warm spots, brighter with people and light per head."""
    from scipy.ndimage import gaussian_filter

    random = generator(seed, "satellite_night")
    canvas = _canvas(areas)
    where, people = _settlements(random, areas)
    row = np.repeat(np.arange(len(truth)), len(where) // len(truth))
    amount = people * np.exp(0.7 * truth["light_per_head"].to_numpy()[row]) / _PEOPLE_PER_BRIGHT_PIXEL
    spots = canvas.pixels(where).astype(int)
    spots = np.clip(spots, 0, (canvas.shape[1] - 1, canvas.shape[0] - 1))
    light = np.zeros(canvas.shape, dtype=np.float32)
    # A bigger town is a wider spot.
    for least, most, width in ((0, 15_000, 0.9), (15_000, 120_000, 1.8), (120_000, np.inf, 3.5)):
        chosen = (people >= least) & (people < most)
        points = np.zeros(canvas.shape, dtype=np.float32)
        np.add.at(points, (spots[chosen, 1], spots[chosen, 0]), amount[chosen])
        light += gaussian_filter(points, width, truncate=3)
    bright = 1 - np.exp(-light)[..., None]
    picture = np.array(_MOONLIT) * (1 - bright) + np.array(_LAMPS) * bright
    return _cut(canvas, picture + random.integers(-1, 2, canvas.shape)[..., None])


def day_tiles(areas: SampleAreas, seed: int) -> dict[tuple[int, int, int], bytes]:
    """The land by day by (z, x, y), PNG: colours of the natural region, brighter with altitude, sea around."""
    from rasterio.features import rasterize
    from scipy.ndimage import gaussian_filter
    from shapely import transform

    random = generator(seed, "satellite_day")
    canvas, own = _canvas(areas), areas.smallest
    colours = np.array([_LAND[region] for region in natural_regions(own)])
    shade = 1 + 0.06 * smooth_field(random, own["latitude"].to_numpy(), own["longitude"].to_numpy(), 0.3)
    shade *= 1 + 0.2 * np.clip(own["altitude_m"].to_numpy() / 5000, 0, 1)
    shapes = transform(own["geometry"].to_numpy(dtype=object), canvas.pixels)
    area = rasterize(zip(shapes, range(1, len(own) + 1), strict=True), canvas.shape, fill=0, dtype="int32")
    flat = np.vstack([_SEA, colours * shade[:, None]]).astype(np.float32)[area]
    texture = gaussian_filter(random.normal(size=canvas.shape).astype(np.float32), 1.5) * 25 * (area > 0)
    picture = np.dstack([gaussian_filter(flat[..., band], 1.5) for band in range(3)])
    return _cut(canvas, picture + texture[..., None])


def _tile_position(degrees: NDArray[np.float64], zoom: int) -> NDArray[np.float64]:
    """Column and row of places in tiles and parts of tiles (OGC 17-083r4, WebMercatorQuad), shape (n, 2)."""
    latitude = np.radians(np.clip(degrees[:, 1], -85.0, 85.0))
    east = (degrees[:, 0] + 180) / 360
    south = (1 - np.arcsinh(np.tan(latitude)) / np.pi) / 2
    return np.column_stack([east, south]) * 2**zoom


def _canvas(areas: SampleAreas) -> _Canvas:
    """The tiles that cover the areas, at zoom 8 or, where that would be too many, the nearest zoom below."""
    from shapely import total_bounds

    west, south, east, north = total_bounds(areas.smallest["geometry"].to_numpy(dtype=object))
    corners = np.array([[west, north], [east, south]])
    for zoom in range(ZOOM, -1, -1):
        first, last = np.clip(np.floor(_tile_position(corners, zoom)).astype(int), 0, 2**zoom - 1)
        columns, rows = (last - first + 1).tolist()
        if columns * rows <= MOST_TILES:
            return _Canvas(zoom, int(first[0]), int(first[1]), columns, rows)
    raise AssertionError("zoom 0 is a single tile")


def _settlements(random: np.random.Generator, areas: SampleAreas) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lit settlements, as many in each area: longitude and latitude, shape (n, 2), and people, shape (n,).

    Half of an area's people live in its capital, the others in villages around it.
    """
    own, villages = areas.smallest, 12
    reach = np.sqrt(own["area_km2"].to_numpy() / np.pi) * 0.8 / KM_PER_DEGREE
    angle = random.uniform(0, 2 * np.pi, (len(own), villages))
    away = reach[:, None] * np.sqrt(random.uniform(0, 1, (len(own), villages)))
    share = random.dirichlet(np.full(villages, 1.0), len(own)) / 2
    # Column 0 is the capital itself.
    away, angle = np.pad(away, ((0, 0), (1, 0))), np.pad(angle, ((0, 0), (1, 0)))
    share = np.pad(share, ((0, 0), (1, 0)), constant_values=0.5)
    longitude = own["longitude"].to_numpy()[:, None] + away * np.cos(angle)
    latitude = own["latitude"].to_numpy()[:, None] + away * np.sin(angle)
    people = own["population"].to_numpy()[:, None] * share
    return np.column_stack([longitude.ravel(), latitude.ravel()]), people.ravel()


def _cut(canvas: _Canvas, picture: NDArray[np.floating]) -> dict[tuple[int, int, int], bytes]:
    """A picture, shape (height, width, 3), cut into tiles and compressed."""
    from PIL import Image

    pixels = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    tiles = {}
    for column in range(canvas.columns):
        for row in range(canvas.rows):
            tile = pixels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
            stream = BytesIO()
            Image.fromarray(tile).save(stream, "PNG", compress_level=4)
            tiles[canvas.zoom, canvas.first_x + column, canvas.first_y + row] = stream.getvalue()
    return tiles
