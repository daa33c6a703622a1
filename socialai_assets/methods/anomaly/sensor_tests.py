"""Tests of a reading against the last readings of its own sensor, many sensors at once. Keeps nothing between calls.

Robust statistics (median and median absolute deviation) as in Leys et al. 2013, so that a few wrong readings do not
widen what counts as usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

MAD_TO_SIGMA = 1.4826
"""A normal distribution's standard deviation in median absolute deviations."""
TESTS = ("z", "lasting_z", "usual", "run", "moves", "drift", "spikes")
"""What `tests` returns, in this order."""
_DRIFT_BLOCKS = 4
_SPIKE_READINGS = 60


@dataclass(frozen=True)
class DetectorSettings:
    """What counts as unusual; spans are in readings, so that they fit stations that report rarely.

    Attributes:
        window: readings of a sensor that are remembered.
        least: readings before anything is said of a sensor.
        recent: readings whose median is judged, so that one wrong reading opens no alarm.
        lasting: readings in a row that one sensor alone must be off before it is taken for faulty.
        open_z: robust z from which a sensor is off.
        close_z: robust z below which it is back.
        stuck: equal readings in a row of a sensor that otherwise moves.
        moves: share of readings unlike the one before from which a sensor is one that moves.
        drift_window: readings over which a sensor must go one way.
        drift: least of three steps over that window, in standard deviations of the noise, times three.
        drift_others: how often the drift of any other sensor a sensor's own must be.
        spikes: single readings off, among the last 60.
        missing: messages in a row without a value of a sensor.
        close_after: messages in a row without a sign before an alarm closes.
        expire_hours: hours after which an alarm that has not closed is no longer shown.
        operated: parameters that operators change at will, such as flow; they are no sign of a changed water.
        resolution: least scale that a robust z is measured in, by parameter, in its unit.
        relative_resolution: the same as a share of the usual value, for parameters without one.
        chunk: readings that are judged at once; bounds memory, changes no result.
    """

    window: int = 240
    least: int = 60
    recent: int = 3
    lasting: int = 10
    open_z: float = 6.0
    close_z: float = 3.0
    stuck: int = 30
    moves: float = 0.8
    drift_window: int = 160
    drift: float = 15.0
    drift_others: float = 3.0
    spikes: int = 3
    missing: int = 15
    close_after: int = 15
    expire_hours: float = 168.0
    operated: frozenset[str] = frozenset()
    resolution: Mapping[str, float] = field(default_factory=dict)
    relative_resolution: float = 0.005
    chunk: int = 4096

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        longest = max(self.drift_window, self.least, self.stuck, _SPIKE_READINGS) + self.lasting
        if self.window < longest:
            raise ValueError(f"A window of {self.window} readings is too short: {longest} are looked at.")
        if not 0 < self.close_z <= self.open_z or self.drift_window % _DRIFT_BLOCKS or self.recent > self.lasting:
            raise ValueError("close_z must be in (0, open_z], drift_window a multiple of 4, recent at most lasting.")


def tests(windows: np.ndarray, resolution: np.ndarray, settings: DetectorSettings) -> np.ndarray:
    """Judge the last reading of each window.

    Args:
        windows: (n, window) a sensor's last readings, the newest last, NaN before the first one.
        resolution: (n,) least scale by the sensor's parameter, NaN where the relative one holds.
        settings: what counts.

    Returns:
        (n, 7) named `TESTS`: robust z of the recent median; smallest robust z of the lasting readings if all are off to
        the same side, else 0; the usual value; equal readings in a row; share of the readings before these that moved;
        drift in standard deviations of the noise, signed; single readings that were off. NaN where too little is known.
    """
    values = windows.astype(np.float64)
    count = np.isfinite(values).sum(axis=1)
    run, moves = _runs(values, count)
    _leave_out_stuck(values, count, settings)
    usual = median(values[:, : -settings.lasting])
    spread = MAD_TO_SIGMA * median(np.abs(values[:, : -settings.lasting] - usual[:, None]))
    floor = np.where(np.isfinite(resolution), resolution, settings.relative_resolution * np.abs(usual))
    floor = np.maximum(floor, 1e-9)
    off = (values[:, -_SPIKE_READINGS:] - usual[:, None]) / np.maximum(spread, floor)[:, None]
    recent = median(off[:, -settings.recent :])
    lasting = off[:, -settings.lasting :]
    least, most = lasting.min(axis=1), lasting.max(axis=1)
    same_side = np.where(least > 0, least, np.where(most < 0, most, 0.0))
    found = np.column_stack(
        [recent, same_side, usual, run, moves, _drift(values, floor, settings.drift_window), _spikes(off, settings)]
    )
    known = np.isfinite(values[:, : -settings.lasting]).sum(axis=1)
    found[known < settings.least // 2, : TESTS.index("run")] = np.nan
    found[count < settings.least + settings.lasting] = np.nan
    return found


def median(values: np.ndarray) -> np.ndarray:
    """(n,) medians along the last axis without NaN; NaN where there is nothing else."""
    length = values.shape[-1]
    if not np.isnan(values).any():
        middle = (length - 1) // 2, length // 2
        parted = np.partition(values, middle, axis=-1)
        return (parted[..., middle[0]] + parted[..., middle[1]]) / 2
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(values).sum(axis=-1)[..., None]
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, length - 1), axis=-1)
    return ((low + high) / 2)[..., 0]


def _runs(values: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of the run of equal readings at the end, and share of the steps before it that changed something."""
    differs = values[:, :0:-1] != values[:, -2::-1]
    run = np.where(differs.any(axis=1), differs.argmax(axis=1), differs.shape[1]) + 1
    before = count - run
    # A step from NaN differs too, and is none.
    changed = differs.sum(axis=1) - (values.shape[1] - count)
    return run.astype(float), np.where(before >= _SPIKE_READINGS // 2, changed / np.maximum(before, 1), np.nan)


def _leave_out_stuck(values: np.ndarray, count: np.ndarray, settings: DetectorSettings) -> None:
    """Make the readings of a sensor that moves NaN while it was stuck: they would make everything else look far off."""
    equal = values[:, 1:] == values[:, :-1]
    rows = np.flatnonzero(equal.sum(axis=1) >= settings.stuck - 1)
    if not len(rows):
        return
    # Whether the `stuck - 1` steps that end, and then those that begin, at a step are all equal.
    length = settings.stuck - 1
    total = np.cumsum(np.pad(equal[rows], ((0, 0), (1, 0))), axis=1)
    whole = np.pad(total[:, length:] - total[:, :-length] == length, ((0, 0), (length, length)))
    reach = np.cumsum(whole, axis=1)
    within = reach[:, length:] - np.pad(reach[:, : -length - 1], ((0, 0), (1, 0))) > 0
    frozen = np.pad(within[:, : equal.shape[1]], ((0, 0), (1, 0)))
    changed = (~equal[rows] & np.isfinite(values[rows][:, :-1])).sum(axis=1)
    moves = changed >= settings.moves * (count[rows] - 1 - frozen.sum(axis=1))
    values[rows[moves]] = np.where(frozen[moves], np.nan, values[rows[moves]])


def _drift(values: np.ndarray, floor: np.ndarray, span: int) -> np.ndarray:
    """Three times the least of the steps between the medians of four blocks if all go one way, over the noise."""
    last = values[:, -span:]
    noise = MAD_TO_SIGMA * median(np.abs(np.diff(last, axis=1))) / np.sqrt(2)
    steps = np.diff(median(last.reshape(len(last), _DRIFT_BLOCKS, -1)), axis=1)
    least, most = steps.min(axis=1), steps.max(axis=1)
    drift = 3 * np.where(least > 0, least, np.where(most < 0, most, 0.0)) / np.maximum(noise, floor)
    return np.where(np.isfinite(last).sum(axis=1) >= span // 2, drift, 0.0)


def _spikes(off: np.ndarray, settings: DetectorSettings) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        out = np.abs(off) >= settings.open_z
    single = out[:, 1:-1] & ~out[:, :-2] & ~out[:, 2:]
    return single.sum(axis=1).astype(float)
