"""Still pictures of relief plans: roads and who is short on a map, shortage by camp and week. Computes no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, PictureFrame, picture_notes
from socialai_assets.publishing.point_maps import colour_bar, degree_axes

if TYPE_CHECKING:
    import pandas as pd

_OPEN, _CLOSED, _DEPOT = "#9a9a9a", "#c1121f", "#0072b2"
MOST_CAMPS_NAMED = 40


def supply_map_png(
    camps: pd.DataFrame,
    depots: pd.DataFrame,
    roads: pd.DataFrame,
    flows: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    size: float = 7.5,
    dpi: int = 150,
) -> bytes:
    """Camps by the share of their needs that is met, depots, roads open and closed, and what goes from where to whom.

    Args:
        camps: latitude, longitude (EPSG:4326), name, people, coverage (share; missing where nothing is needed).
        depots: latitude, longitude, name.
        roads: from_latitude, from_longitude, to_latitude, to_longitude, is_closed.
        flows: the same four, and tonnes sent.
        title: heading of the picture.
        source_note: what the plan rests on.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        size: side of the map, inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: there is no camp.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    if camps.empty:
        raise ContractError("There is no camp to draw", do="Land `refugees.camps`, or let the sample make some.")
    frame = PictureFrame(
        size + 1.2, size, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    ends = ["from_longitude", "from_latitude", "to_longitude", "to_latitude"]
    places = roads[ends].to_numpy(float).reshape(-1, 2)
    points = np.vstack([camps[["longitude", "latitude"]], depots[["longitude", "latitude"]], places])
    axes = degree_axes(frame, size, points)

    def lines(table: pd.DataFrame) -> np.ndarray:
        return table[ends].to_numpy(float).reshape(-1, 2, 2)

    closed = roads["is_closed"].to_numpy(bool)
    axes.add_collection(LineCollection(list(lines(roads[~closed])), colors=_OPEN, linewidths=0.9, zorder=1))
    axes.add_collection(
        LineCollection(list(lines(roads[closed])), colors=_CLOSED, linewidths=1.4, linestyles="--", zorder=2)
    )
    if len(flows):
        width = 0.6 + 4 * np.sqrt(flows["tonnes"] / max(float(flows["tonnes"].max()), 1e-9))
        axes.add_collection(
            LineCollection(list(lines(flows)), colors=_DEPOT, linewidths=width.to_numpy(), alpha=0.35, zorder=3)
        )
    area = 25 + 160 * np.sqrt(camps["people"] / max(float(camps["people"].max()), 1.0))
    drawn = axes.scatter(
        camps["longitude"], camps["latitude"], s=area, c=100 * camps["coverage"].fillna(0), cmap="viridis",
        vmin=0, vmax=100, edgecolors="white", linewidths=0.6, zorder=4,
    )  # fmt: skip
    axes.scatter(depots["longitude"], depots["latitude"], marker="s", s=70, color=_DEPOT, edgecolors="white", zorder=5)
    for row in camps.nlargest(MOST_CAMPS_NAMED, "people").itertuples():
        axes.annotate(
            str(row.name), (row.longitude, row.latitude),  # pyright: ignore[reportArgumentType]
            textcoords="offset points", xytext=(6, 5), fontsize=7, color=INK, zorder=6, parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.6},
        )  # fmt: skip
    axes.legend(
        handles=[
            Line2D([], [], color=_OPEN, label="road, open"),
            Line2D([], [], color=_CLOSED, linestyle="--", label="road, closed in the first week"),
            Line2D([], [], color=_DEPOT, alpha=0.4, linewidth=3, label="sent in the plan, by weight"),
            Line2D([], [], color=_DEPOT, marker="s", linestyle="", label="depot"),
        ],
        loc="lower left",
        fontsize=7,
        framealpha=0.85,
    )
    colour_bar(frame, size, drawn, "Needs expected to be met, %")
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def shortage_heat_map_png(
    shortage: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    width: float = 7.0,
    dpi: int = 150,
) -> bytes:
    """Share of the needs of each camp and week that is not met, all items alike.

    Args:
        shortage: camps (by name) by weeks (as text), shares from 0 to 1; missing where nothing is needed.
        title: heading of the picture.
        source_note: what the plan rests on.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        width: inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: there is no camp.
    """
    if shortage.empty:
        raise ContractError("There is no shortage to draw", do="Plan first; without depots there is no plan.")
    height = 0.9 + 0.26 * len(shortage)
    frame = PictureFrame(
        width, height, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    axes = frame.axes(2.0, 0.1, width - 3.1, height - 0.75)
    values = 100 * shortage.to_numpy(float)
    drawn = axes.imshow(values, aspect="auto", cmap="YlOrRd", vmin=0, vmax=100)
    for row, column in np.argwhere(np.isfinite(values)).tolist():
        value = values[row, column]
        axes.text(
            column, row, f"{value:.0f}", ha="center", va="center", fontsize=8, color="white" if value > 60 else INK
        )
    axes.set_xticks(range(len(shortage.columns)), list(shortage.columns), fontsize=8)
    axes.set_yticks(range(len(shortage)), list(shortage.index), fontsize=8, parse_math=False)
    axes.set_xlabel("Week beginning on", color=INK)
    bar = frame.figure.colorbar(drawn, cax=frame.axes(width - 0.85, 0.1, 0.16, height - 0.75))
    bar.set_label("Needs not met, %", color=INK)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
