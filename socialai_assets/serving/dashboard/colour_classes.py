"""Colours of figures on maps: a few classes, light to dark, that any colour vision tells apart. Draws nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# ColorBrewer's single-hue blues and the diverging scale that ends in brown, both safe for colour blindness.
RISING = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
GOOD_IS_DARK = ("#a6611a", "#dfc27d", "#f5f5f5", "#80cdc1", "#018571")
MISSING = "#d9dde2"


@dataclass(frozen=True)
class ColourClasses:
    """Classes of a figure.

    Attributes:
        bounds: between the classes, rising.
        colours: one more than there are bounds.
    """

    bounds: tuple[float, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[float | None], colours: tuple[str, ...] = RISING) -> ColourClasses:
        """Classes that hold about as many values each; fewer where values are the same."""
        known = sorted(value for value in values if value is not None)
        cuts = [known[len(known) * step // len(colours)] for step in range(1, len(colours))] if known else []
        bounds = tuple(sorted({cut for cut in cuts if cut > known[0]}))
        return cls(bounds, colours[len(colours) - len(bounds) - 1 :])

    def colour(self, value: float | None) -> str:
        """The colour of a value; grey where it is missing."""
        return MISSING if value is None else self.colours[sum(value >= bound for bound in self.bounds)]

    def legend(self, title: str, written: Callable[[float], str], missing: str | None = None) -> dict[str, object]:
        """What `ui.map` shows below a map.

        Args:
            title: of the figure.
            written: how a bound is written.
            missing: what grey means; None where nothing is grey.
        """
        texts = [written(bound) for bound in self.bounds]
        if not texts:
            said = ["≥ 0"] if not missing else []
        else:
            between = [f"{low} – {high}" for low, high in itertools.pairwise(texts)]
            said = [f"< {texts[0]}", *between, f"≥ {texts[-1]}"]
        entries = [{"colour": colour, "text": text} for colour, text in zip(self.colours, said, strict=False)]
        return {"title": title, "entries": [*entries, *([{"colour": MISSING, "text": missing}] if missing else [])]}
