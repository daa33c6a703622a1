"""A still map of points of a few kinds within an area's border, as PNG. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import geopandas as gpd


def area_points_png(
    points: pd.DataFrame,
    border: gpd.GeoSeries | None,
    kinds: Mapping[str, tuple[str, str, str]],
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool,
    size: float = 5.5,
    dpi: int = 110,
) -> bytes:
    """Points by state, told apart by colour and by mark, with a scale.

    Args:
        points: `lat_deg`, `lon_deg` (EPSG:4326), `state`.
        border: outline of the area, any CRS.
        kinds: colour, matplotlib's marker and words for the legend of each state, the last drawn on top.
    """
    ends = [points["lon_deg"].min(), points["lat_deg"].min(), points["lon_deg"].max(), points["lat_deg"].max()]
    if border is not None:
        around = border.to_crs(4326).total_bounds
        ends = [*np.minimum(ends[:2], around[:2]), *np.maximum(ends[2:], around[2:])]
    middle = np.radians((ends[1] + ends[3]) / 2)
    narrowing = max(float(np.cos(middle)), 0.1)
    # As flat or as tall as the area is, within reason.
    shape = max(ends[3] - ends[1], 0.02) / (max(ends[2] - ends[0], 0.02) * narrowing)
    tall = (size - 0.2) * min(max(shape, 0.45), 1.3)
    frame = PictureFrame(
        size, tall + 0.55, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    axes = frame.axes(0.1, 0.1, size - 0.2, tall)
    if border is not None:
        border.to_crs(4326).boundary.plot(ax=axes, color="#8a8a8a", linewidth=1.0)
    for kind, (colour, mark, words) in kinds.items():
        own = points[points["state"] == kind]
        if len(own):
            axes.scatter(
                own["lon_deg"], own["lat_deg"], s=42, c=colour, marker=mark, edgecolors=INK, linewidths=0.5,
                label=f"{words} ({len(own):,})", zorder=3,
            )  # fmt: skip
    axes.margins(0.08)
    axes.set_aspect(1 / narrowing, adjustable="datalim")
    axes.set_axis_off()
    frame.figure.canvas.draw()
    west, east = axes.get_xlim()
    per_degree = 111.195 * narrowing
    kilometres = max(
        (n for n in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if n <= (east - west) * per_degree / 4), default=0.1
    )
    axes.plot([0.02, 0.02 + kilometres / per_degree / (east - west)], [0.02, 0.02], color=INK, transform=axes.transAxes)
    axes.text(0.02, 0.035, f"{kilometres:g} km", color=QUIET_INK, fontsize=8, transform=axes.transAxes)
    if len(points):
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.01), ncols=2, fontsize=8, frameon=False)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
