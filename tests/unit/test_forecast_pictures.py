"""Pictures of demand forecasts: what is drawn, what a missing report is, and what happens without any demand."""

from __future__ import annotations

from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from resources.errors import ContractError
from socialai_assets.aid.forecast_pictures import _province_shapes, known_totals, largest, next_period
from socialai_assets.publishing.forecast_pictures import forecast_fans_png

WEEKS = pd.date_range("2025-01-06", periods=12, freq="7D")
AREAS = pd.DataFrame(
    {
        "area_id": ["01", "02", "0101", "0201"],
        "level": ["admin2", "admin2", "admin3", "admin3"],
        "admin2_id": ["01", "02", "01", "02"],
        "population": [10.0, 20.0, 10.0, 20.0],
    }
)


@pytest.fixture
def forecasts() -> pd.DataFrame:
    """Two weeks of the country and two provinces, the second the larger."""
    parts = []
    for level, place, size in (("admin2", "01", 3.0), ("country", "country", 13.0), ("admin2", "02", 10.0)):
        for horizon in (1, 2):
            limits = {name: size * share for name, share in zip(LIMITS, np.linspace(0.2, 1.8, 9), strict=True)}
            start = WEEKS[-1] + pd.Timedelta(weeks=horizon)
            about = {"level": level, "place_id": place, "horizon": horizon, "period_start": start}
            parts.append(about | limits | {"is_baseline": place == "01"})
    return pd.DataFrame(parts)


LIMITS = ["q025", "q050", "q100", "q200", "q500", "q800", "q900", "q950", "q975"]


@pytest.fixture
def history() -> pd.DataFrame:
    """A site in province 02 and an area in 01; the large site did not report in the last week."""
    site = pd.DataFrame({"place_id": "s1", "area_id": "0201", "period_start": WEEKS, "quantity": 10.0})
    site.loc[11, "quantity"] = np.nan
    area = pd.DataFrame({"place_id": "0101", "area_id": "0101", "period_start": WEEKS, "quantity": 3.0})
    return pd.concat([site, area], ignore_index=True)


def test_the_country_comes_first_and_then_the_largest_provinces(forecasts: pd.DataFrame) -> None:
    assert largest(forecasts)["place_id"].drop_duplicates().tolist() == ["country", "02", "01"]
    assert largest(forecasts, 1)["place_id"].drop_duplicates().tolist() == ["country", "02"]
    assert next_period(forecasts)["q500"].tolist() == [3.0, 13.0, 10.0]


def test_a_total_without_its_largest_place_is_missing_and_no_fall(
    history: pd.DataFrame, forecasts: pd.DataFrame
) -> None:
    sites = pd.DataFrame({"site_id": ["s1"], "area_id": ["0201"]})
    made = known_totals(history, AREAS, largest(forecasts), sites).set_index(["place_id", "period_start"])["quantity"]
    assert made.loc["country"].iloc[:11].tolist() == [13.0] * 11
    assert np.isnan(made.loc["country"].iloc[11])
    assert made.loc["01"].tolist() == [3.0] * 12


def test_a_fan_is_drawn_for_each_series_in_the_colour_of_what_is_served(forecasts: pd.DataFrame) -> None:
    drawn = forecasts.assign(series=forecasts["place_id"])
    before = pd.DataFrame({"series": "02", "period_start": WEEKS, "quantity": 9.0})
    notes = {"title": "Demand", "quantity": "m3", "source_note": "test", "licence_note": "none", "dpi": 50}

    def orange(rows: pd.DataFrame) -> int:
        picture = np.asarray(Image.open(BytesIO(forecast_fans_png(before, rows, **notes))).convert("RGB")).astype(int)
        return int(((picture[..., 0] - picture[..., 2]) > 60).sum())

    assert orange(drawn) > 50
    assert orange(drawn.assign(is_baseline=False)) == 0
    with pytest.raises(ContractError, match="no forecast to draw"):
        forecast_fans_png(before, drawn.iloc[:0], **notes)


def test_a_country_without_boundaries_has_no_provinces_to_draw() -> None:
    nothing = gpd.GeoDataFrame({"area_id": pd.Series(dtype=str), "geometry_web": gpd.GeoSeries([], crs=4326)},
                               geometry="geometry_web", crs=4326)  # fmt: skip
    assert len(_province_shapes(AREAS, nothing)) == 0
