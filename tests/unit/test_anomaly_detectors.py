"""Detectors of readings: an event is scored above what is usual, from readings so far, and judged without leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from socialai_assets.methods.anomaly import evaluation, thresholds
from socialai_assets.methods.anomaly.autoencoder import Autoencoder
from socialai_assets.methods.anomaly.detection_scores import detection_scores, fixed_rate, segments
from socialai_assets.methods.anomaly.detectors import (
    Boosting,
    IsolationForest,
    NextHour,
    RollingStatistics,
    StreamDrift,
)
from socialai_assets.methods.anomaly.short_training import ShortTraining, off_training
from socialai_assets.methods.anomaly.station_series import StationSeries, station_series, usual_decimals

LENGTH = 4000
# The first half's events are seen by ph and redox, the last half's by turbidity and redox.
EVENTS = [(first, first + 25) for first in range(300, 3900, 400)]
MAKERS: dict[str, evaluation.Make] = {
    "rolling_statistics": RollingStatistics,
    "isolation_forest": lambda: IsolationForest(trees=30),
    "next_hour": lambda: NextHour(rounds=15),
    "stream_drift": StreamDrift,
    "boosting": lambda: Boosting(rounds=20),
}


def drawn_readings() -> tuple[pd.DataFrame, pd.DataFrame]:
    random, times = np.random.default_rng(0), pd.date_range("2026-01-01", periods=LENGTH, freq="min")
    turn = np.sin(np.arange(LENGTH) * 2 * np.pi / 1440)
    flow = np.where(np.arange(LENGTH) // 300 % 2 == 0, 900.0, 1200.0)
    values = {"ph": 7.4 + 0.05 * turn, "redox": 750 + 3 * turn, "turbidity": 0.4 + 0.01 * turn, "flow": flow}
    noise = {"ph": 0.01, "redox": 1.0, "turbidity": 0.005, "flow": 5.0}
    values = {name: column + random.normal(0, noise[name], LENGTH) for name, column in values.items()}
    for first, last in EVENTS:
        values["redox"][first:last] -= 25
        values["ph" if first < LENGTH // 2 else "turbidity"][first:last] += 0.2
    decimals = {"ph": 2, "redox": 0, "turbidity": 3, "flow": 0}
    wide = pd.DataFrame({name: column.round(decimals[name]) for name, column in values.items()})
    wide.loc[1000:1004, "ph"] = np.nan
    readings = wide.assign(measured_at=times).melt("measured_at", var_name="parameter")
    starts, ends = zip(*EVENTS, strict=True)
    events = pd.DataFrame({"event_from": times[list(starts)], "event_until": times[[end - 1 for end in ends]]})
    return readings, events


@pytest.fixture(scope="module")
def series() -> StationSeries:
    return station_series(*drawn_readings(), context={"flow"})


def slower(series: StationSeries) -> StationSeries:
    """The same readings, one in twenty minutes, so that a day's purge leaves most of them."""
    return replace(series, times=series.times[0] + np.arange(LENGTH) * np.timedelta64(20, "m"))


def test_a_series_has_events_context_and_the_digits_of_its_sensors(series: StationSeries) -> None:
    assert segments(series.events).tolist() == [list(event) for event in EVENTS]
    assert series.parameters == ("flow", "ph", "redox", "turbidity") and series.context.tolist() == [True, *[False] * 3]
    assert series.decimals == (0, 2, 0, 3) and np.isfinite(series.values).all()


def test_digits_that_no_sensor_has_are_rounded_away() -> None:
    readings, events = drawn_readings()
    written = readings["parameter"].eq("ph") & readings["measured_at"].isin(
        pd.date_range("2026-01-01 05:00", periods=25, freq="min")
    )
    forged = readings.assign(value=readings["value"].where(~written, readings["value"] + 0.0012345))
    assert usual_decimals(forged.loc[forged["parameter"] == "ph", "value"].to_numpy()) == 2
    np.testing.assert_array_equal(station_series(forged, events).values, station_series(readings, events).values)


@pytest.mark.parametrize("name", [*MAKERS, "autoencoder"])
def test_events_are_scored_above_what_is_usual_and_nothing_later_is_looked_at(name: str, series: StationSeries) -> None:
    detector = Autoencoder(epochs=2) if name == "autoencoder" else MAKERS[name]()
    half, rows = np.arange(LENGTH // 2), np.arange(LENGTH)
    detector.fit(series, half)
    scores = detector.scores(series, rows)
    later = series.events[LENGTH // 2 :]
    middle = np.median(scores[LENGTH // 2 :][later])
    assert middle > np.quantile(scores[LENGTH // 2 :][~later], 0.8)
    cut = 3000
    changed = replace(series, values=np.where((rows < cut)[:, None], series.values, 5 * series.values + 1))
    np.testing.assert_allclose(detector.scores(changed, rows[:cut]), scores[:cut], rtol=1e-5, atol=1e-6)


def test_boosting_finds_events_seen_by_other_sensors_than_those_it_learned_from(series: StationSeries) -> None:
    tried = evaluation.tried(slower(series), {"boosting": MAKERS["boosting"]}, evaluation.HALVES)
    (fold,), (dummy,) = tried["boosting"], tried[evaluation.DUMMY]
    observed = series.events[fold.rows]
    found = detection_scores(observed, fold.flags, 1.4)
    assert found["f1"] == pytest.approx(f1_score(observed, fold.flags))
    assert found["f1"] > 0.6 > 0.3 > detection_scores(observed, dummy.flags, 1.4)["f1"]


def test_no_fold_is_judged_on_rows_that_touch_those_it_learned_from(series: StationSeries) -> None:
    days = slower(series)
    tested = []
    for train, test in evaluation.folds(days, evaluation.BLOCKS):
        gap = np.abs(days.times[train][:, None] - days.times[test[[0, -1]]][None]).min()
        assert gap > evaluation.PURGE and len(train)
        tested.append(test)
    np.testing.assert_array_equal(np.concatenate(tested), np.arange(LENGTH))
    ((train, test),) = evaluation.folds(days, evaluation.HALVES)
    assert days.times[train].max() < days.times[test].min()
    with pytest.raises(ValueError, match="no split"):
        next(evaluation.folds(days, "thirds"))


@settings(max_examples=100, deadline=None)
@given(scores=st.lists(st.integers(0, 9), max_size=60), opens=st.integers(1, 9), share=st.sampled_from((1.0, 0.7, 0.4)))
def test_hysteresis_is_what_a_loop_would_say(scores: list[int], opens: int, share: float) -> None:
    up, wanted = False, []
    for score in scores:
        up = score >= opens or (up and score >= opens * share)
        wanted.append(up)
    flags = thresholds.Hysteresis(opens, opens * share).flags(np.array(scores, dtype=float))
    assert flags.tolist() == wanted


def test_thresholds_are_chosen_by_f1_and_stay_silent_where_nothing_is_known() -> None:
    random = np.random.default_rng(0)
    events = np.zeros(2000, dtype=bool)
    events[500:540] = events[1500:1540] = True
    scores = random.uniform(0, 1, 2000) + 3 * events
    decision = thresholds.chosen([scores[:1000], scores[1000:]], [events[:1000], events[1000:]])
    assert f1_score(events, decision.flags(scores)) > 0.95
    silent = thresholds.chosen([scores], [np.zeros(2000, dtype=bool)])
    assert not silent.flags(scores).any()


def test_alarms_and_events_are_counted_by_runs() -> None:
    events = np.array([0, 1, 1, 0, 0, 1, 1, 0, 0, 0], dtype=bool)
    flags = np.array([1, 0, 1, 0, 1, 0, 0, 0, 1, 1], dtype=bool)
    found = detection_scores(events, flags, 2.0)
    assert (found["events_found"], found["false_alarms_per_day"]) == (0.5, 1.5)
    assert (found["precision"], found["recall"]) == (0.2, 0.25)
    dummy = fixed_rate(100, np.tile(events, 10))
    assert dummy.sum() == pytest.approx(40, abs=2) and not fixed_rate(100, np.zeros(50, dtype=bool)).any()


def test_after_a_short_training_a_sensor_that_wanders_says_little_and_a_shift_is_seen() -> None:
    random = np.random.default_rng(0)
    shakes, wanders = random.normal(0, 1, 1000), np.cumsum(random.normal(0, 0.3, 1000))
    shakes[600:800] += 6
    shakes[800:] += 1.5
    scores = off_training(np.column_stack([shakes, wanders]), 400, ShortTraining())
    flags = thresholds.share_of_peak(scores[400:], 2.0, 0.3)
    assert flags[220:400].all() and not flags[:200].any() and not flags[430:].any()
    counted = off_training(np.column_stack([shakes, wanders]), 400, ShortTraining(slow_weight=1.0))
    assert counted[400:600].max() > scores[400:600].max()
