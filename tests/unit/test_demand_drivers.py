"""The season of demand is found where it is, on weeks that fall on other days each year, and with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.forecasting.drivers import season_shape


def test_the_months_of_most_and_least_demand_are_found_beneath_a_trend() -> None:
    weeks = pd.date_range("2022-01-03", periods=156, freq="7D")
    turn = (weeks.dayofyear.to_numpy() - 1) / 365.25
    total = (100 + np.arange(156)) * (1 + 0.5 * np.sin(2 * np.pi * turn))
    total[40:44] = np.nan
    shape = season_shape(total, turn, 52)
    assert int(shape.argmax()) in (2, 3)
    assert int(shape.argmin()) in (8, 9)
    assert shape.max() == pytest.approx(1.5, abs=0.15)
    assert shape.min() == pytest.approx(0.5, abs=0.15)


def test_parts_of_the_year_never_reported_have_no_shape() -> None:
    turn = np.tile(np.arange(12) / 12, 3)
    total = np.where(turn == 0.5, np.nan, 5.0)
    shape = season_shape(total, turn, 12)
    assert np.isnan(shape[6])
    np.testing.assert_allclose(np.delete(shape, 6), 1.0)
    assert np.isnan(season_shape(np.zeros(36), turn, 12)).all()
