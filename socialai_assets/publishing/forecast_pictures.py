"""Still pictures of forecasts: fans with the history before them. Computes no forecast and no score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from resources.errors import ContractError
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import pandas as pd

_FORECAST_COLOUR, _BASELINE_COLOUR = "#0072b2", "#d55e00"
_BANDS = (("q025", "q975", "95 %"), ("q100", "q900", "80 %"), ("q200", "q800", "60 %"))
_PANEL_WIDTH, _PANEL_HEIGHT, _GAP, _LEGEND = 4.6, 2.5, 0.75, 0.4


def forecast_fans_png(
    history: pd.DataFrame,
    forecasts: pd.DataFrame,
    *,
    title: str,
    quantity: str,
    source_note: str,
    licence_note: str,
    synthetic: bool = False,
    bands_note: str = "Bands: 60, 80 and 95 % of what may be needed. A gap in the line: too little was reported.",
    baseline: str = "seasonal naive",
    columns: int = 2,
    dpi: int = 150,
) -> bytes:
    """Fans of several series side by side, each with its own history and scale.

    Args:
        history: `series, period_start, quantity`; a quantity that is missing breaks the line.
        forecasts: `series, period_start, q025 … q975, is_baseline`; series are drawn in the order they come in.
        title: heading of the picture.
        quantity: what is forecast, with its unit, for the vertical axes.
        source_note: what the forecast rests on.
        licence_note: under what licence the picture may be used.
        synthetic: draw the banner that says the data are made up.
        bands_note: what the bands are, below the picture.
        baseline: what the naive forecast is called.
        columns: panels side by side.
        dpi: dots per inch.

    Returns:
        The PNG file. Series served the naive forecast have another colour and are named so.

    Raises:
        ContractError: there is no forecast to draw.
    """
    import pandas as pd

    names = list(dict.fromkeys(forecasts["series"]))
    if not names:
        raise ContractError("There is no forecast to draw", do="Forecast first; series without reports have none.")
    columns = min(columns, len(names))
    rows = math.ceil(len(names) / columns)
    width = columns * _PANEL_WIDTH + (columns - 1) * _GAP + 0.7
    frame = PictureFrame(
        width,
        _LEGEND + rows * (_PANEL_HEIGHT + _GAP),
        title=title,
        notes=picture_notes(
            source_note,
            licence_note,
            bands_note,
        ),
        synthetic=synthetic,
    )
    for number, name in enumerate(names):
        left = 0.7 + (number % columns) * (_PANEL_WIDTH + _GAP)
        top = _LEGEND + (number // columns) * (_PANEL_HEIGHT + _GAP) + 0.25
        axes = frame.axes(left, top, _PANEL_WIDTH, _PANEL_HEIGHT - 0.25)
        known = history[history["series"] == name].sort_values("period_start")
        made = forecasts[forecasts["series"] == name].sort_values("period_start")
        days, coming = pd.to_datetime(known["period_start"]), pd.to_datetime(made["period_start"])
        naive = bool(made["is_baseline"].any())
        colour = _BASELINE_COLOUR if naive else _FORECAST_COLOUR
        axes.plot(days, known["quantity"], color=INK, linewidth=1.1)
        for opacity, (low, high, _) in zip((0.18, 0.28, 0.4), _BANDS, strict=True):
            axes.fill_between(coming, made[low], made[high], color=colour, alpha=opacity, linewidth=0)
        axes.plot(coming, made["q500"], color=colour, linewidth=1.8)
        axes.set_title(f"{name}, {baseline}" if naive else name, fontsize=10, loc="left", color=INK)
        axes.set_ylim(0, 1.08 * max(np.nanmax([known["quantity"].max(), made["q975"].max()]), 1e-9))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axes.grid(color="#e6e6e6", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=QUIET_INK, labelsize=8)
        for label in axes.get_xticklabels():
            label.set_rotation(20)
    key = frame.axes(0, 0, width, _LEGEND - 0.1)
    key.set_axis_off()
    key.text(0, 0.5, f"Black: {quantity}, as reported. Colour: forecast, its median and bands.", fontsize=9, color=INK)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
