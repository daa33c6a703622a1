"""Windows, combination, calibration, coherence: no look ahead, honest choice, quantiles that hold, sums that add up."""

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.forecasting import boosting, quantile_network, system
from socialai_assets.methods.forecasting.baselines import statistical_forecasts
from socialai_assets.methods.forecasting.calibration import corrected, corrections
from socialai_assets.methods.forecasting.coherence import hierarchy, reconciled, summed
from socialai_assets.methods.forecasting.combination import best_weights, combine, served_by_baseline
from socialai_assets.methods.forecasting.panel import panel, right_aligned, shifted
from socialai_assets.methods.forecasting.scores import wape
from socialai_assets.methods.forecasting.windows import Windows, WindowShape

PERIODS, SERIES, SEASON = 130, 6, 26


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    random = np.random.default_rng(5)
    week = np.arange(PERIODS)[:, None]
    mean = np.array([5, 10, 20, 40, 60, 80]) * (1 + 0.6 * np.sin(2 * np.pi * week / SEASON))
    made = random.poisson(mean).astype(float)
    made[random.random(made.shape) < 0.05] = np.nan
    made[:40, 5] = np.nan
    return made


def windows_of(values: np.ndarray, positive: bool = False) -> Windows:
    periods = len(values) + 4
    return Windows(
        values + 1 if positive else values,
        WindowShape(SEASON, years=2, positive=positive),
        {"region": np.zeros(SERIES)},
        np.arange(periods) % SEASON / SEASON,
        {"size": np.arange(SERIES)},
        {"holiday": np.zeros((periods, SERIES))},
    )


@pytest.mark.parametrize("positive", [False, True])
def test_windows_know_nothing_of_what_comes_later(values, positive):
    changed = values.copy()
    changed[101:] = 1000 - np.nan_to_num(values[101:])
    origins, series = np.full(SERIES, 100), np.arange(SERIES)
    for ahead in (1, 4):
        seen = windows_of(values, positive).covariates(origins, series, ahead)
        assert seen.shape[1] == len(windows_of(values, positive).kinds)
        assert np.array_equal(seen, windows_of(changed, positive).covariates(origins, series, ahead), equal_nan=True)


@pytest.mark.parametrize("positive", [False, True])
def test_targets_and_their_inverse_are_one_another(values, positive):
    windows = windows_of(values, positive)
    origins, series = np.full(SERIES, 90), np.arange(SERIES)
    back = windows.back(windows.targets(origins, series, 3), origins, series)
    assert back == pytest.approx(windows.values[93], nan_ok=True)


def test_training_rows_end_before_the_origin(values):
    changed = values.copy()
    changed[100:] = 7777.0
    first, second = (boosting.training_rows(windows_of(one), 100, [2], 400, None, 0) for one in (values, changed))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def test_boosting_beats_the_last_value(values):
    windows = windows_of(values)
    model = boosting.fit_one(windows, 104, 2, boosting.Boosting(rounds=60))
    origins = np.arange(104, PERIODS - 2)
    made, came = boosting.forecast_one(model, windows, origins, 2), values[origins + 2]
    naive = np.where(np.isnan(values[origins]), np.nan_to_num(windows.level[origins]), values[origins])
    assert wape(came, made) < 0.85 * wape(came, naive)


def test_the_network_gives_ascending_quantiles_the_same_with_every_run(values):
    windows = windows_of(values)
    runs = [quantile_network.fit(windows, 120, 2, rows=600, epochs=3).forecast(windows, [121], 2) for _ in range(2)]
    assert runs[0].shape == (len(quantile_network.QUANTILES), 1, 2, SERIES)
    assert (np.diff(runs[0], axis=0) >= 0).all()
    assert (runs[0] >= 0).all()
    assert np.array_equal(*runs)


def test_weights_are_those_that_would_have_been_best():
    came = np.arange(1.0, 21)
    forecasts = {"high": came + 2, "low": came - 3, "wild": came[::-1]}
    weights = best_weights(forecasts, lambda made: wape(came, made))
    assert weights == {"high": 0.6, "low": 0.4}
    assert combine({"a": np.array([1.0, np.nan]), "b": np.array([3.0, 5.0])}, {"a": 0.5, "b": 0.5}).tolist() == [2, 5]


def test_the_baseline_serves_only_where_it_was_better():
    came = np.array([[1.0, 10.0, np.nan], [2.0, 20.0, np.nan]])
    served = served_by_baseline(came, came + np.array([0.0, 5.0, 0.0]), came + np.array([1.0, 1.0, 0.0]))
    assert served.tolist() == [False, True, True]


def test_corrected_quantiles_hold_what_narrow_ones_do_not():
    random = np.random.default_rng(2)
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    means = random.uniform(20, 200, 4000)
    came = random.poisson(means * random.gamma(20, 1 / 20, 4000)).astype(float)
    narrow = np.maximum(means[:, None] + np.array([-6, -3, 0, 3, 6]), 0)
    group = [np.full(2000, "all", dtype=object)]
    made = corrected(narrow[2000:], levels, group, corrections(came[:2000], narrow[:2000], levels, group))

    def covered(q):
        return ((q[:, 0] <= came[2000:]) & (came[2000:] <= q[:, -1])).mean()

    assert covered(narrow[2000:]) < 0.6
    assert covered(made) == pytest.approx(0.8, abs=0.03)
    assert (np.diff(made, axis=1) >= 0).all()
    assert np.array_equal(made[:, 2], narrow[2000:, 2])


def test_reconciled_forecasts_add_up_and_are_not_negative():
    random = np.random.default_rng(3)
    places = pd.DataFrame({"province": ["a", "a", "b", None], "place": ["1", "2", "3", "4"]})
    tree = hierarchy(places, ["province", "place"])
    assert tree.names == ("country", "a", "b", "1", "2", "3", "4")
    truth = tree.summing @ np.array([[50.0, 30, 10, 0.1]] * 60).T
    made = reconciled(truth[:, :3] + random.normal(0, 5, (7, 3)), random.normal(0, 5, truth.shape), tree)
    assert (made >= 0).all()
    assert made == pytest.approx(tree.summing @ made[-4:])
    assert reconciled(truth[:, :3], random.normal(0, 5, truth.shape), tree) == pytest.approx(truth[:, :3])


def test_sums_fill_a_missing_report_and_are_missing_where_most_is():
    tree = hierarchy(pd.DataFrame({"place": ["1", "2"]}), ["place"])
    values = np.array([[80.0, 20.0], [80.0, np.nan], [np.nan, 20.0]])
    made = summed(values, np.array([[80.0, 20.0]] * 3), tree)
    assert made[:, 0].tolist()[:2] == [100, 100]
    assert np.isnan(made[2, 0])
    assert np.array_equal(made[:, 1:], values, equal_nan=True)


def test_panels_tell_no_report_from_zero():
    frame = pd.DataFrame({"unique_id": ["a", "a", "b"], "ds": [1, 2, 2], "y": [0.0, 3.0, 5.0]})
    assert panel(frame).values.tolist()[1] == [3, 5]
    assert np.isnan(panel(frame).values[0, 1])
    with pytest.raises(ValueError, match="two values"):
        panel(pd.concat([frame, frame]))
    aligned = right_aligned({"a": np.array([1.0]), "b": np.array([1.0, 2.0])})
    assert np.isnan(aligned.values[0, 0])
    assert shifted(np.array([[1.0], [2.0]]), 1)[1, 0] == 1


def test_statistical_forecasts_follow_a_season_and_survive_short_series():
    week = np.arange(120)
    values = np.column_stack([50 + 20 * np.sin(2 * np.pi * week / 12), np.full(120, np.nan)])
    values[-3:, 1] = 4
    made = statistical_forecasts(values, 6, 12, ["MSTL", "SBA"])
    assert made["MSTL"][:, 0] == pytest.approx(50 + 20 * np.sin(2 * np.pi * np.arange(120, 126) / 12), abs=2)
    assert made["SBA"][:, 1].tolist() == [4] * 6
    with pytest.raises(ValueError, match="No statistical model is called Oracle"):
        statistical_forecasts(values, 6, 12, ["Oracle"])


def test_past_origins_do_not_overlap_and_leave_a_year_before_them():
    how = system.System(horizon=4, season=52, origins=13)
    assert np.diff(system.past_origins(300, how)).tolist() == [4] * 12
    assert system.past_origins(300, how)[-1] == 295
    assert system.past_origins(80, how).min() >= 40
    assert not len(system.past_origins(9, how))
