"""Tests of the pictures of sharing plans: they are drawn, say what they must, and refuse what cannot be drawn."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from resources.errors import ContractError
from socialai_assets.publishing.sharing_pictures import coverage_and_stock_map_png, fairness_curve_png

NOTES = {"source_note": "sample", "licence_note": "CC0"}


def test_both_pictures_are_drawn_with_their_title() -> None:
    curve = pd.DataFrame(
        {"least_coverage": [0.1, 0.4], "people_reached": [900.0, 700.0], "price_of_fairness": [0.0, 0.22]}
    )
    draw = np.random.default_rng(0)
    sites = pd.DataFrame(
        {
            "latitude": draw.uniform(-7, -6, 60),
            "longitude": draw.uniform(-80, -79, 60),
            "coverage": np.where(draw.random(60) < 0.1, np.nan, draw.random(60)),
            "people": draw.uniform(50, 900, 60),
        }
    )
    depots = pd.DataFrame(
        {"latitude": [-6.3, -6.8], "longitude": [-79.3, -79.7], "name": ["A", "B"], "weeks_of_stock": [3.2, np.nan]}
    )
    for picture in (
        fairness_curve_png(curve, title="Price of fairness", synthetic=True, **NOTES),
        coverage_and_stock_map_png(sites, depots, None, title="Coverage and stock", synthetic=True, **NOTES),
    ):
        image = Image.open(BytesIO(picture))
        assert image.text["Title"] and image.width > 800  # type: ignore[attr-defined]
        assert len(np.unique(np.asarray(image.convert("L")))) > 20
    with pytest.raises(ContractError, match="no site"):
        coverage_and_stock_map_png(sites.head(0), depots, None, title="", **NOTES)
    with pytest.raises(ContractError, match="no point"):
        fairness_curve_png(curve.head(0), title="", **NOTES)
