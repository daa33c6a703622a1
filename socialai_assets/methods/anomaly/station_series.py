"""A station's readings as an array, and what of them a detector may look at: nothing after the reading it judges."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

SPANS = (15, 60, 240, 1440)
LAGS = (1, 3, 10, 30)
SKIPPED = 3
"""Readings between one and the median it is compared with, so that a beginning change is not compared with itself."""
FEATURES = (
    *(f"from median of {span}" for span in SPANS),
    *(f"change over {lag}" for lag in LAGS),
    "unrest of 5",
    "unrest of 30",
    "range of 20",
)
LARGEST = 3
USUAL_SHARE = 0.95
ROWS = 20_000
"""As many rows are learned from, at most, of those without an event."""
SMALLEST_DECIMALS, MOST_DECIMALS = 0, 6


@dataclass(frozen=True, eq=False)
class StationSeries:
    """Readings of one station at regular times.

    Args:
        times: (n,) moments, ascending.
        parameters: what is measured.
        values: (n, sensors) readings, NaN where there is none; see `station_series`.
        context: which sensors show what is done to the water, or its surroundings, and not its quality.
        events: (n,) whether experts found something remarkable; only learned from in training rows.
        decimals: digits that each sensor has.
    """

    times: np.ndarray
    parameters: tuple[str, ...]
    values: np.ndarray
    context: np.ndarray
    events: np.ndarray
    decimals: tuple[int, ...]

    @cached_property
    def features(self) -> np.ndarray:
        """(n, sensors, features) named `FEATURES`, from a sensor's own readings so far; NaN where too few are known."""
        return np.stack([_features(pd.Series(column)) for column in self.values.T], axis=1)

    def scales(self, rows: np.ndarray) -> np.ndarray:
        """(sensors, features) what is large: 99 % of the training rows are below it; at least the last digit."""
        least = 10.0 ** -np.array(self.decimals, dtype=float)
        some = np.abs(self.features[drawn(rows, ROWS)])
        large = pd.DataFrame(some.reshape(len(some), -1)).quantile(0.99).to_numpy().reshape(some.shape[1:])
        return np.maximum(np.nan_to_num(large), least[:, None])

    def symmetric(self, scales: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(rows, columns) how large each feature is at the sensors furthest off, whichever they are.

        A model of these knows how far sensors are off and how many, and not which; so that what it learned of events
        seen by some sensors holds for events seen by others.
        """
        size = np.nan_to_num(np.abs(self.features[rows]) / scales)
        quality = -np.sort(-size[:, ~self.context], axis=1)
        none = np.zeros((len(size), 1, size.shape[2]), dtype=size.dtype)
        filled = np.concatenate([quality, *[none] * LARGEST], axis=1)[:, :LARGEST]
        surroundings = np.concatenate([size[:, self.context], none], axis=1).max(axis=1)
        parts = [*np.moveaxis(filled, 1, 0), quality.mean(axis=1), surroundings]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def signed(self, scales: np.ndarray, names: Sequence[str], rows: np.ndarray) -> np.ndarray:
        """(rows, quality sensors times names) features over their scales, within 10, 0 where unknown."""
        chosen = [FEATURES.index(name) for name in names]
        scaled = (self.features[rows] / scales)[:, ~self.context][:, :, chosen]
        return np.clip(np.nan_to_num(scaled), -10, 10).reshape(len(scaled), -1).astype(np.float32)


def station_series(
    readings: pd.DataFrame, events: pd.DataFrame, *, context: Collection[str] = (), fill: int = 10
) -> StationSeries:
    """A station's series, its readings rounded to the digits that the sensor usually has.

    Events that somebody wrote into a record by computing often have more digits than the sensor; a detector must not
    find them by these, since no real event has them.

    Args:
        readings: `measured_at`, `parameter`, `value` of one station at regular times.
        events: `event_from`, `event_until` of that station, both included.
        context: parameters that are not the water's quality.
        fill: readings for which the last one holds where there is none.
    """
    wide = readings.pivot(index="measured_at", columns="parameter", values="value").sort_index()
    decimals = tuple(usual_decimals(wide[name].to_numpy(float)) for name in wide)
    rounded = np.column_stack([wide[name].round(d).to_numpy(float) for name, d in zip(wide, decimals, strict=True)])
    times = wide.index.to_numpy(dtype="datetime64[us]")
    remarkable = np.zeros(len(times), dtype=bool)
    for first, last in zip(
        events["event_from"].to_numpy(dtype="datetime64[us]"),
        events["event_until"].to_numpy(dtype="datetime64[us]"),
        strict=True,
    ):
        remarkable |= (times >= first) & (times <= last)
    names = tuple(str(name) for name in wide)
    return StationSeries(
        times=times,
        parameters=names,
        values=pd.DataFrame(rounded).ffill(limit=fill).to_numpy(),
        context=np.array([name in context for name in names]),
        events=remarkable,
        decimals=decimals,
    )


def usual_decimals(values: np.ndarray) -> int:
    """The fewest digits behind the point that leave 95 % of the values as they are."""
    known = values[np.isfinite(values)]
    for digits in range(SMALLEST_DECIMALS, MOST_DECIMALS):
        if len(known) and np.mean(np.abs(known - np.round(known, digits)) < 1e-9) >= USUAL_SHARE:
            return digits
    return MOST_DECIMALS


def _features(values: pd.Series) -> np.ndarray:
    steps = values.diff().abs()
    found = [values - values.shift(SKIPPED).rolling(span, min_periods=5).median() for span in SPANS]
    found += [values - values.shift(lag) for lag in LAGS]
    found += [steps.rolling(span, min_periods=2).mean() for span in (5, 30)]
    recent = values.rolling(20, min_periods=3)
    found.append(recent.max() - recent.min())
    return np.column_stack(found).astype(np.float32)


def drawn(rows: np.ndarray, number: int, seed: int = 0) -> np.ndarray:
    """At most so many of some rows, in their order."""
    if len(rows) <= number:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, number, replace=False))
