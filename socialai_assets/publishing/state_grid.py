"""A still picture of many things' states side by side, as PNG: rows of things, columns of what is watched."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from socialai_assets.publishing.figures import INK, PictureFrame, picture_notes


def state_grid_png(
    names: Sequence[str],
    columns: Sequence[str],
    states: np.ndarray,
    meanings: Sequence[tuple[str, str, str]],
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool,
    dpi: int = 110,
) -> bytes:
    """The picture.

    Args:
        names: of the n rows.
        columns: names of the m columns.
        states: (n, m) numbers of meanings.
        meanings: colour, letter and words of each state; the letter tells it without colour.
    """
    from matplotlib.patches import Patch, Rectangle

    wide, tall = 3.0 + 1.15 * len(columns), 1.0 + 0.32 * len(names)
    frame = PictureFrame(
        max(wide, 6.0), tall + 0.7, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    axes = frame.axes(3.0, 0.7, max(wide, 6.0) - 3.0, tall - 0.8)
    for row, of_row in enumerate(states):
        for column, state in enumerate(of_row):
            colour, letter, _ = meanings[state]
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
            axes.text(column + 0.5, row + 0.5, letter, ha="center", va="center", color=INK, fontsize=9)
    axes.set_xlim(0, max(len(columns), 1))
    axes.set_ylim(max(len(names), 1), 0)
    axes.set_xticks(np.arange(len(columns)) + 0.5, [textwrap.fill(name, 15) for name in columns], fontsize=8)
    axes.set_yticks(np.arange(len(names)) + 0.5, [name if len(name) < 42 else f"{name[:40]}…" for name in names])
    axes.tick_params(length=0, labelsize=8)
    axes.xaxis.tick_top()
    for spine in axes.spines.values():
        spine.set_visible(False)
    used = [
        Patch(facecolor=colour, label=f"{letter} {words}".strip())
        for number, (colour, letter, words) in enumerate(meanings)
        if (states == number).any()
    ]
    if used:
        axes.legend(handles=used, loc="upper left", bbox_to_anchor=(0, -0.05), fontsize=8, frameon=False)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)
