"""Trend and season of totals, on series whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.forecasting.drivers import season_shape, trend


@pytest.mark.parametrize("periods", [60, 156, 183])
def test_the_shape_of_the_year_is_found_whatever_weekdays_its_weeks_begin_on(periods: int) -> None:
    days = pd.date_range("2023-01-01", periods=periods, freq="7D")
    place = ((days.dayofyear - 1) / 365.25).to_numpy()
    total = 100 * (1 + 0.5 * np.cos(2 * np.pi * (place - 0.25)))
    shape = season_shape(total, place)
    assert shape.shape == (12,)
    assert np.nanargmax(shape) in (2, 3) and np.nanargmin(shape) in (8, 9)
    if periods == 156:
        assert np.nanmax(shape) == pytest.approx(1.5, abs=0.1)


def test_a_trend_is_the_change_from_year_to_year() -> None:
    assert trend(np.repeat([100.0, 110.0], 52), 52) == pytest.approx(0.1)
    assert np.isnan(trend(np.full(30, 5.0), 52))
