"""Layers of area maps: the classes of a value, their colours and the legend. Reads no table and draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.cartography import NO_DATA_COLOUR, ValueClasses

# Sequential and told apart with any colour vision (ColorBrewer YlOrBr and Purples, five classes).
POVERTY_COLOURS = ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404")
WIDTH_COLOURS = ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f")
# Degrees about the outermost spots.
MARGIN = 0.05


def classes_of(values: pd.Series, colours: Sequence[str]) -> ValueClasses:
    """Classes with about as many areas each and whole numbers for edges; fewer where values are alike.

    Args:
        values: of all areas, so that a filter changes no colour.
        colours: from low to high.
    """
    known = values.dropna()
    if known.empty:
        return ValueClasses((), ())
    inner = np.unique(np.round(known.quantile(np.linspace(0, 1, len(colours) + 1)[1:-1])))
    low, high = np.floor(known.min()), np.ceil(known.max())
    edges = [low, *(edge for edge in inner if low < edge < high), max(high, low + 1)]
    chosen = np.linspace(0, len(colours) - 1, len(edges) - 1).round().astype(int)
    return ValueClasses(tuple(map(float, edges)), tuple(str(colours[place]) for place in chosen))


def coloured(frame: pd.DataFrame, value: str, classes: ValueClasses) -> list[str]:
    """The colour of each row by its value; grey where it is missing."""
    return [classes.colours[place] if place >= 0 else NO_DATA_COLOUR for place in classes.of(frame[value])]


def area_layer(
    frame: pd.DataFrame, colours: Sequence[str], shapes: str, told: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """A layer of static/map.js.

    Args:
        frame: a row an area, with `area_id` and `name`; others are not drawn.
        colours: of the rows.
        shapes: address of the areas' shapes.
        told: what a row's popup says: `lines` and perhaps `link`.
    """
    values = {
        row.area_id: {"colour": colour, "title": row.name, **told(row)}
        for row, colour in zip(frame.itertuples(index=False), colours, strict=True)
    }
    return {"kind": "areas", "shapes": shapes, "values": values, "others": None}


def ground(shapes: str) -> dict[str, Any]:
    """A layer of static/map.js: areas without a meaning, below what lies on them.

    Args:
        shapes: address of their shapes.
    """
    return {"kind": "areas", "shapes": shapes, "values": {}, "others": "#e4e8ec"}


def bounds_of(spots: Iterable[Sequence[float]]) -> list[list[float]] | None:
    """What a map shows at first so that all of some spots are seen; None where there are none.

    Args:
        spots: latitude and longitude, degrees.
    """
    axes = list(zip(*spots, strict=True))
    if not axes:
        return None
    return [[min(axis) - MARGIN for axis in axes], [max(axis) + MARGIN for axis in axes]]


def legend(title: str, classes: ValueClasses, unit: str, *, missing: str | None = None) -> dict[str, Any]:
    """The legend of classes; `missing` says what grey means, where any is shown."""
    labels = zip(classes.colours, classes.labels(unit), strict=True)
    entries = [{"colour": colour, "text": text} for colour, text in labels]
    if missing:
        entries.append({"colour": NO_DATA_COLOUR, "text": missing})
    return {"title": title, "entries": entries}
