"""Scores of forecasts and naive forecasts: M4's definitions, and its published figures where the data are there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.forecasting.naive import is_seasonal, mean_of_last, naive2, seasonal_naive
from socialai_assets.methods.forecasting.scores import coverage, m4_scores, mase, owa, pinball, smape, wape

M4 = Path(__file__).parents[3] / "shared" / "data" / "benchmarks" / "forecasting" / "m4_weekly"


def test_scores_by_hand():
    assert smape(np.array([100.0]), np.array([50.0])) == pytest.approx(200 / 3)
    assert smape(np.array([0.0]), np.array([0.0])) == 0
    assert mase(np.array([7.0]), np.array([4.0]), np.array([1.0, 3.0, 2.0, 5.0])) == pytest.approx(3 / 2)
    assert np.isnan(mase(np.array([7.0]), np.array([4.0]), np.array([3.0, 3.0])))
    assert owa(5, 1, 10, 4) == pytest.approx(0.375)


def test_what_was_not_reported_is_not_scored():
    assert wape(np.array([10.0, np.nan, 20.0]), np.array([12.0, 500.0, 17.0])) == pytest.approx(5 / 30)
    assert coverage(np.array([1.0, np.nan, 9.0]), np.zeros(3), np.full(3, 5.0)) == 0.5
    with pytest.raises(ValueError, match="No value was reported"):
        wape(np.array([np.nan]), np.array([1.0]))
    with pytest.raises(ValueError, match="1 forecasts of reported values are missing"):
        wape(np.array([1.0]), np.array([np.nan]))


def test_the_pinball_loss_is_least_at_the_quantile():
    drawn = np.random.default_rng(0).gamma(2, size=4000)
    tried = np.quantile(drawn, np.linspace(0.05, 0.95, 19))
    losses = [pinball(drawn, np.full(len(drawn), value), 0.8) for value in tried]
    assert tried[int(np.argmin(losses))] == pytest.approx(np.quantile(drawn, 0.8))


def test_seasonal_naive_looks_past_what_was_not_reported():
    history = np.array([1.0, 2, 3, 4, np.nan, 6])
    assert seasonal_naive(history, 3, 2).tolist() == [3, 6, 3]
    assert mean_of_last(history, 2).tolist() == [3.75, 3.75]
    assert seasonal_naive(np.full(3, np.nan), 2, 2).tolist() == [0, 0]


def test_naive2_puts_a_season_back_that_is_there():
    season = np.tile([0.5, 1.0, 1.5, 1.0], 10)
    assert is_seasonal(season, 4)
    assert naive2(100 * season, 6, 4) == pytest.approx(100 * season[:6])
    noise = np.random.default_rng(1).normal(100, 1, 40)
    assert naive2(noise, 3, 1).tolist() == [noise[-1]] * 3


@pytest.mark.real
@pytest.mark.skipif(not M4.exists(), reason="needs ../shared/data/benchmarks/forecasting/m4_weekly")
def test_naive2_scores_what_m4_published():
    train, test = (pd.read_csv(M4 / f"Weekly-{part}.csv", index_col=0) for part in ("train", "test"))
    history = {name: row[np.isfinite(row)] for name, row in zip(train.index, train.to_numpy(float), strict=True)}
    came = dict(zip(test.index, test.to_numpy(float), strict=True))
    scores = m4_scores(came, {name: naive2(values, 13, 1) for name, values in history.items()}, history, 1)
    assert scores["smape"].mean() == pytest.approx(9.161, abs=5e-4)
    assert scores["mase"].mean() == pytest.approx(2.777, abs=5e-4)
