"""Scores of detectors on water's tables: who is tried where, and every score follows from the rows beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.ingest.contract import validate
from socialai_assets.methods.anomaly.detectors import Boosting, RollingStatistics
from socialai_assets.methods.anomaly.evaluation import DUMMY, HALVES
from socialai_assets.water import contracts
from socialai_assets.water.alarm_table import found_alarms
from socialai_assets.water.detection_trials import ALARMS, AS_SERVED, trials

LENGTH = 3000
DETECTORS = {"rolling_statistics": RollingStatistics, "boosting": lambda: Boosting(rounds=15)}


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Readings and events: station A has many events, B one, C none."""
    random, times = np.random.default_rng(1), pd.date_range("2026-01-01", periods=LENGTH, freq="20min")
    readings, events = [], []
    for station, starts in {"A": range(200, 2900, 300), "B": [1500], "C": []}.items():
        values = {name: random.normal(level, 0.1, LENGTH).round(2) for name, level in (("ph", 7.4), ("turbidity", 2.0))}
        for start in starts:
            for column in values.values():
                column[start : start + 20] += 1.5
            events.append((station, times[start], times[start + 19]))
        for name, column in values.items():
            readings.append(
                pd.DataFrame({"station_id": station, "measured_at": times, "parameter": name, "value": column})
            )
    long = pd.concat(readings, ignore_index=True).assign(status="reported", source="sample", is_synthetic=True)
    marked = pd.DataFrame(events, columns=["station_id", "event_from", "event_until"]).assign(is_synthetic=True)
    return long, marked


def test_every_score_follows_from_the_rows_beside_it(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    readings, events = tables
    moments, scores = trials(readings, events, found_alarms(readings), detectors=DETECTORS)
    moments, scores = validate(moments, contracts.DetectionOutOfSample), validate(scores, contracts.DetectionScores)
    tried = {(station, split): set(own["model"]) for (station, split), own in scores.groupby(["station_id", "split"])}
    assert tried == {
        ("A", AS_SERVED): {ALARMS, DUMMY},
        ("A", HALVES): {*DETECTORS, DUMMY},
        ("B", AS_SERVED): {ALARMS, DUMMY},
    }
    f1 = scores[scores["metric"] == "f1"].set_index(["station_id", "split", "model"])["value"]
    for key, own in moments.groupby(["station_id", "split", "model"]):
        hits = (own["is_flagged"] & own["is_event"]).sum()
        assert f1[key] == pytest.approx(2 * hits / (own["is_flagged"].sum() + own["is_event"].sum()))
    assert f1["A", HALVES, "boosting"] > 0.8 > 0.4 > f1["A", HALVES, DUMMY]
    assert f1["A", AS_SERVED, ALARMS] > 0.8 and f1["B", AS_SERVED, ALARMS] > 0.8
    assert set(scores.loc[scores["is_baseline"], "model"]) == {DUMMY}


def test_without_events_nothing_is_scored(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    readings, events = tables
    none, scores = trials(readings, events.iloc[:0], found_alarms(readings), detectors=DETECTORS)
    assert none.empty and scores.empty
