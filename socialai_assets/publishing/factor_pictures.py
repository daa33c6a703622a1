"""Still pictures of how totals grew and what goes with it, a row a group. Computes no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import pandas as pd

_COLOUR, _NONE = "#0072b2", "#bdbdbd"
_LEFT, _RIGHT, _HEIGHT, _GAP, _LABELS = 4.4, 3.0, 2.4, 0.75, 2.3


def factors_png(
    totals: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    title: str,
    quantity: str,
    unit: str,
    source_note: str,
    licence_note: str,
    note: str,
    synthetic: bool = False,
    dpi: int = 120,
) -> bytes:
    """A line of each group's total, and bars of what its forecast rests on, side by side.

    Args:
        totals: `group, period_start, quantity`; groups are drawn in the order they come in.
        importance: `group, factor, value`; a group without rows has the line only.
        title: heading of the picture.
        quantity: what the line is, for its heading.
        unit: what the bars are, for their axis.
        source_note: what the picture rests on.
        licence_note: under what licence it may be used.
        note: what is to be known to read it.
        synthetic: draw the banner that says the data are made up.
        dpi: dots per inch.

    Raises:
        ContractError: there is no total to draw.
    """
    import pandas as pd

    names = list(dict.fromkeys(totals["group"]))
    if not names:
        raise ContractError("There is no total to draw", do="Land reports first.")
    frame = PictureFrame(
        0.7 + _LEFT + _LABELS + _RIGHT + 0.4,
        len(names) * (_HEIGHT + _GAP),
        title=title,
        notes=picture_notes(source_note, licence_note, note),
        synthetic=synthetic,
    )
    for number, name in enumerate(names):
        top = number * (_HEIGHT + _GAP) + 0.3
        line = frame.axes(0.7, top, _LEFT, _HEIGHT - 0.3)
        mine = totals[totals["group"] == name].sort_values("period_start")
        line.plot(pd.to_datetime(mine["period_start"]), mine["quantity"], color=INK, linewidth=1.3)
        line.set_ylim(0, 1.08 * max(float(mine["quantity"].max()), 1.0))
        line.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        line.set_title(f"{name}: {quantity}", fontsize=10, loc="left", color=INK)
        line.grid(color="#e6e6e6", linewidth=0.6)
        for label in line.get_xticklabels():
            label.set_rotation(20)
        drawn = [line]
        bars = importance[importance["group"] == name].sort_values("value")
        if len(bars):
            axes = frame.axes(0.7 + _LEFT + _LABELS, top, _RIGHT, _HEIGHT - 0.3)
            colours = [_COLOUR if value > 0 else _NONE for value in bars["value"]]
            axes.barh(bars["factor"], bars["value"], color=colours)
            axes.axvline(0, color=QUIET_INK, linewidth=0.8)
            axes.set_title(unit, fontsize=9, loc="left", color=INK)
            drawn.append(axes)
        for axes in drawn:
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(colors=QUIET_INK, labelsize=8)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
