"""Still choropleth maps as PNG, with legend, scale bar, north arrow, source and licence. No web map here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.publishing.cartography import (
    NO_DATA_COLOUR,
    NO_DATA_HATCH_COLOUR,
    Classes,
    ColourMap,
    ValueClasses,
    drawable_areas,
    value_classes,
)
from socialai_assets.publishing.figures import INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from shapely.geometry.base import BaseGeometry

_PANEL_HEADING = 0.3
_SCALE_STRIP = 0.6
_LEGEND_ROW = 0.24
_LEGEND_SWATCH_WIDTH = 0.6
_LEGEND_CHARACTER_WIDTH = 0.08
_GAP = 0.3
_MINIMUM_PANEL_WIDTH = 4.2
_NO_DATA = "No data"


@dataclass(frozen=True)
class _Panel:
    heading: str
    values: pd.Series
    classes: ValueClasses
    labels: list[str]


def choropleth_png(
    areas: gpd.GeoDataFrame,
    value: str,
    *,
    title: str,
    legend: str,
    source_note: str,
    licence_note: str,
    unit: str = "",
    classes: Classes = "quantile",
    class_count: int = 5,
    class_names: Mapping[str, str] | None = None,
    colour_map: ColourMap = "viridis_r",
    interval: tuple[str, str] | None = None,
    interval_legend: str = "Width of the 90 % interval",
    interval_unit: str | None = None,
    further_panels: Mapping[str, tuple[str, str]] | None = None,
    outlines: gpd.GeoDataFrame | None = None,
    synthetic: bool = False,
    map_size: float = 7.0,
    dpi: int = 150,
) -> bytes:
    """Map of one value by area, beside it (when asked) how wide its interval is.

    The map is drawn in a Lambert azimuthal equal-area projection centred on the areas, so that a large area
    is large because it is large. Areas without a value are grey and hatched; areas without a boundary are
    counted below the map.

    Args:
        areas: polygons in any CRS, one row an area; or points, drawn as dots of one size, the highest values on top.
        value: column to map.
        title: heading of the picture.
        legend: what the value is, above its legend.
        source_note: who published or estimated the figures.
        licence_note: under what licence the picture may be used.
        unit: written after the legend's figures, for instance `%`.
        classes: `quantile`, `equal`, or ascending class edges.
        class_count: classes wanted, where edges are not given.
        class_names: name and colour of each class between given edges.
        colour_map: colour-blind safe colour map of the value.
        interval: columns of the interval's lower and upper end; adds a second panel with its width.
        interval_legend: what that width is.
        interval_unit: unit of the width where it is not the value's own, for instance `points` beside `%`.
        further_panels: column to heading and unit of figures of another kind, each in a panel of its own.
        outlines: borders drawn on top, for instance those of departments; any CRS. Points are drawn on top of them.
        synthetic: draw the banner that says the data are made up.
        map_size: longest side of the map, inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: the areas cannot be drawn: no CRS, a column missing, no polygon.
        SocialAIError: unknown class scheme or colour map.
    """
    further_panels = further_panels or {}
    columns, shapes, left_out = drawable_areas(areas, [value, *(interval or ()), *further_panels], points=True)
    values = columns[value]
    mapped = value_classes(
        values, classes=classes, class_count=class_count, colour_map=colour_map, class_names=class_names
    )
    panels = [_Panel(legend, values, mapped, mapped.labels(unit))]
    if interval:
        width_values = columns[interval[1]] - columns[interval[0]]
        # Another colour family: wide and poor must not look alike.
        width_classes = value_classes(width_values, class_count=class_count, colour_map="cividis_r")
        labels = width_classes.labels(unit if interval_unit is None else interval_unit)
        panels.append(_Panel(interval_legend, width_values, width_classes, labels))
    for column, (heading, its_unit) in further_panels.items():
        own = value_classes(columns[column], class_count=class_count, colour_map="cividis_r")
        panels.append(_Panel(heading, columns[column], own, own.labels(its_unit)))

    projection = _equal_area_projection(shapes)
    polygons = shapes.to_crs(projection)
    borders = outlines.geometry.to_crs(projection).boundary if outlines is not None else None
    bounds = polygons.total_bounds if borders is None else _bounds_of(polygons, borders)
    extent_width, extent_height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    inches_per_metre = map_size / max(extent_width, extent_height)
    panel_width = max(extent_width * inches_per_metre, _MINIMUM_PANEL_WIDTH)
    map_height = extent_height * inches_per_metre
    longest = max(len(label) for panel in panels for label in (*panel.labels, _NO_DATA))
    entry_width = _LEGEND_SWATCH_WIDTH + longest * _LEGEND_CHARACTER_WIDTH
    legend_columns = max(1, int(panel_width // entry_width))
    legend_rows = max(math.ceil((len(panel.labels) + 1) / legend_columns) for panel in panels)
    legend_height = legend_rows * _LEGEND_ROW

    frame = PictureFrame(
        len(panels) * panel_width + (len(panels) - 1) * _GAP,
        _PANEL_HEADING + legend_height + map_height + _SCALE_STRIP,
        title=title,
        notes=picture_notes(source_note, licence_note, left_out),
        synthetic=synthetic,
    )
    are_points = bool(polygons.geom_type.eq("Point").any())
    paths = [] if are_points else [_path(polygon) for polygon in polygons]
    for number, panel in enumerate(panels):
        left = number * (panel_width + _GAP)
        key = frame.axes(left, 0, panel_width, _PANEL_HEADING + legend_height)
        _draw_legend(key, panel, legend_columns)
        axes = frame.axes(left, _PANEL_HEADING + legend_height, panel_width, map_height + _SCALE_STRIP)
        if are_points:
            _draw_points(axes, polygons, panel, borders)
        else:
            _draw_areas(axes, paths, panel, borders)
        centre = (bounds[0] + bounds[2]) / 2
        axes.set_xlim(centre - panel_width / inches_per_metre / 2, centre + panel_width / inches_per_metre / 2)
        axes.set_ylim(bounds[1] - _SCALE_STRIP / inches_per_metre, bounds[3])
        axes.set_axis_off()
        _draw_scale_and_north(axes, inches_per_metre)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def _equal_area_projection(shapes: gpd.GeoSeries) -> str:
    west, south, east, north = shapes.total_bounds
    return f"+proj=laea +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +datum=WGS84 +units=m"


def _path(polygon: BaseGeometry) -> Path:
    import shapely
    from matplotlib.path import Path

    # Holes are left open only where they wind the other way than the shell.
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(polygon)))
    return Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in rings))


def _bounds_of(first: gpd.GeoSeries, second: gpd.GeoSeries) -> np.ndarray:
    low, high = np.minimum(first.total_bounds, second.total_bounds), np.maximum(first.total_bounds, second.total_bounds)
    return np.concatenate([low[:2], high[2:]])


def _draw_points(axes: Axes, points: gpd.GeoSeries, panel: _Panel, borders: gpd.GeoSeries | None) -> None:
    _draw_borders(axes, borders)
    number = panel.classes.of(panel.values)
    # Those without a value first, then the highest last, which matters most.
    order = np.argsort(number, kind="stable")
    colours = np.array([*panel.classes.colours, NO_DATA_COLOUR], dtype=object)
    axes.scatter(
        points.x.to_numpy()[order],
        points.y.to_numpy()[order],
        s=5 if len(points) > 1000 else 14,
        c=list(colours[number[order]]),
        edgecolors=INK,
        linewidths=0.1 if len(points) > 1000 else 0.3,
        zorder=3,
    )


def _draw_borders(axes: Axes, borders: gpd.GeoSeries | None) -> None:
    import shapely
    from matplotlib.collections import LineCollection

    if borders is not None:
        lines = [shapely.get_coordinates(line) for line in shapely.get_parts(borders.to_numpy())]
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.5, zorder=2), autolim=False)


def _draw_areas(
    axes: Axes,
    paths: list[Path],
    panel: _Panel,
    borders: gpd.GeoSeries | None,
) -> None:
    from matplotlib.collections import PathCollection

    area_classes = panel.classes.of(panel.values)
    for number in range(-1, len(panel.classes.colours)):
        chosen = [paths[row] for row in np.flatnonzero(area_classes == number)]
        if not chosen:
            continue
        no_data = number == -1
        axes.add_collection(
            PathCollection(
                chosen,
                facecolor=NO_DATA_COLOUR if no_data else panel.classes.colours[number],
                edgecolor=NO_DATA_HATCH_COLOUR if no_data else "#ffffff",
                hatch="////" if no_data else None,
                linewidth=0.12 if len(paths) > 400 else 0.4,
                hatch_linewidth=0.5,
                zorder=1,
            ),
            autolim=False,
        )
    _draw_borders(axes, borders)


def _draw_legend(axes: Axes, panel: _Panel, columns: int) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, edgecolor="#888888", linewidth=0.4, label=label)
        for colour, label in zip(panel.classes.colours, panel.labels, strict=True)
    ]
    if (panel.classes.of(panel.values) < 0).any():
        handles.append(
            Patch(
                facecolor=NO_DATA_COLOUR,
                edgecolor=NO_DATA_HATCH_COLOUR,
                hatch="////",
                hatch_linewidth=0.5,
                linewidth=0.4,
                label=_NO_DATA,
            )
        )
    axes.set_axis_off()
    axes.legend(
        handles=_row_by_row(handles, columns),
        title=panel.heading,
        title_fontproperties={"size": 10, "weight": "bold"},
        ncols=min(columns, len(handles)),
        loc="upper left",
        borderaxespad=0,
        borderpad=0,
        frameon=False,
        fontsize=9,
        handlelength=1.6,
        handleheight=1.1,
        columnspacing=1.2,
        alignment="left",
    )


def _row_by_row(handles: list, columns: int) -> list:
    # matplotlib fills a legend down its columns; people read along the rows.
    columns = min(columns, len(handles))
    return [handle for column in range(columns) for handle in handles[column::columns]]


def _draw_scale_and_north(axes: Axes, inches_per_metre: float) -> None:
    west, east = axes.get_xlim()
    south = axes.get_ylim()[0]
    inch = 1 / inches_per_metre
    length = _round_length((east - west) / 3)
    base, thickness = south + 0.2 * inch, 0.06 * inch
    for half, colour in ((0, INK), (1, "white")):
        axes.fill(
            [west + (half + corner) * length / 2 for corner in (0, 1, 1, 0)],
            [base, base, base + thickness, base + thickness],
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.7,
            zorder=3,
        )
    size, unit = (length / 1000, "km") if length >= 1000 else (length, "m")
    marks = ((0, "0", "left"), (0.5, f"{size / 2:g}", "center"), (1, f"{size:g} {unit}", "center"))
    for share, label, alignment in marks:
        axes.text(west + share * length, base - 0.04 * inch, label, fontsize=8, color=INK, ha=alignment, va="top")
    axes.annotate(
        "N",
        xy=(east - 0.15 * inch, south + 0.5 * inch),
        xytext=(east - 0.15 * inch, south + 0.1 * inch),
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2},
        ha="center",
        va="center",
        fontsize=10,
        fontweight="bold",
        color=INK,
    )


def _round_length(metres: float) -> float:
    """The largest of 1, 2, 4, 6 or 8 times a power of ten that is not longer: its half is round too."""
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in (1, 2, 4, 6, 8) if step * power <= metres)
