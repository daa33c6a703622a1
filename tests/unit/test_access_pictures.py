"""Tests of the map of access before and after: drawn with its figures, refused without places."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapely.geometry import box

from resources.errors import ContractError
from socialai_assets.publishing.access_pictures import access_map_png
from socialai_assets.water.repair_pictures import area_access

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


@pytest.mark.parametrize("number", [0, 1, 7])
def test_areas_add_up_their_places_and_name_what_is_done(number: int) -> None:
    shapes = gpd.GeoDataFrame({"area_id": ["A", "B"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)
    shapes["geometry_web"] = shapes.geometry
    areas = pd.DataFrame(
        {"area_id": ["A", "B"], "level": "admin3", "name": ["a", "b"], "admin1_name": "one", "admin2_name": "two"}
    )
    gains = pd.DataFrame(
        {
            "area_id": "A",
            "people": [300.0, 100.0],
            "access_before": [0.5, 0.0],
            "access_after": [0.5, 1.0],
            "people_gaining": [0.0, 100.0],
            "poverty": 20.0,
        }
    )
    actions = pd.DataFrame(
        {
            "area_id": "A",
            "action": "repair",
            "name": [f"system {one}" for one in range(number)],
            "people_gaining": np.arange(number, 0, -1.0),
            "cost_usd": 10.0,
        }
    )
    found = area_access(gains, actions, areas, shapes).set_index("area_id")
    assert found.loc["A", ["before", "after", "people_gaining"]].tolist() == [37.5, 62.5, 100]
    assert found.loc["A", ["repairs", "builds", "cost_usd"]].tolist() == [number, 0, 10.0 * number]
    assert pd.isna(found.loc["B", "after"])
    if number:
        lines = found.loc["A", "done"].splitlines()
        assert lines[0] == "repair system 0" and (lines[-1] == "+ 2") == (number == 7)
        assert found.loc["A", "done_es"].startswith("reparar system 0")
    else:
        assert found.loc["A", "done"] is None
