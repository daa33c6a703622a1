"""The ground of a still map of points: axes in degrees around them, and the bar of their colours. Draws no point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable


def degree_axes(frame: PictureFrame, size: float, points: np.ndarray) -> Axes:
    """Axes of a map as wide as its points with some room around, a degree of each kind as long as it is there.

    Args:
        frame: a frame `size + 1.2` inches wide and `size` high; the room on the right is for `colour_bar`.
        size: side of the map, inches.
        points: longitude and latitude, EPSG:4326, of all that is to be seen.
    """
    axes = frame.axes(0.55, 0.1, size - 0.75, size - 0.6)
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    room = 0.06 * max(east - west, north - south, 0.05)
    axes.set_xlim(west - room, east + room)
    axes.set_ylim(south - room, north + room)
    axes.set_aspect(1 / max(np.cos(np.radians((south + north) / 2)), 0.1))
    axes.set_xlabel("Longitude", color=INK)
    axes.set_ylabel("Latitude", color=INK)
    axes.tick_params(colors=QUIET_INK)
    return axes


def colour_bar(frame: PictureFrame, size: float, drawn: ScalarMappable, label: str) -> None:
    """The bar beside a map of `degree_axes` that says what its colours mean."""
    bar = frame.figure.colorbar(drawn, cax=frame.axes(size, 0.6, 0.18, size - 1.6))
    bar.set_label(label, color=INK)
