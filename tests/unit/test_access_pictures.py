"""Tests of the map of access before and after: drawn with its figures, refused without places."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from resources.errors import ContractError
from socialai_assets.publishing.access_pictures import access_map_png

NOTES: dict[str, Any] = {"source_note": "sample", "licence_note": "CC0"}


def test_the_map_shows_what_the_plan_changes() -> None:
    draw = np.random.default_rng(0)
    places = pd.DataFrame(
        {
            "latitude": draw.uniform(-7, -6, 80),
            "longitude": draw.uniform(-80, -79, 80),
            "people": draw.uniform(0, 900, 80),
            "access_before": 0.0,
            "access_after": 1.0,
        }
    )
    actions = places.head(6).assign(action=["repair", "build"] * 3)
    picture = access_map_png(places, actions, None, title="Access", synthetic=True, **NOTES)
    image = Image.open(BytesIO(picture))
    assert image.text["Title"] == "Access"  # type: ignore[attr-defined]
    colours = {tuple(pixel) for pixel in np.asarray(image.convert("RGB")).reshape(-1, 3)}
    # Viridis' ends: nobody today, everybody with the plan; and both kinds of action.
    assert {(68, 1, 84), (253, 231, 37)} <= colours
    assert {(213, 94, 0), (204, 121, 167)} <= colours
    with pytest.raises(ContractError, match="no place"):
        access_map_png(places.head(0), actions, None, title="", **NOTES)
