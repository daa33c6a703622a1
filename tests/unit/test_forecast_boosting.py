"""Global boosting of short panels: no season is known yet, and rows drawn by weight say what weighed ones say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from socialai_assets.methods.forecasting.boosting import Boosting, fit_one, forecast_one
from socialai_assets.methods.forecasting.windows import Windows, WindowShape

HOW = Boosting(rounds=20, rows=4_000)


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Forty series of 80 weeks: three years before, and even two, nobody knows anything."""
    rng = np.random.default_rng(3)
    return Windows(rng.poisson(rng.uniform(2, 60, 40), (80, 40)).astype(float), WindowShape(52, years=3))


def test_covariates_that_nobody_knows_yet_stop_no_fit(windows: Windows) -> None:
    made = forecast_one(fit_one(windows, 70, 1, HOW), windows, [75], 1)
    usual = windows.values.mean(axis=0)
    assert np.abs(made[0] - usual).sum() < 0.3 * usual.sum()


def test_rows_drawn_by_weight_forecast_as_weighed_ones_do(windows: Windows) -> None:
    weighed, drawn = (
        forecast_one(fit_one(windows, 70, 1, replace(HOW, drawn=how)), windows, [74], 1)[0] for how in (False, True)
    )
    observed = windows.values[75]
    off = [np.abs(observed - made).sum() for made in (weighed, drawn)]
    assert off[1] == pytest.approx(off[0], rel=0.15)
