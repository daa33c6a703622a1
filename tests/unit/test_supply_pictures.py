"""Pictures of relief plans: drawn from few rows, and refused where there is nothing to draw."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from resources.errors import ContractError
from socialai_assets.publishing.supply_pictures import shortage_heat_map_png, supply_map_png

NOTES = {"title": "Relief", "source_note": "a source", "licence_note": "a licence"}
CAMPS = pd.DataFrame(
    {"name": ["A $x$", "B"], "latitude": [1.0, 2.0], "longitude": [30.0, 31.0], "people": [9.0, 900.0],
     "coverage": [0.2, np.nan]}
)  # fmt: skip
ROADS = pd.DataFrame(
    [(1.0, 30.0, 2.0, 31.0, True), (2.0, 31.0, 1.5, 30.2, False)],
    columns=["from_latitude", "from_longitude", "to_latitude", "to_longitude", "is_closed"],
)


def pixels(picture: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(BytesIO(picture)).convert("RGB")).astype(int)


def test_closed_roads_are_drawn_in_red() -> None:
    depots = CAMPS.iloc[[1]]
    flows = ROADS.iloc[[1]].assign(tonnes=5.0)

    def red(roads: pd.DataFrame) -> int:
        seen = pixels(supply_map_png(CAMPS, depots, roads, flows, dpi=60, **NOTES))
        return int(((seen[..., 0] > 150) & (seen[..., 1] < 80) & (seen[..., 2] < 90)).sum())

    assert red(ROADS) > red(ROADS.assign(is_closed=False)) + 40


def test_the_heat_map_has_a_row_a_camp() -> None:
    table = pd.DataFrame([[0.1, 0.9], [np.nan, 0.5]], index=["A", "B"], columns=["2025-01-06", "2025-01-13"])
    small, large = (pixels(shortage_heat_map_png(part, dpi=60, **NOTES)) for part in (table.iloc[:1], table))
    assert large.shape[0] > small.shape[0]
    synthetic = pixels(shortage_heat_map_png(table, dpi=60, synthetic=True, **NOTES))
    assert synthetic.shape[0] > large.shape[0]


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ContractError, match="no camp"):
        supply_map_png(CAMPS.iloc[:0], CAMPS, ROADS, ROADS.assign(tonnes=1.0), **NOTES)
    with pytest.raises(ContractError, match="no shortage"):
        shortage_heat_map_png(pd.DataFrame(), **NOTES)
