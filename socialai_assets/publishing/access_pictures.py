"""A still map of access to water before and after a plan, with what is repaired and built. Computes no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

# Told apart by shape as well, for any colour vision and for print.
ACTIONS = {"repair": ("^", "#d55e00", "repaired"), "build": ("s", "#cc79a7", "built")}


def access_map_png(
    places: pd.DataFrame,
    actions: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    size: float = 6.2,
    dpi: int = 150,
) -> bytes:
    """Two maps side by side: how sure each place has working water in reach, today and once the plan is carried out.

    Args:
        places: latitude, longitude (EPSG:4326), people, access_before and access_after (probabilities).
        actions: latitude, longitude, action (`repair` or `build`), those of the plan only.
        outlines: borders to draw below, any CRS.
        title: heading of the picture.
        source_note: what the plan rests on.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        size: side of each map, inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: there is no place.
    """
    if places.empty:
        raise ContractError("There is no place to draw", do="Look whether `water.repair_plan_gains` has rows.")
    west, east = float(places["longitude"].min()), float(places["longitude"].max())
    south, north = float(places["latitude"].min()), float(places["latitude"].max())
    stretch = 1 / max(np.cos(np.radians((south + north) / 2)), 0.1)
    room = 0.04 * max(east - west, north - south, 0.05)
    height = float(
        np.clip(size * (north - south + 2 * room) / (east - west + 2 * room) * stretch, 0.5 * size, 1.5 * size)
    )
    frame = PictureFrame(
        2 * size + 1.2, height + 1.0, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    drawn = None
    people = places["people"].to_numpy(float)
    # Sure places last, so that the few a plan adds are not hidden below the many it does not.
    for panel, (column, words) in enumerate((("access_before", "today"), ("access_after", "with the plan"))):
        axes = frame.axes(0.5 + panel * size, 0.3, size - 0.65, height)
        if outlines is not None and len(outlines):
            outlines.to_crs("EPSG:4326").boundary.plot(ax=axes, color="#c8c8c8", linewidth=0.4)
        order = np.argsort(places[column].to_numpy(float), kind="stable")
        rows = places.iloc[order]
        drawn = axes.scatter(
            rows["longitude"],
            rows["latitude"],
            s=(2 + 30 * np.sqrt(people / max(people.max(), 1.0)))[order],
            c=100 * rows[column],
            cmap="viridis",
            vmin=0,
            vmax=100,
            linewidths=0,
            zorder=3,
        )
        share = float(people @ places[column]) / max(float(people.sum()), 1e-9)
        axes.set_title(f"{words}: {share:.1%} of {people.sum():,.0f} people", fontsize=10, color=INK)
        axes.set_xlim(west - room, east + room)
        axes.set_ylim(south - room, north + room)
        axes.set_aspect(stretch)
        axes.set_xlabel("Longitude", color=INK)
        axes.set_ylabel("" if panel else "Latitude", color=INK)
        _quiet(axes)
        if panel:
            _draw_actions(axes, actions)
    assert drawn is not None
    bar = frame.figure.colorbar(drawn, cax=frame.axes(2 * size + 0.1, 0.3, 0.16, height))
    bar.set_label("Probability of a working system in walking distance, %", color=INK)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def _draw_actions(axes: Axes, actions: pd.DataFrame) -> None:
    for action, (marker, colour, words) in ACTIONS.items():
        own = actions[actions["action"] == action]
        if len(own):
            axes.scatter(
                own["longitude"],
                own["latitude"],
                marker=marker,
                s=16 if len(own) > 300 else 34,
                color=colour,
                edgecolors="white",
                linewidths=0.4,
                zorder=4,
                label=f"{len(own):,} {words}",
            )
    if len(actions):
        axes.legend(loc="best", fontsize=9, frameon=True, framealpha=0.85)


def _quiet(axes: Axes) -> None:
    axes.grid(color="#e6e6e6", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET_INK, labelsize=8)
