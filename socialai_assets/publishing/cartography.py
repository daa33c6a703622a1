"""What every map settles before it is drawn: which areas have a shape, value classes, colours, legend labels.

No drawing belongs here; the still picture is in `choropleth`, the web page in `webmap`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from resources.errors import ContractError, SocialAIError

if TYPE_CHECKING:
    import geopandas as gpd

ColourMap = Literal["viridis_r", "cividis_r", "plasma_r", "magma_r", "viridis", "cividis", "plasma", "magma"]
Classes = Literal["quantile", "equal"] | Sequence[float]

NO_DATA_COLOUR = "#e3e3e3"
NO_DATA_HATCH_COLOUR = "#8f8f8f"


@dataclass(frozen=True)
class ValueClasses:
    """Classes of a mapped value: `len(colours) + 1` ascending edges, the last class closed on both sides.

    Both are empty when there was no value to classify. Classes that mean something of their own have names.
    """

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    names: tuple[str, ...] = ()

    def of(self, values: pd.Series) -> np.ndarray:
        """Class of each value, 0 for the lowest; -1 where the value is missing or not finite."""
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(numbers)
        if not self.colours:
            return np.full(len(numbers), -1)
        inside = np.searchsorted(self.edges[1:-1], np.where(known, numbers, 0.0), side="right")
        return np.where(known, inside, -1)

    def labels(self, unit: str = "") -> list[str]:
        """Legend text of each class: its name, or its edges written with just the decimals they need."""
        if self.names:
            return list(self.names)
        decimals = next((d for d in range(7) if all(math.isclose(e, round(e, d)) for e in self.edges)), 7)
        if len(set(self.edges)) == 1 and self.edges[0]:
            # One value is no edge, so it need not be exact.
            decimals = min(decimals, max(0, 2 - math.floor(math.log10(abs(self.edges[0])))))
        text = [f"{edge:,.{decimals}f}".replace("-", "\N{MINUS SIGN}") for edge in self.edges]
        suffix = f" {unit}" if unit else ""
        if len(set(text)) == 1:
            return [f"{text[0]}{suffix}"] * len(self.colours)
        return [f"{low} \N{EN DASH} {high}{suffix}" for low, high in itertools.pairwise(text)]


def value_classes(
    values: pd.Series,
    *,
    classes: Classes = "quantile",
    class_count: int = 5,
    colour_map: ColourMap = "viridis_r",
    class_names: Mapping[str, str] | None = None,
) -> ValueClasses:
    """Sort values into classes and give each class a colour that colour-blind readers can tell apart.

    Quantile and equal-interval edges are rounded to about a hundredth of the range, so that the legend states
    the very edges used. Given edges are widened to the data's minimum and maximum, so that no value lies
    outside the legend.

    Args:
        values: the mapped values; missing and infinite ones are left out.
        classes: `quantile` (as many areas in each), `equal` (equal intervals), or ascending edges.
        class_count: classes wanted; fewer come out where values repeat. Not used with given edges.
        colour_map: perceptually uniform matplotlib colour map; `_r` draws high values dark.
        class_names: name and colour of each class, in the order of the given edges, in place of figures and map.

    Raises:
        SocialAIError: unknown class scheme or colour map, edges that do not ascend, or names that are not as many.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if colour_map not in get_args(ColourMap):
        raise SocialAIError(
            f"Colour map {colour_map!r} is not one that colour-blind readers can use",
            do=f"Take one of {', '.join(get_args(ColourMap))}.",
        )
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return ValueClasses((), ())
    edges = _edges(numbers, classes, class_count)
    count = len(edges) - 1
    if class_names is not None:
        if len(class_names) != count:
            raise SocialAIError(
                f"{len(class_names)} names do not fit {count} classes", do="Name each class between the given edges."
            )
        return ValueClasses(tuple(edges), tuple(class_names.values()), tuple(class_names))
    # The palest and darkest ends are cut: the first vanishes on white, the second hides the borders.
    positions = np.linspace(0.06, 0.94, count) if count > 1 else np.array([0.5])
    colours = tuple(to_hex(colour) for colour in colormaps[colour_map](positions))
    return ValueClasses(tuple(edges), colours)


def _edges(numbers: np.ndarray, classes: Classes, class_count: int) -> list[float]:
    low, high = float(numbers.min()), float(numbers.max())
    if isinstance(classes, str):
        if classes not in ("quantile", "equal"):
            raise SocialAIError(
                f"Class scheme {classes!r} is unknown", do="Take 'quantile', 'equal', or give the edges."
            )
        if class_count < 1:
            raise SocialAIError(f"{class_count} classes cannot be drawn", do="Ask for at least one class.")
        if low == high:
            return [low, high]
        shares = np.linspace(0, 1, class_count + 1)
        raw = np.quantile(numbers, shares) if classes == "quantile" else low + shares * (high - low)
        start, end, decimals = _rounded_outwards(low, high)
        candidates = [start, *np.round(raw[1:-1], decimals), end]
    else:
        candidates = [float(edge) for edge in classes]
        if len(candidates) < 2 or any(a >= b for a, b in itertools.pairwise(candidates)):
            raise SocialAIError(
                f"Class edges {candidates} do not ascend", do="Give at least two edges in ascending order."
            )
        start, end, _ = _rounded_outwards(min(low, candidates[0]), max(high, candidates[-1]))
        candidates[0] = start if low < candidates[0] else candidates[0]
        candidates[-1] = end if high > candidates[-1] else candidates[-1]
    return sorted({float(edge) for edge in candidates})


def _rounded_outwards(low: float, high: float) -> tuple[float, float, int]:
    """A range widened to multiples of about its hundredth, and the decimals that takes."""
    decimals = 1 - math.floor(math.log10(high - low))
    step = 10.0**-decimals
    return (
        round(math.floor(low / step) * step, decimals),
        round(math.ceil(high / step) * step, decimals),
        decimals,
    )


def drawable_areas(
    areas: gpd.GeoDataFrame, columns: Sequence[str], *, points: bool = False
) -> tuple[dict[str, pd.Series], gpd.GeoSeries, str | None]:
    """Areas that have a shape, in longitude and latitude, and a note on those that have none.

    Args:
        areas: polygons in any CRS, one row an area.
        columns: the columns the map needs.
        points: whether points can be drawn too.

    Returns:
        Of the areas that have a shape: the columns asked for and the shapes (EPSG:4326), in one order; and a
        sentence counting areas left out for want of a boundary, or None.

    Raises:
        ContractError: no CRS, a column missing, a geometry that is no polygon, or nothing to draw.
    """
    missing = [column for column in columns if column not in areas.columns]
    if missing:
        raise ContractError(
            f"The map needs columns that its areas lack: {', '.join(missing)}",
            where=f"columns {', '.join(map(str, areas.columns))}",
            do="Join them to the areas, or name columns that exist.",
        )
    if areas.crs is None:
        raise ContractError(
            "The areas have no coordinate reference system",
            do="Set it where the shapes are read, for instance `set_crs(4326)`.",
        )
    shaped = areas[areas.geometry.notna() & ~areas.geometry.is_empty]
    if shaped.empty:
        raise ContractError("No area has a geometry, so there is nothing to draw", do="Check the join.")
    wrong = sorted(set(shaped.geom_type) - {"Polygon", "MultiPolygon", *(["Point"] if points else [])})
    if wrong:
        raise ContractError(f"Areas must be polygons, not {', '.join(wrong)}", do="Map points and lines another way.")
    left_out = len(areas) - len(shaped)
    note = f"{left_out:,} of {len(areas):,} areas have no boundary and are not drawn." if left_out else None
    shaped = shaped.reset_index(drop=True)
    return {column: pd.Series(shaped[column]) for column in columns}, shaped.geometry.to_crs(4326), note


def department_borders(areas: pd.DataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Borders of the widest areas, from the shapes of the smallest; None where no area has a shape.

    Args:
        areas: `area_id`, `admin1_id`.
        shapes: `area_id`, `geometry_web` (simplified), EPSG:4326.

    Returns:
        `admin1_id`, `geometry`.
    """
    import geopandas as gpd
    import shapely

    if shapes.empty:
        return None
    drawn = gpd.GeoDataFrame(shapes[["area_id"]], geometry=shapes["geometry_web"].to_numpy(), crs=shapes.crs)
    drawn["admin1_id"] = drawn["area_id"].map(areas.set_index("area_id")["admin1_id"])
    # Simplified neighbours leave slivers between them, which a little width closes.
    drawn["geometry"] = shapely.buffer(drawn.geometry.to_numpy(), 0.005)
    merged = drawn.dissolve("admin1_id", as_index=False)[["admin1_id", "geometry"]]
    return merged.assign(geometry=shapely.buffer(merged.geometry.to_numpy(), -0.005))
