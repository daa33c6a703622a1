"""Pages with a Leaflet map that open without a network: their template, policy, script and packed lines. Draws none.

Leaflet, styles, script and data are written into the page; its own security policy forbids it to load
anything. There is no background map: tiles would need a server.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.publishing.cartography import NO_DATA_COLOUR, NO_DATA_HATCH_COLOUR
from socialai_assets.publishing.figures import SYNTHETIC_BANNER

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

# Five decimals of a degree are about a metre.
STEPS_PER_DEGREE = 100_000

# What every page says.
PAGE_SPANISH = {
    "Show": "Mostrar",
    "Source:": "Fuente:",
    "Licence:": "Licencia:",
    "Drawn with Leaflet 1.9.4": "Dibujado con Leaflet 1.9.4",
    SYNTHETIC_BANNER: "DATOS SINTÉTICOS \N{EM DASH} generados para hacer pruebas, no son cifras reales",
}


def packed_line(line: BaseGeometry) -> list[int]:
    """A line as whole steps from point to point, x and y in turn: a third of GeoJSON's size."""
    import shapely

    points = np.rint(shapely.get_coordinates(line) * STEPS_PER_DEGREE).astype(int)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=int))
    moves = steps[1:]
    return [*steps[0].tolist(), *moves[moves.any(axis=1)].ravel().tolist()]


def packed_polygons(shape: BaseGeometry) -> list[list[list[int]]]:
    """The polygons of a shape, of each its rings as packed lines."""
    import shapely

    return [[packed_line(ring) for ring in shapely.get_rings(part)] for part in shapely.get_parts(shape)]


def packed_outlines(
    outlines: gpd.GeoDataFrame | None, within: tuple[float, float, float, float] | None = None
) -> list[list[int]]:
    """The borders of areas, each once, as packed lines.

    Args:
        outlines: areas in any CRS.
        within: west, south, east, north in degrees; what lies outside is cut off.
    """
    if outlines is None:
        return []
    import shapely

    shapes = outlines.geometry.to_crs(4326)
    if within is not None:
        shapes = shapes[shapes.intersects(shapely.box(*within))]
    # A border between two neighbours is drawn once.
    borders = shapely.line_merge(shapely.union_all(shapes.boundary.to_numpy()))
    if within is not None:
        borders = shapely.clip_by_rect(borders, *within)
    return [packed_line(line) for line in shapely.get_parts(borders) if line.geom_type == "LineString"]


def leaflet_page(
    name: str, title: str, data: Mapping[str, object], synthetic: bool, *, styles: str = "", header: str = ""
) -> str:
    """The page as HTML, to be written as UTF-8.

    Args:
        name: of the files of `static` with what the page shows (`.html`) and the script that draws it (`.js`); its
            frame and what all scripts share are in `page.html` and `page.js`.
        data: what the script reads, without NaN; all its text is shown as text, never as markup.
        styles: file of `static` with styles besides `map.css`, if there is one.
        header: file of `static` with what stands beside the title, if there is anything.
    """
    static = files("socialai_assets.publishing") / "static"
    leaflet = static / "leaflet"
    # Only the source map's address is dropped: a browser's developer tools would go looking for it.
    leaflet_script = leaflet.joinpath("leaflet.js").read_text("utf-8").rpartition("//# sourceMappingURL=")[0]
    page_script, map_script = (static.joinpath(file).read_text("utf-8") for file in ("page.js", f"{name}.js"))
    banner = f'<p class="banner" role="note" data-say>{html.escape(SYNTHETIC_BANNER)}</p>' if synthetic else ""
    # `<` could end the script element that holds the data.
    packed = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    own_styles, beside = (static.joinpath(file).read_text("utf-8") if file else "" for file in (styles, header))
    content = Template(static.joinpath(f"{name}.html").read_text("utf-8")).substitute(
        no_data_colour=NO_DATA_COLOUR, no_data_hatch_colour=NO_DATA_HATCH_COLOUR
    )
    return Template(static.joinpath("page.html").read_text("utf-8")).substitute(
        title=html.escape(title),
        script_hashes=" ".join(_script_hash(text) for text in (leaflet_script, page_script, map_script)),
        leaflet_css=leaflet.joinpath("leaflet.css").read_text("utf-8"),
        map_css=static.joinpath("map.css").read_text("utf-8") + own_styles,
        banner=banner,
        header=beside,
        content=content,
        data=packed,
        leaflet_js=leaflet_script,
        page_js=page_script,
        map_js=map_script,
    )


def _script_hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
