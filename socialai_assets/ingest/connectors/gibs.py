"""NASA GIBS: satellite pictures as map tiles by WMTS (https://nasa-gibs.github.io/gibs-api-docs/)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import Field

from resources.errors import SettingsError
from socialai_assets.ingest.connectors.download import Fetched, Remote, download_all
from socialai_assets.ingest.connectors.parameters import ConnectorParameters
from socialai_assets.ingest.connectors.web import Web

MOST_TILES = 20_000
# Web Mercator ends where the map is square.
POLE = 85.0511287798066


class Parameters(ConnectorParameters):
    """One layer, one zoom level, one rectangle."""

    layer: str = Field(pattern=r"^\w+$", description="Layer's identifier, such as VIIRS_Black_Marble.")
    time: str = Field(pattern=r"^[\w:-]+$", description="Date of the picture, YYYY-MM-DD, or `default`.")
    zoom: int = Field(ge=0, le=12, description="Zoom level; 8 is 611 m a pixel at the equator.")
    matrix: int = Field(ge=0, le=12, description="Deepest level of the layer, as in GoogleMapsCompatible_Level8.")
    suffix: Literal["jpeg", "jpg", "png"] = Field(description="Format the layer is served in.")
    west: float = Field(ge=-180, le=180, description="Western edge, degrees.")
    south: float = Field(ge=-90, le=90, description="Southern edge, degrees.")
    east: float = Field(ge=-180, le=180, description="Eastern edge, degrees.")
    north: float = Field(ge=-90, le=90, description="Northern edge, degrees.")
    api: str = Field("https://gibs.earthdata.nasa.gov/wmts/epsg3857/best", description="Where the tiles are.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The tile server."""
    from urllib.parse import urlsplit

    return ((urlsplit(parameters.api).hostname or "").lower(),)


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """Download every tile that touches the rectangle, as `{z}/{x}/{y}.<suffix>`."""
    return download_all(web, remotes(parameters), folder)


def remotes(parameters: Parameters) -> list[Remote]:
    """The tiles of a rectangle in the XYZ scheme (EPSG:3857, row 0 in the north).

    Raises:
        SettingsError: the rectangle is upside down, crosses the date line, or has too many tiles.
    """
    where = "connector `gibs`"
    if parameters.west >= parameters.east or parameters.south >= parameters.north:
        raise SettingsError(
            "The rectangle is empty", where=where, do="west < east and south < north; fetch both sides of 180° apart."
        )
    if parameters.zoom > parameters.matrix:
        raise SettingsError(f"The layer ends at zoom {parameters.matrix}", where=where, do="Ask for a lower `zoom`.")
    left, top = _tile(parameters.west, parameters.north, parameters.zoom)
    right, bottom = _tile(parameters.east, parameters.south, parameters.zoom)
    number = (right - left + 1) * (bottom - top + 1)
    if number > MOST_TILES:
        raise SettingsError(
            f"That is {number:,} tiles, more than {MOST_TILES:,}", where=where, do="Ask for less, or a lower `zoom`."
        )
    matrix = f"GoogleMapsCompatible_Level{parameters.matrix}"
    base = f"{parameters.api}/{parameters.layer}/default/{parameters.time}/{matrix}/{parameters.zoom}"
    return [
        Remote(f"{base}/{y}/{x}.{parameters.suffix}", f"{parameters.zoom}/{x}/{y}.{parameters.suffix}")
        for x in range(left, right + 1)
        for y in range(top, bottom + 1)
    ]


def _tile(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    side = 2**zoom
    sine = math.sin(math.radians(min(max(latitude, -POLE), POLE)))
    column = (longitude + 180.0) / 360.0 * side
    row = (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side
    return min(max(int(column), 0), side - 1), min(max(int(row), 0), side - 1)
