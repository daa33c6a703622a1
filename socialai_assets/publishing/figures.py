"""The frame around every still picture: title, synthetic-data banner, source and licence, PNG bytes.

What is drawn inside the frame belongs to `choropleth` and `plots`. Nothing here touches pyplot's global
state, so pictures can be drawn in threads.
"""

from __future__ import annotations

import textwrap
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#222222"
QUIET_INK = "#555555"
SYNTHETIC_BANNER = "SYNTHETIC DATA \N{EM DASH} generated for trying things out, not real figures"

_POINTS_PER_INCH = 72
_BANNER_HEIGHT = 0.36
_MARGIN = 0.25


class PictureFrame:
    """A figure laid out in inches from its top left, with title above and notes below the space for content.

    Args:
        width: content width, inches.
        height: content height, inches.
        title: heading; wrapped to the width.
        notes: lines below the content, such as source and licence; wrapped.
        synthetic: draw the banner that says the data are made up.
    """

    def __init__(self, width: float, height: float, *, title: str, notes: list[str], synthetic: bool) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width, self.height, self.title = width, height, title
        banner = _BANNER_HEIGHT if synthetic else 0.0
        title_text, title_height = _wrapped(title, width, 14)
        notes_text, notes_height = _wrapped("\n".join(notes), width, 8)
        self.total_width = width + 2 * _MARGIN
        self.total_height = banner + title_height + height + notes_height + 3.4 * _MARGIN
        self.figure: Figure = Figure(figsize=(self.total_width, self.total_height), facecolor="white")
        FigureCanvasAgg(self.figure)
        self._top = banner + title_height + 1.6 * _MARGIN

        left = _MARGIN / self.total_width
        self.figure.text(
            left,
            1 - (banner + 0.8 * _MARGIN) / self.total_height,
            title_text,
            fontsize=14,
            fontweight="bold",
            color=INK,
            va="top",
            parse_math=False,
        )
        self.figure.text(
            left,
            0.8 * _MARGIN / self.total_height,
            notes_text,
            fontsize=8,
            color=QUIET_INK,
            va="bottom",
            parse_math=False,
        )
        if synthetic:
            self._draw_banner()

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place inside the content, inches from its top left corner."""
        return self.figure.add_axes(
            (
                (_MARGIN + left) / self.total_width,
                1 - (self._top + top + height) / self.total_height,
                width / self.total_width,
                height / self.total_height,
            )
        )

    def png(self, *, dpi: int, source_note: str, licence_note: str) -> bytes:
        """The picture as PNG, its title, source and licence also in the file's own metadata."""
        buffer = BytesIO()
        metadata = {"Title": self.title, "Source": source_note, "Copyright": licence_note, "Software": None}
        self.figure.savefig(buffer, format="png", dpi=dpi, metadata=metadata)
        return buffer.getvalue()

    def _draw_banner(self) -> None:
        from matplotlib.patches import Rectangle

        height = _BANNER_HEIGHT / self.total_height
        self.figure.add_artist(
            Rectangle((0, 1 - height), 1, height, transform=self.figure.transFigure, facecolor="#b3261e")
        )
        self.figure.text(
            0.5,
            1 - height / 2,
            "\n".join(textwrap.wrap(SYNTHETIC_BANNER, _characters_per_line(self.total_width, 10))),
            color="white",
            fontsize=10 if self.total_width > 6 else 8,
            fontweight="bold",
            ha="center",
            va="center",
        )


def picture_notes(source_note: str, licence_note: str, *more: str | None) -> list[str]:
    """The lines under a picture: source, licence, and whatever else must be said."""
    return [f"Source: {source_note}", f"Licence: {licence_note}", *(note for note in more if note)]


def _characters_per_line(width: float, font_size: float) -> int:
    # DejaVu Sans, matplotlib's own font, is on average 0.58 of its size wide.
    return max(12, int(width * _POINTS_PER_INCH / (0.58 * font_size)))


def _wrapped(text: str, width: float, font_size: float) -> tuple[str, float]:
    per_line = _characters_per_line(width, font_size)
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, per_line)]
    return "\n".join(lines), len(lines) * font_size * 1.25 / _POINTS_PER_INCH
