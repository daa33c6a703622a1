"""Still pictures of sharing plans: the price of fairness, and coverage of sites beside stock. Computes no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes
from socialai_assets.publishing.point_maps import colour_bar, degree_axes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_PRICE_COLOUR, _COVERAGE_COLOUR = "#0072b2", "#d55e00"


def fairness_curve_png(
    curve: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    level: str = "Demand met at the place that has least, % of what it could have",
    reached: str = "People reached",
    synthetic: bool = False,
    width: float = 7.0,
    dpi: int = 150,
) -> bytes:
    """What each guaranteed coverage costs: people reached against the coverage of the place that has least.

    Args:
        curve: least_coverage (share), people_reached, price_of_fairness (share), one row a point.
        title: heading of the picture.
        source_note: what the plan rests on.
        licence_note: under what licence the picture may be used.
        level: what the coverage is, under the axis.
        reached: who is reached, beside the axis.
        synthetic: draw the banner that says the data are made up.
        width: inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: there is no point.
    """
    points = curve.dropna(subset=["least_coverage", "people_reached"]).sort_values("least_coverage")
    if points.empty:
        raise ContractError("The curve has no point", do="Plan first; without sites or stock there is no curve.")
    height = 0.6 * width
    frame = PictureFrame(
        width, height, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    axes = frame.axes(0.85, 0.1, width - 1.05, height - 0.75)
    covered = 100 * points["least_coverage"]
    axes.plot(covered, points["people_reached"], color=_PRICE_COLOUR, marker="o", linewidth=1.8)
    for x, y, price in zip(covered, points["people_reached"], points["price_of_fairness"], strict=True):
        axes.annotate(
            f"{price:.2%}", (x, y), textcoords="offset points", xytext=(6, 6), fontsize=9, color=INK, parse_math=False
        )
    axes.margins(x=0.12, y=0.25)
    axes.set_xlabel(level, color=INK, parse_math=False)
    axes.set_ylabel(f"{reached} (figures: price of fairness)", color=INK, parse_math=False)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    _quiet(axes)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def coverage_and_stock_map_png(
    sites: pd.DataFrame,
    depots: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    size: float = 7.0,
    dpi: int = 150,
) -> bytes:
    """Sites by the share of their demand that is met, depots by the weeks their stock lasts.

    Args:
        sites: latitude, longitude (EPSG:4326), coverage (share, missing where nothing is demanded), people.
        depots: latitude, longitude, name, weeks_of_stock (missing where unknown).
        outlines: borders to draw below, any CRS.
        title: heading of the picture.
        source_note: what the plan rests on.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        size: side of the map, inches.
        dpi: dots per inch.

    Returns:
        The PNG file.

    Raises:
        ContractError: there is no site.
    """
    if sites.empty:
        raise ContractError("There is no site to draw", do="Land `aid.sites`, or let the sample make some.")
    unknown = int(sites["coverage"].isna().sum())
    note = f"{unknown:,} sites without demand are hollow." if unknown else None
    frame = PictureFrame(
        size + 1.2, size, title=title, notes=picture_notes(source_note, licence_note, note), synthetic=synthetic
    )
    axes = degree_axes(
        frame, size, np.vstack([table[["longitude", "latitude"]].to_numpy(float) for table in (sites, depots)])
    )
    middle = sum(axes.get_xlim()) / 2
    if outlines is not None and len(outlines):
        outlines.to_crs("EPSG:4326").boundary.plot(ax=axes, color="#c8c8c8", linewidth=0.5, aspect=None)
    area = 12 + 60 * np.sqrt(sites["people"] / max(float(sites["people"].max()), 1.0))
    known = sites["coverage"].notna()
    drawn = axes.scatter(
        sites.loc[known, "longitude"],
        sites.loc[known, "latitude"],
        s=area[known],
        c=100 * sites.loc[known, "coverage"],
        cmap="viridis",
        vmin=0,
        vmax=100,
        edgecolors="white",
        linewidths=0.4,
        zorder=3,
    )
    axes.scatter(
        sites.loc[~known, "longitude"],
        sites.loc[~known, "latitude"],
        s=area[~known],
        facecolors="none",
        edgecolors=QUIET_INK,
        linewidths=0.6,
        zorder=2,
    )
    axes.scatter(depots["longitude"], depots["latitude"], marker="s", s=70, color=_COVERAGE_COLOUR, zorder=4)
    for row in depots.itertuples():
        weeks = row.weeks_of_stock
        text = f"{row.name}\n{weeks:.1f} weeks of stock" if np.isfinite(weeks) else f"{row.name}"
        axes.annotate(
            text,
            (row.longitude, row.latitude),  # pyright: ignore[reportArgumentType]
            textcoords="offset points",
            # Towards the middle, where there is room.
            xytext=(7, 7) if row.longitude <= middle else (-7, 7),  # pyright: ignore[reportOperatorIssue]
            ha="left" if row.longitude <= middle else "right",  # pyright: ignore[reportOperatorIssue]
            fontsize=8,
            color=INK,
            zorder=5,
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )
    colour_bar(frame, size, drawn, "Demand expected to be met, %")
    _quiet(axes)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def _quiet(axes) -> None:
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET_INK)
