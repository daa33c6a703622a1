"""How well events at stations are found, by detectors on readings they have not seen and by the alarms. No Dagster."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from socialai_assets.methods.anomaly import evaluation
from socialai_assets.methods.anomaly.autoencoder import Autoencoder
from socialai_assets.methods.anomaly.detection_scores import detection_scores, fixed_rate, segments
from socialai_assets.methods.anomaly.detectors import (
    Boosting,
    IsolationForest,
    NextHour,
    RollingStatistics,
    StreamDrift,
)
from socialai_assets.methods.anomaly.station_series import station_series
from socialai_assets.water.detection_settings import SURROUNDINGS

DETECTORS: Mapping[str, evaluation.Make] = {
    "rolling_statistics": RollingStatistics,
    "isolation_forest": IsolationForest,
    "next_hour": NextHour,
    "stream_drift": StreamDrift,
    "autoencoder": Autoencoder,
    "boosting": Boosting,
}
ALARMS, AS_SERVED = "alarms", "as_served"
LEAST_EVENTS = 3
"""In either half of a station's time; with fewer nothing is learned, or nothing told by the test."""
_KEYS = ["station_id", "split", "model"]


def trials(
    readings: pd.DataFrame,
    events: pd.DataFrame,
    alarms: pd.DataFrame,
    *,
    detectors: Mapping[str, evaluation.Make] = DETECTORS,
    splits: tuple[str, ...] = (evaluation.HALVES,),
    report: Callable[[str], object] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Try all detectors at every station with enough events, and judge the alarms of every station with any.

    Args:
        readings: as `water.regular_readings`.
        events: as `water.station_events`.
        alarms: as `water.alarms`.
        detectors: by name, made anew for each fold.
        splits: of `evaluation.SPLITS`.
        report: is told what is tried.

    Returns:
        Moments that were flagged or are remarkable, and the scores.
    """
    moments: list[pd.DataFrame] = []
    scores: list[dict[str, object]] = []

    def judged(about: dict[str, object], times: np.ndarray, events: np.ndarray, found: pd.DataFrame) -> None:
        span = (times[-1] - times[0]) / np.timedelta64(1, "D")
        values = detection_scores(events, found["is_flagged"].to_numpy(), max(float(span), 1 / 1440))
        scores.extend({**about, "metric": metric, "value": value} for metric, value in values.items() if value == value)
        whole = found.assign(measured_at=times, is_event=events, **about)
        shown = whole[whole["is_flagged"] | whole["is_event"]]
        moments.append(shown.drop(columns="is_baseline"))

    for station_id, own in readings.groupby("station_id", sort=True):
        marked = events[events["station_id"] == station_id]
        if marked.empty:
            continue
        series = station_series(own, marked, context=SURROUNDINGS)
        about: dict[str, object] = {
            "station_id": station_id,
            "is_synthetic": bool(own["is_synthetic"].any() or marked["is_synthetic"].any()),
        }
        flags = {ALARMS: _flagged(series.times, alarms[alarms["station_id"] == station_id])}
        flags[evaluation.DUMMY] = fixed_rate(len(series.times), series.events)
        for model, flagged in flags.items():
            row = {**about, "split": AS_SERVED, "model": model, "is_baseline": model == evaluation.DUMMY}
            frame = pd.DataFrame({"fold": 0, "score": flagged.astype(float), "is_flagged": flagged})
            judged(row, series.times, series.events, frame)
        middle = len(series.times) // 2
        if min(len(segments(half)) for half in (series.events[:middle], series.events[middle:])) < LEAST_EVENTS:
            continue
        for split in splits:
            for model, folds in evaluation.tried(series, detectors, split, report=report).items():
                parts = [
                    pd.DataFrame({"fold": fold.number, "score": fold.scores, "is_flagged": fold.flags}, index=fold.rows)
                    for fold in folds
                ]
                frame = pd.concat(parts).sort_index()
                row = {**about, "split": split, "model": model, "is_baseline": model == evaluation.DUMMY}
                judged(row, series.times[frame.index], series.events[frame.index], frame)
    if not scores:
        return pd.DataFrame(), pd.DataFrame()
    together = pd.concat(moments, ignore_index=True).sort_values([*_KEYS, "measured_at"], ignore_index=True)
    return together, pd.DataFrame(scores).sort_values([*_KEYS, "metric"], ignore_index=True)


def _flagged(times: np.ndarray, alarms: pd.DataFrame) -> np.ndarray:
    """(n,) moments within an alarm that the water changed."""
    flags = np.zeros(len(times), dtype=bool)
    change = alarms[alarms["kind"] == "water_change"]
    first, last = (change[name].to_numpy(dtype="datetime64[us]") for name in ("began_at", "last_seen_at"))
    for begins, ends in zip(first, last, strict=True):
        flags |= (times >= begins) & (times <= ends)
    return flags
