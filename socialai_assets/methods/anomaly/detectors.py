"""Detectors that give every reading of a station a score; each is fitted on training rows only. Flags nothing.

All but the boosting learn without labels. Scores are higher where more is wrong, and rest on readings so far.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from socialai_assets.methods.anomaly.station_series import FEATURES, ROWS, StationSeries, drawn

SEEN = ("from median of 15", "from median of 60", "change over 3", "unrest of 5")
NEXT_HOUR = 60


class Detector(Protocol):
    """What is asked of a detector."""

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        """Learn from some rows of a series."""
        ...

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        """(rows,) a score of each of some rows."""
        ...


class RollingStatistics:
    """How far the two sensors furthest off are from their median of the last hour, in what is large."""

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        self._scales = series.scales(rows)

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        off = np.abs(series.signed(self._scales, ["from median of 60"], rows))
        return np.sort(off, axis=1)[:, -2:].mean(axis=1).astype(float)


class StreamDrift:
    """How many sensors' means have drifted lately, by ADWIN (Bifet and Gavaldà 2007) of river."""

    def __init__(self, *, lasting: int = 20, delta: float = 0.002) -> None:
        self.lasting, self.delta = lasting, delta

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        self._scales = series.scales(rows)

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        from river.drift import ADWIN

        whole = np.arange(len(series.values))
        size = np.abs(series.signed(self._scales, ["from median of 240"], whole)) / 10
        recent = np.zeros(len(size))
        for column in size.T:
            watch, left = ADWIN(delta=self.delta), 0
            for row, value in enumerate(column.tolist()):
                watch.update(value)
                left = self.lasting if watch.drift_detected else left - 1
                recent[row] += left > 0
        # Of as many drifting sensors, the one further off is the worse.
        return (recent + size.max(axis=1))[rows]


class IsolationForest:
    """How few splits part a reading from the others (Liu, Ting and Zhou 2008)."""

    def __init__(self, *, seed: int = 0, trees: int = 100) -> None:
        self.seed, self.trees = seed, trees

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        from sklearn.ensemble import IsolationForest as Forest

        self._scales = series.scales(rows)
        self._forest = Forest(n_estimators=self.trees, random_state=self.seed).fit(
            series.signed(self._scales, SEEN, drawn(rows, ROWS, self.seed))
        )

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        return -self._forest.score_samples(series.signed(self._scales, SEEN, rows))


class NextHour:
    """How far readings are from what a regression expected of them an hour before, the two sensors furthest off."""

    def __init__(self, *, seed: int = 0, ahead: int = NEXT_HOUR, rounds: int = 60) -> None:
        self.seed, self.ahead, self.rounds = seed, ahead, rounds

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor

        inputs = self._inputs(series)
        targets = np.flatnonzero(~series.context)
        self._models: list[tuple[int, Any, float]] = []
        usable = rows[rows >= self.ahead]
        for sensor in targets:
            known = usable[np.isfinite(series.values[usable, sensor]) & np.isfinite(inputs[usable, sensor])]
            if not len(known):
                continue
            wanted = series.values[:, sensor] - inputs[:, sensor]
            model = HistGradientBoostingRegressor(
                loss="absolute_error", max_iter=self.rounds, random_state=self.seed, min_samples_leaf=50
            )
            learned = drawn(known, ROWS, self.seed)
            model.fit(inputs[learned], wanted[learned])
            error = np.abs(wanted[learned] - model.predict(inputs[learned]))
            large = max(float(np.quantile(error, 0.99)), 10.0 ** -series.decimals[sensor])
            self._models.append((int(sensor), model, large))

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        inputs = self._inputs(series)[rows]
        off = np.zeros((len(rows), max(2, len(self._models))))
        for column, (sensor, model, large) in enumerate(self._models):
            expected = inputs[:, sensor] + model.predict(inputs)
            off[:, column] = np.nan_to_num(np.abs(series.values[rows, sensor] - expected)) / large
        return np.sort(np.minimum(off, 10), axis=1)[:, -2:].mean(axis=1)

    def _inputs(self, series: StationSeries) -> np.ndarray:
        """(n, …) all sensors an hour before, how they had changed, and the time of day."""
        ago = np.full((len(series.values), 2 * series.values.shape[1]), np.nan)
        changed = series.features[:, :, FEATURES.index("from median of 60")]
        ago[self.ahead :] = np.column_stack([series.values, changed])[: -self.ahead]
        minute = (series.times - series.times.astype("datetime64[D]")).astype("timedelta64[m]").astype(float)
        turn = 2 * np.pi * minute / 1440
        return np.column_stack([ago, np.sin(turn), np.cos(turn)])


class Boosting:
    """Gradient boosting on events that experts marked, of how far sensors are off, whichever they are.

    Each event weighs as the root of its length, so that one of hours does not outweigh dozens of minutes.
    """

    def __init__(self, *, seed: int = 0, rounds: int = 80, weight: float = 0.2) -> None:
        self.seed, self.rounds, self.weight = seed, rounds, weight

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._scales = series.scales(rows)
        marked, others = rows[series.events[rows]], rows[~series.events[rows]]
        self._model = None
        if not len(marked) or not len(others):
            return
        others = drawn(others, ROWS, self.seed)
        event = np.cumsum(np.append(False, np.diff(marked) > 1))
        weight = 1 / np.sqrt(np.bincount(event)[event])
        weight *= self.weight * len(others) / weight.sum()
        model = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=0.08,
            max_leaf_nodes=15,
            min_samples_leaf=30,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=self.seed,
        )
        learned = np.concatenate([marked, others])
        inputs = series.symmetric(self._scales, learned)
        self._model = model.fit(
            inputs, series.events[learned], sample_weight=np.concatenate([weight, np.ones(len(others))])
        )

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        if self._model is None:
            return np.zeros(len(rows))
        return self._model.predict_proba(series.symmetric(self._scales, rows))[:, 1]
