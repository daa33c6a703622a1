"""Still plots of risks of single cases: calibration, lists of limited length, fairness. Scores nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, told apart with any colour vision, and a marker each.
_STYLES = (
    ("#0072b2", "o"),
    ("#d55e00", "^"),
    ("#009e73", "s"),
    ("#cc79a7", "D"),
    ("#e69f00", "v"),
    ("#56b4e9", "P"),
)


def reliability_png(
    curves: pd.DataFrame,
    *,
    title: str,
    what: str,
    who: str = "student",
    source_note: str,
    licence_note: str,
    note: str | None = None,
    synthetic: bool = False,
    size: float = 6.0,
    dpi: int = 150,
) -> bytes:
    """How often it happened among people of whom about the same probability was said, a line a group.

    Args:
        curves: `group, probability, rate, people`, a row a bin, probabilities and rates from 0 to 1.
        title: heading.
        what: what was foreseen, such as `fails or withdraws`.
        who: what one of the people is called.
        source_note, licence_note: who published the data, and under what licence the picture may be used.
        note: a further line below.
        synthetic: draw the banner that says the data are made up.
        size: side of the plot, inches.
        dpi: dots per inch.

    Raises:
        ContractError: more groups than there are styles, or none.
    """
    groups = _groups(curves, "group")
    notes = picture_notes(
        source_note, licence_note, "Bars: where 95 % of rates of such bins would lie by chance.", note
    )
    frame = PictureFrame(size, size, title=title, notes=notes, synthetic=synthetic)
    axes = frame.axes(0.65, 0.1, size - 0.8, size - 0.8)
    axes.axline((0, 0), slope=1, color=INK, linewidth=1, linestyle="--", label="as often as was said")
    for (name, rows), (colour, marker) in zip(groups.items(), _STYLES, strict=False):
        said, seen = 100 * rows["probability"], 100 * rows["rate"]
        chance = 196 * np.sqrt(rows["rate"] * (1 - rows["rate"]) / rows["people"])
        axes.errorbar(said, seen, yerr=chance, color=colour, marker=marker, markersize=5, linewidth=1.3, label=name)
    # Rare outcomes would lie in a corner.
    most = min(100, 20 * (1 + int(100 * float(curves[["probability", "rate"]].max().max()) // 20)))
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    _dress(axes, f"Probability said that a {who} {what}, %", "Share of whom it was true, %")
    axes.legend(loc="upper left", fontsize=8.5, framealpha=0.92, edgecolor="#cccccc")
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def capacity_png(
    scores: pd.DataFrame,
    *,
    title: str,
    who: str = "students",
    source_note: str,
    licence_note: str,
    note: str | None = None,
    synthetic: bool = False,
    width: float = 10.0,
    height: float = 4.6,
    dpi: int = 150,
) -> bytes:
    """Precision and recall of lists by their length, side by side, a line a model.

    Args:
        scores: `model, metric` (`precision` or `recall`), `capacity` (share, 0 to 1), `value, lower, upper` (0 to 1,
            ends perhaps missing).
        title: heading.
        who: what the people are called.
        source_note, licence_note: who published the data, and under what licence the picture may be used.
        note: a further line below.
        synthetic: draw the banner that says the data are made up.
        width, height: of both panels together, inches.
        dpi: dots per inch.

    Raises:
        ContractError: more models than there are styles, or none.
    """
    groups = _groups(scores, "model")
    bands = f"Bands: 95 % bootstrap intervals over {who}." if scores["lower"].notna().any() else None
    notes = picture_notes(source_note, licence_note, bands, note)
    frame = PictureFrame(width, height, title=title, notes=notes, synthetic=synthetic)
    side = (width - 1.6) / 2
    panels = [("precision", "Of those on the list, share befallen, %"), ("recall", "Of the befallen, share listed, %")]
    for number, (metric, label) in enumerate(panels):
        axes = frame.axes(0.65 + number * (side + 0.75), 0.1, side, height - 0.75)
        for (name, rows), (colour, marker) in zip(groups.items(), _STYLES, strict=False):
            own = rows[rows["metric"] == metric].sort_values("capacity")
            length = 100 * own["capacity"]
            axes.fill_between(
                length, 100 * own["lower"].astype(float), 100 * own["upper"].astype(float), color=colour, alpha=0.15
            )
            axes.plot(length, 100 * own["value"], color=colour, marker=marker, markersize=5, linewidth=1.4, label=name)
        axes.set_xlim(left=0)
        axes.set_ylim(0, 102)
        _dress(axes, f"Length of the list, % of {who}", label)
        if number:
            axes.legend(loc="upper left", fontsize=8.5, framealpha=0.92, edgecolor="#cccccc")
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def trade_off_png(
    options: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    note: str | None = None,
    synthetic: bool = False,
    side: float = 3.6,
    dpi: int = 150,
) -> bytes:
    """What each option does to the gap between groups and to precision, a panel an attribute, an option a marker.

    Args:
        options: `attribute, option, precision, recall_gap` (0 to 1), `precision_change, precision_change_lower,
            precision_change_upper` and `is_used`.
        title: heading.
        source_note, licence_note: who published the data, and under what licence the picture may be used.
        note: a further line below.
        synthetic: draw the banner that says the data are made up.
        side: of a panel, inches.
        dpi: dots per inch.

    Raises:
        ContractError: more options than there are styles, or none.
    """
    attributes = list(options["attribute"].unique())
    styles = dict(zip(_groups(options, "option"), _STYLES, strict=False))
    columns = min(2, len(attributes))
    rows_of_panels = -(-len(attributes) // columns)
    notes = picture_notes(
        source_note,
        licence_note,
        "Down: groups are found more alike. Left: fewer of those listed are befallen; bars: 95 % interval.",
        note,
    )
    width, height = columns * (side + 0.8), rows_of_panels * (side + 0.85)
    frame = PictureFrame(width, height, title=title, notes=notes, synthetic=synthetic)
    top = 105 * float(options["recall_gap"].max())
    for number, attribute in enumerate(attributes):
        axes = frame.axes(
            0.65 + (number % columns) * (side + 0.8), 0.3 + (number // columns) * (side + 0.85), side, side
        )
        for row in options[options["attribute"] == attribute].itertuples():
            colour, marker = styles[str(row.option)]
            change, lower, upper = (
                100 * float(getattr(row, f"precision_change{end}")) for end in ("", "_lower", "_upper")
            )
            ends = [[max(0.0, change - lower)], [max(0.0, upper - change)]]
            label = f"{row.option} (used)" if row.is_used else str(row.option)
            axes.errorbar(
                change, 100 * float(row.recall_gap), xerr=ends, color=colour, marker=marker, markersize=8, label=label
            )
        axes.axvline(0, color=QUIET_INK, linewidth=0.8, linestyle="--")
        axes.set_ylim(-0.03 * max(top, 1.0), max(top, 1.0))
        axes.set_title(str(attribute), fontsize=11, color=INK)
        _dress(axes, "Change of precision, points", "Gap of recall between groups, points")
        if number == 0:
            axes.legend(fontsize=8, framealpha=0.92, edgecolor="#cccccc")
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def _groups(frame: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    groups: dict[Any, pd.DataFrame] = dict(iter(frame.groupby(column, sort=False)))
    if not 1 <= len(groups) <= len(_STYLES):
        raise ContractError(
            f"A plot shows 1 to {len(_STYLES)} lines, not {len(groups)} by `{column}`", do="Choose which to draw."
        )
    return {str(name): rows for name, rows in groups.items()}


def _dress(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, color=INK, parse_math=False)
    axes.set_ylabel(up, color=INK, parse_math=False)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=QUIET_INK)
