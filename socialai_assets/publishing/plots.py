"""Still plots that are not maps, as PNG: estimates against observations, calibration. No score is computed here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

_INSIDE_COLOUR = "#0072b2"
_OUTSIDE_COLOUR = "#d55e00"


def estimate_against_observed_png(
    observed: ArrayLike,
    estimate: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    title: str,
    quantity: str,
    source_note: str,
    licence_note: str,
    interval_name: str = "90 % interval",
    scores: Mapping[str, str] | None = None,
    synthetic: bool = False,
    size: float = 6.5,
    dpi: int = 150,
) -> bytes:
    """Scatter of estimates against observations, each with its interval, around the line of agreement.

    Points whose interval misses the observation have their own colour and marker, and are counted.

    Args:
        observed: observed values, shape (n,).
        estimate: out-of-sample estimates, shape (n,).
        lower: lower ends of the intervals, shape (n,).
        upper: upper ends of the intervals, shape (n,).
        title: heading of the picture.
        quantity: what is measured, with its unit; both axes are labelled with it.
        source_note: who published the observations.
        licence_note: under what licence the picture may be used.
        interval_name: name of the interval in the legend.
        scores: figures written into the corner, name to text, as computed by the caller.
        synthetic: draw the banner that says the data are made up.
        size: side of the square plot, inches.
        dpi: dots per inch.

    Returns:
        The PNG file. Rows with a missing figure are left out and counted below the plot.

    Raises:
        ContractError: the four arrays differ in length, or no row is complete.
    """
    columns = [np.asarray(values, dtype=float).ravel() for values in (observed, estimate, lower, upper)]
    if len({len(column) for column in columns}) != 1:
        lengths = ", ".join(str(len(column)) for column in columns)
        raise ContractError(
            f"Observed, estimate, lower and upper have different lengths: {lengths}",
            do="Take them from the same rows.",
        )
    rows = np.column_stack(columns)
    complete = rows[np.isfinite(rows).all(axis=1)]
    if not len(complete):
        raise ContractError(
            "No row has observed, estimate, lower and upper",
            do="Check the join of estimates and observations.",
        )
    left_out = len(rows) - len(complete)
    note = f"{left_out:,} of {len(rows):,} rows lack one of the figures and are not drawn." if left_out else None
    frame = PictureFrame(
        size, size, title=title, notes=picture_notes(source_note, licence_note, note), synthetic=synthetic
    )
    axes = frame.axes(0.6, 0.1, size - 0.7, size - 0.7)
    seen, guess, low, high = complete.T
    inside = (low <= seen) & (seen <= high)
    # Many intervals on top of each other must still let the points through.
    opacity = float(np.clip(120 / len(complete), 0.06, 0.6))
    for chosen, colour, marker, label in (
        (inside, _INSIDE_COLOUR, "o", f"inside its {interval_name}"),
        (~inside, _OUTSIDE_COLOUR, "^", f"outside its {interval_name}"),
    ):
        axes.vlines(seen[chosen], low[chosen], high[chosen], colors=colour, alpha=opacity, linewidth=0.8)
        share = f"{chosen.sum():,} ({chosen.mean():.0%})"
        axes.scatter(
            seen[chosen],
            guess[chosen],
            s=14,
            c=colour,
            marker=marker,
            alpha=0.75,
            linewidths=0,
            label=f"observed {label}: {share}",
            zorder=3,
        )
    start, end = complete.min(), complete.max()
    room = 0.03 * (end - start) or 1.0
    axes.set_xlim(start - room, end + room)
    axes.set_ylim(start - room, end + room)
    axes.axline((start, start), slope=1, color=INK, linewidth=1, linestyle="--", zorder=2, label="agreement")
    axes.set_xlabel(f"Observed: {quantity}", color=INK, parse_math=False)
    axes.set_ylabel(f"Estimated: {quantity}", color=INK, parse_math=False)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET_INK)
    axes.legend(loc="upper left", fontsize=8.5, framealpha=0.92, edgecolor="#cccccc")
    if scores:
        axes.text(
            0.98,
            0.03,
            "\n".join(f"{name}  {figure}" for name, figure in scores.items()),
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            fontsize=10,
            color=INK,
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "#cccccc", "alpha": 0.92},
            zorder=5,
        )
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


# Okabe and Ito's colours, told apart with any colour vision, and a marker each.
_GROUP_STYLES = (
    ("#0072b2", "o"),
    ("#d55e00", "^"),
    ("#009e73", "s"),
    ("#cc79a7", "D"),
    ("#e69f00", "v"),
    ("#56b4e9", "P"),
)


def calibration_png(
    coverage: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    size: float = 6.5,
    dpi: int = 150,
) -> bytes:
    """How far the share of observations inside intervals is from their nominal level, over all rows and by group.

    Around zero lies the band in which 95 % of well-calibrated intervals over all rows would be, by chance alone.

    Args:
        coverage: `group, nominal, covered, areas`, shares between 0 and 1; the group `all` is drawn in black.
        title: heading of the picture.
        source_note: who published the observations.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        size: side of the square plot, inches.
        dpi: dots per inch.

    Raises:
        ContractError: there is no group `all`, or more groups than there are styles.
    """
    groups = dict(iter(coverage.groupby("group", sort=False)))
    everybody = groups.pop("all", None)
    if everybody is None or len(groups) > len(_GROUP_STYLES):
        raise ContractError(
            f"A calibration plot shows all rows and at most {len(_GROUP_STYLES)} groups, not {', '.join(groups)}",
            do="Leave out small groups.",
        )
    note = "Grey band: where 95 % of well-calibrated intervals over all areas would lie by chance."
    frame = PictureFrame(
        size, size, title=title, notes=picture_notes(source_note, licence_note, note), synthetic=synthetic
    )
    axes = frame.axes(0.6, 0.1, size - 0.7, size - 0.7)
    level = np.linspace(0, 1, 201)
    chance = 196 * np.sqrt(level * (1 - level) / everybody["areas"].iloc[0])
    axes.fill_between(100 * level, -chance, chance, color="#d9d9d9", linewidth=0)
    axes.axhline(0, color=INK, linewidth=1, linestyle="--")
    for (group, rows), (colour, marker) in zip(groups.items(), _GROUP_STYLES, strict=False):
        label = f"{group} ({rows['areas'].iloc[0]:,})"
        figures = 100 * rows["nominal"], 100 * (rows["covered"] - rows["nominal"])
        axes.plot(*figures, color=colour, marker=marker, markersize=5, linewidth=1.2, alpha=0.9, label=label)
    label = f"all areas ({everybody['areas'].iloc[0]:,})"
    figures = 100 * everybody["nominal"], 100 * (everybody["covered"] - everybody["nominal"])
    axes.plot(*figures, color=INK, marker="o", markersize=5, linewidth=2.2, label=label)
    reach = 1.1 * max(5.0, 100 * float((coverage["covered"] - coverage["nominal"]).abs().max()))
    axes.set_xlim(0, 100)
    axes.set_ylim(-reach, reach)
    axes.set_xlabel("Nominal level of the interval, %", color=INK)
    axes.set_ylabel("Official figures inside minus nominal level, points", color=INK)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET_INK)
    axes.legend(loc="upper left", fontsize=8.5, framealpha=0.92, edgecolor="#cccccc", ncols=2)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
