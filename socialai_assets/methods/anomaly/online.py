"""Alarms from readings as they arrive, of many stations at once. Knows no stream and no table.

What is said of a reading depends on its sensor's last `window` readings and on the station's alarms that have not
closed, and on nothing else; so batches may be cut between any two messages and give the same alarms. A consumer that
was killed goes on from its last state and is given again what came after it: each station knows its last message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.anomaly.alarm_life import FAULTS, HOUR, Alarm, Finding, StationAlarms
from socialai_assets.methods.anomaly.sensor_tests import TESTS, DetectorSettings, tests

ALARM_COLUMNS = (
    "alarm_id", "station_id", "kind", "severity", "state", "began_at", "opened_at", "last_seen_at", "expired_at",
    "closed_at", "sensors", "parameter", "fault", "value", "usual", "score", "explanation",
)  # fmt: skip
_TIMES = ("began_at", "opened_at", "last_seen_at", "expired_at", "closed_at")
_NEVER = np.iinfo(np.int64).min
STICKS, DRIFTS, DEVIATES, SPIKES, NO_VALUE = range(len(FAULTS))


class OnlineDetector:
    """Finds faulty sensors and water that changes; keeps what it must remember of each station.

    Args:
        parameters: what sensors may measure.
        settings: what counts as unusual.
    """

    def __init__(self, parameters: Sequence[str], settings: DetectorSettings | None = None) -> None:
        self.settings = settings or DetectorSettings()
        self.parameters = tuple(parameters)
        self.late = 0
        """Readings that came after a later one of their station, or twice, and were not judged."""
        width = len(self.parameters)
        resolution = [self.settings.resolution.get(name, np.nan) for name in self.parameters]
        self._resolution = np.array(resolution, dtype=float)
        self._is_quality = np.array([name not in self.settings.operated for name in self.parameters], dtype=bool)
        self._stations: list[str] = []
        self._codes: dict[str, int] = {}
        self._alarms: dict[int, StationAlarms] = {}
        self._last = np.empty(0, dtype=np.int64)
        self._sensor = np.empty((0, width), dtype=np.int32)
        self._windows = np.empty((0, self.settings.window), dtype=np.float32)
        self._sensors = 0
        self._tests = np.empty((0, width, len(TESTS) + 1))
        self._missing = np.empty((0, width), dtype=np.int64)
        self._since = np.empty((0, width, len(FAULTS)), dtype=np.int64)

    def update(self, readings: pd.DataFrame) -> pd.DataFrame:
        """Take readings, whole messages (all of a station and moment) at a time, stations in any order.

        Args:
            readings: `station_id`, `parameter`, `measured_at` (UTC, with or without zone), `value` (NaN: none).

        Returns:
            `ALARM_COLUMNS` of each alarm that was opened, went on, expired or closed, as it stands after these
            readings; replace rows of the same `alarm_id`. `score` is 1 where an alarm opens.

        Raises:
            ValueError: a parameter that is not one of the detector's.
        """
        station = self._station_codes(readings["station_id"])
        parameter = pd.Categorical(readings["parameter"], categories=list(self.parameters)).codes.astype(np.intp)
        if (parameter < 0).any():
            unknown = sorted(set(readings["parameter"].astype(str)) - set(self.parameters))
            raise ValueError(f"Unknown parameters: {', '.join(unknown)}.")
        moment = _microseconds(readings["measured_at"])
        value = readings["value"].to_numpy(dtype=np.float32, na_value=np.nan)
        order = np.lexsort((parameter, moment, station))
        order = order[moment[order] > self._last[station[order]]]
        station, parameter, moment, value = station[order], parameter[order], moment[order], value[order]
        new_message = np.append(True, (np.diff(station) != 0) | (np.diff(moment) != 0))[: len(order)]
        kept = new_message | np.append(True, np.diff(parameter) != 0)[: len(order)]
        self.late += len(readings) - int(kept.sum())
        station, parameter, moment, value = station[kept], parameter[kept], moment[kept], value[kept]
        starts = np.append(np.flatnonzero(new_message[kept]), len(station))
        touched: dict[str, Alarm] = {}
        first = 0
        while first < len(starts) - 1:
            beyond = int(np.searchsorted(starts, starts[first] + self.settings.chunk))
            last = min(max(beyond, first + 1), len(starts) - 1)
            rows = slice(starts[first], starts[last])
            message = np.repeat(np.arange(last - first), np.diff(starts[first : last + 1]))
            values = np.full((last - first, len(self.parameters)), np.nan, dtype=np.float32)
            values[message, parameter[rows]] = value[rows]
            self._take(station[starts[first:last]], moment[starts[first:last]], values, touched)
            first = last
        return _frame(touched.values())

    def expire(self, now: datetime) -> pd.DataFrame:
        """Expire open alarms of stations that have been silent for too long; rows as those of `update`."""
        moment = int(_microseconds(pd.Series([now]))[0])
        found = [each.expire(moment, self._expire_after) for each in self._alarms.values()]
        return _frame(alarm for alarms in found for alarm in alarms)

    def state(self) -> dict[str, np.ndarray]:
        """All that is remembered, as arrays of numbers and text: `numpy.savez` stores them without pickle."""
        alarms = [json.dumps(_plain(self._alarms[code])) for code in sorted(self._alarms)]
        stations = len(self._stations)
        return {
            "parameters": np.array(self.parameters, dtype=np.str_),
            "stations": np.array(self._stations, dtype=np.str_),
            "alarms": np.array(alarms, dtype=np.str_),
            "windows": self._windows[: self._sensors].copy(),
            "last": self._last[:stations].copy(),
            "sensor": self._sensor[:stations].copy(),
            "tests": self._tests[:stations].copy(),
            "missing": self._missing[:stations].copy(),
            "since": self._since[:stations].copy(),
            "late": np.array(self.late),
        }

    @classmethod
    def from_state(cls, state: dict[str, np.ndarray], settings: DetectorSettings | None = None) -> OnlineDetector:
        """A detector that goes on from a state; the settings are those it was made with.

        Raises:
            ValueError: the settings' window is another.
        """
        made = cls([str(name) for name in state["parameters"]], settings)
        if state["windows"].shape[1] != made.settings.window:
            raise ValueError(f"The state remembers {state['windows'].shape[1]} readings, not {made.settings.window}.")
        made._stations = [str(name) for name in state["stations"]]
        made._codes = {name: code for code, name in enumerate(made._stations)}
        made._windows, made._sensors = state["windows"].copy(), len(state["windows"])
        made._last, made._sensor = state["last"].copy(), state["sensor"].copy()
        made._tests, made._missing, made._since = (state[name].copy() for name in ("tests", "missing", "since"))
        made.late = int(state["late"])
        for text in state["alarms"]:
            alarms = _alarms(json.loads(str(text)))
            made._alarms[made._codes[alarms.station_id]] = alarms
        return made

    @property
    def last_moments(self) -> pd.Series:
        """Time of the last message judged, UTC, by station; what came later is to be given again after a restart."""
        moments = pd.to_datetime(self._last[: len(self._stations)], unit="us", utc=True)
        return pd.Series(moments, index=pd.Index(self._stations, name="station_id"), name="measured_at")

    @property
    def _expire_after(self) -> float:
        return self.settings.expire_hours * HOUR

    def _station_codes(self, names: pd.Series) -> np.ndarray:
        codes, unique = pd.factorize(names)
        known = np.empty(len(unique), dtype=np.intp)
        for number, name in enumerate(unique):
            if name not in self._codes:
                self._codes[name] = len(self._stations)
                self._stations.append(str(name))
            known[number] = self._codes[name]
        more = len(self._stations) - len(self._last)
        if more > 0:
            more = max(more, len(self._last))
            self._last = _grown(self._last, more, _NEVER)
            self._sensor = _grown(self._sensor, more, -1)
            self._tests = _grown(self._tests, more, np.nan)
            self._missing = _grown(self._missing, more, 0)
            self._since = _grown(self._since, more, _NEVER)
        return known[codes]

    def _sensor_codes(self, station: np.ndarray, parameter: np.ndarray) -> np.ndarray:
        """Row of `_windows` of each sensor, made where it is new; each pair comes once."""
        new = self._sensor[station, parameter] < 0
        number = int(new.sum())
        if number:
            self._sensor[station[new], parameter[new]] = self._sensors + np.arange(number)
            self._sensors += number
            if self._sensors > len(self._windows):
                self._windows = _grown(
                    self._windows, max(self._sensors - len(self._windows), self._sensors // 2), np.nan
                )
        return self._sensor[station, parameter]

    def _take(self, station: np.ndarray, moment: np.ndarray, values: np.ndarray, touched: dict[str, Alarm]) -> None:
        """Judge messages, sorted by station and time: their stations (n,), times (n,) and values (n, parameters)."""
        rows = np.arange(len(station))
        is_first = np.append(True, np.diff(station) != 0)
        begins = np.maximum.accumulate(np.where(is_first, rows, 0))
        ends = np.flatnonzero(np.append(is_first[1:], True))
        present = np.isfinite(values)
        found = np.full((*values.shape, len(TESTS) + 1), np.nan)
        message, parameter, judged = self._judged(station, values, present)
        found[message, parameter] = judged
        # What was last said of a sensor holds until it reports again, or for too long does not.
        latest = np.maximum.accumulate(np.where(present, rows[:, None], -1), axis=0)
        here = latest >= begins[:, None]
        columns = np.arange(values.shape[1])
        found = np.where(here[..., None], found[np.maximum(latest, 0), columns], self._tests[station])
        missing = np.where(here, rows[:, None] - latest, self._missing[station] + (rows - begins)[:, None] + 1)
        known = here | (self._sensor[station] >= 0)
        signs = self._signs(found, missing, present, known)
        since = _streaks(signs["started"], moment, begins, self._since[station])
        self._tests[station[ends]] = found[ends]
        self._missing[station[ends]] = np.where(known[ends], missing[ends], 0)
        self._since[station[ends]] = np.where(signs["started"][ends], since[ends], _NEVER)
        self._last[station[ends]] = moment[ends]
        self._live(station, moment, found, signs, since, begins[ends], ends, touched)

    def _judged(
        self, station: np.ndarray, values: np.ndarray, present: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Message, parameter and tests (with the reading last) of every reading; remembers the readings."""
        message, parameter = np.nonzero(present)
        order = np.lexsort((message, parameter, station[message]))
        message, parameter = message[order], parameter[order]
        if not len(message):
            return message, parameter, np.empty((0, len(TESTS) + 1))
        is_first = np.append(True, (np.diff(station[message]) != 0) | (np.diff(parameter) != 0))
        group = np.cumsum(is_first) - 1
        sensor = self._sensor_codes(station[message[is_first]], parameter[is_first])
        window = self.settings.window
        place = np.arange(len(message)) + window * (group + 1)
        together = np.empty(len(message) + window * len(sensor), dtype=np.float32)
        together[place] = values[message, parameter]
        together[(place[is_first] - window)[:, None] + np.arange(window)] = self._windows[sensor]
        windows = np.lib.stride_tricks.sliding_window_view(together, window)[place - window + 1]
        self._windows[sensor] = windows[np.append(is_first[1:], True)]
        judged = tests(windows, self._resolution[parameter], self.settings)
        return message, parameter, np.column_stack([judged, together[place]])

    def _signs(
        self, found: np.ndarray, missing: np.ndarray, present: np.ndarray, known: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Signs of changed water (n,), of sensors that are off (n, parameters), of faults (n, parameters, faults)."""
        settings = self.settings
        with np.errstate(invalid="ignore"):
            z, lasting, _, run, moves, drift, spikes, _ = np.moveaxis(found, 2, 0)
            gone = missing >= settings.missing
            z = np.where(gone | ~self._is_quality, np.nan, z)
            away, off = np.abs(z) >= settings.open_z, np.abs(z) >= settings.close_z
            sensors = (known & ~gone & self._is_quality).sum(axis=1)
            enough = np.clip(sensors, 1, 2)
            changed = np.where(
                sensors == 1, (np.abs(lasting) >= settings.open_z).any(axis=1), away.sum(axis=1) >= enough
            )
            moving = known & ~gone & ~(run >= settings.stuck)
            others_move = (moving.sum(axis=1)[:, None] - moving) > 0
            size = np.where(gone | ~self._is_quality, 0.0, np.nan_to_num(np.abs(drift)))
            ordered = np.sort(size, axis=1)
            next_size = np.where(size == ordered[:, -1:], ordered[:, -2:-1], ordered[:, -1:])
            jumps = (spikes >= settings.spikes) & self._is_quality
            alone = (off.sum(axis=1) == 1) & (sensors > 1)
            raised = np.stack(
                [
                    (run >= settings.stuck) & (moves >= settings.moves) & others_move & ~gone,
                    (size >= settings.drift) & (size >= settings.drift_others * next_size) & (sensors > 1)[:, None],
                    (np.abs(lasting) >= settings.open_z) & away & alone[:, None],
                    jumps & (jumps.sum(axis=1) == 1)[:, None] & ~gone,
                    gone & known & (present.sum(axis=1) > 0)[:, None],
                ],
                axis=2,
            )
            lasts = np.stack(
                [(run >= settings.stuck) & ~gone, size >= settings.drift / 2, off, spikes >= 1, gone & known], axis=2
            )
            started = np.stack([run >= 2, size >= settings.drift / 2, off, spikes >= 1, (missing >= 1) & known], axis=2)
            score = np.stack(
                [
                    run / settings.stuck,
                    size / settings.drift,
                    np.abs(z) / settings.open_z,
                    spikes / settings.spikes,
                    missing / settings.missing,
                ],
                axis=2,
            )
        return {
            "changed": changed & ~gone.all(axis=1),
            "change_lasts": off.sum(axis=1) >= enough,
            "away": np.where((sensors == 1)[:, None], off, away),
            "off": off,
            "raised": raised,
            "lasts": lasts,
            "started": started,
            "score": score,
        }

    def _live(
        self,
        station: np.ndarray,
        moment: np.ndarray,
        found: np.ndarray,
        signs: dict[str, np.ndarray],
        since: np.ndarray,
        begins: np.ndarray,
        ends: np.ndarray,
        touched: dict[str, Alarm],
    ) -> None:
        """Let the alarms of the stations live through their messages; only where something is, or was, unusual."""
        stirs = signs["changed"] | signs["raised"].any(axis=(1, 2))

        def finding(row: int, parameter: int, fault: int) -> Finding:
            score = float(signs["score"][row, parameter, fault])
            value, usual = float(found[row, parameter, -1]), float(found[row, parameter, TESTS.index("usual")])
            began = int(since[row, parameter, fault])
            return Finding(self.parameters[parameter], FAULTS[fault], score, value, usual, began)

        for first, last in zip(begins.tolist(), ends.tolist(), strict=True):
            code = int(station[first])
            own = self._alarms.get(code)
            stirring = np.flatnonzero(stirs[first : last + 1])
            if own is None:
                if not len(stirring):
                    continue
                own = self._alarms[code] = StationAlarms(self._stations[code])
            row = first
            while row <= last:
                if own.is_idle:
                    nearest = np.searchsorted(stirring, row - first)
                    if nearest == len(stirring):
                        break
                    row = first + int(stirring[nearest])
                off = signs["off"][row]
                changed = np.flatnonzero(signs["away"][row]) if signs["changed"][row] else ()
                for alarm in own.step(
                    int(moment[row]),
                    changed=[finding(row, int(parameter), DEVIATES) for parameter in changed],
                    change_lasts=bool(signs["change_lasts"][row]),
                    off={self.parameters[parameter] for parameter in np.flatnonzero(off)},
                    faults=[finding(row, int(p), int(f)) for p, f in np.argwhere(signs["raised"][row])],
                    lasting_faults={f"{self.parameters[p]} {FAULTS[f]}" for p, f in np.argwhere(signs["lasts"][row])},
                    close_after=self.settings.close_after,
                    expire_after=self._expire_after,
                ):
                    touched[alarm.alarm_id] = alarm
                row += 1
            if own.is_idle:
                del self._alarms[code]


def _streaks(flag: np.ndarray, moment: np.ndarray, begins: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Since when each flag (messages, parameters, signs) has been up, by times before (same shape) and of messages."""
    rows = np.arange(len(flag))[:, None, None]
    lowered = np.maximum.accumulate(np.where(flag, -1, rows), axis=0)
    began = np.maximum(lowered + 1, begins[:, None, None])
    from_before = (lowered < begins[:, None, None]) & (before != _NEVER)
    return np.where(from_before, before, moment[np.minimum(began, len(flag) - 1)])


def _microseconds(times: pd.Series) -> np.ndarray:
    if getattr(times.dtype, "tz", None) is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    elif times.dtype == object:
        times = pd.to_datetime(times, utc=True).dt.tz_localize(None)
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _grown(array: np.ndarray, more: int, fill: float) -> np.ndarray:
    return np.concatenate([array, np.full((more, *array.shape[1:]), fill, dtype=array.dtype)])


def _frame(alarms: Any) -> pd.DataFrame:
    rows = pd.DataFrame([alarm.row() for alarm in alarms], columns=list(ALARM_COLUMNS))
    for name in _TIMES:
        rows[name] = pd.to_datetime(rows[name], unit="us").astype("datetime64[us]")
    for name in ("value", "usual", "score"):
        rows[name] = rows[name].astype(float)
    return rows.sort_values(["opened_at", "alarm_id"], ignore_index=True)


def _plain(alarms: StationAlarms) -> dict[str, Any]:
    return {**asdict(alarms), "explained": sorted(alarms.explained)}


def _alarms(plain: dict[str, Any]) -> StationAlarms:
    opened = {}
    for kind, alarm in plain["open"].items():
        findings = {key: Finding(**finding) for key, finding in alarm.pop("findings").items()}
        opened[kind] = Alarm(**alarm, findings=findings)
    return StationAlarms(plain["station_id"], opened, set(plain["explained"]))
