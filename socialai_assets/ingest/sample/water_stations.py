"""Synthetic stations and a day of their readings, with planted faults and events. Draws no water system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import SampleAreas, generator

FIRST_MINUTE = np.datetime64("2025-09-10T00:00:00")
MINUTES = 1440
UNKNOWN = "T-unknown"
EVENT = ("T01", 600, 660)
"""Water changes at this station from the first minute to the last: chlorine falls, turbidity and conductivity rise."""
STUCK = ("T02", "turbidity", 300, 480)
DRIFT = ("T03", "ph", 400, MINUTES - 1)
GAP = ("T03", 900, 939)
EMPTY = ("T02", "ph", 1000, 1024)
INTERVALS = {"T01": 1, "T02": 1, "T03": 5}
_LEVELS = {
    # parameter: level, daily swing, noise
    "free_chlorine": (0.7, 0.05, 0.01),
    "turbidity": (0.4, 0.05, 0.02),
    "ph": (7.4, 0.05, 0.01),
    "conductivity": (420.0, 6.0, 1.5),
}


@dataclass(frozen=True, eq=False)
class SampleStations:
    """The sample's stations.

    Attributes:
        stations: columns of `water.raw_stations`.
        readings: columns of `water.raw_sensor_readings`; one is of a station nobody knows.
        events: columns of `water.raw_station_events`.
        truth: faults of sensors: `station_id`, `parameter` (missing: all), `fault`, `from`, `until`.
    """

    stations: pd.DataFrame
    readings: pd.DataFrame
    events: pd.DataFrame
    truth: pd.DataFrame


def draw_stations(areas: SampleAreas, seed: int) -> SampleStations:
    """Three stations, whatever the scale: one sees water change, of one a sensor sticks, one drifts and falls silent.

    Args:
        areas: areas to draw on.
        seed: seed of all random numbers.
    """
    random = generator(seed, "water stations")
    own = areas.smallest.sort_values(["population", "area_id"], ascending=[False, True], ignore_index=True)
    row = np.arange(len(INTERVALS)) % len(own)
    stations = pd.DataFrame(
        {
            "station_id": list(INTERVALS),
            "name": [f"Waterworks {number}" for number in range(1, len(INTERVALS) + 1)],
            "area_id": own["area_id"].to_numpy()[row],
            "system_id": None,
            "lat_deg": own["latitude"].to_numpy(float)[row].round(6),
            "lon_deg": own["longitude"].to_numpy(float)[row].round(6),
            "interval_minutes": list(INTERVALS.values()),
        }
    )
    readings = pd.concat([_of_station(random, name, step) for name, step in INTERVALS.items()], ignore_index=True)
    lost = readings.tail(1).assign(station_id=UNKNOWN)
    readings = pd.concat([readings, lost], ignore_index=True)
    readings["measured_at"] = _times(readings.pop("minute").to_numpy())
    return SampleStations(stations, readings[["station_id", "measured_at", "parameter", "value"]], _events(), _faults())


def recording(seed: int) -> pd.DataFrame:
    """A day of the same stations' readings every minute, to be played again: station_id, minute, parameter, value."""
    random = generator(seed, "water recording")
    return pd.concat([_of_station(random, name, 1) for name in INTERVALS], ignore_index=True)


def _of_station(random: np.random.Generator, station_id: str, step: int) -> pd.DataFrame:
    minute = np.arange(0, MINUTES, step)
    parts = []
    for name, (level, swing, noise) in _LEVELS.items():
        value = level + swing * np.sin(2 * np.pi * minute / MINUTES) + random.normal(0, noise, len(minute))
        if station_id == EVENT[0]:
            value = np.where(_within(minute, *EVENT[1:]), value * _change(name), value)
        if (station_id, name) == STUCK[:2]:
            value[_within(minute, *STUCK[2:])] = value[minute == STUCK[2]]
        if (station_id, name) == DRIFT[:2]:
            value = value + 0.0015 * np.maximum(0, minute - DRIFT[2])
        if (station_id, name) == EMPTY[:2]:
            value[_within(minute, *EMPTY[2:])] = np.nan
        parts.append(pd.DataFrame({"station_id": station_id, "minute": minute, "parameter": name, "value": value}))
    found = pd.concat(parts, ignore_index=True)
    silent = _within(found["minute"].to_numpy(), *GAP[1:]) if station_id == GAP[0] else np.zeros(len(found), bool)
    return found[~silent].sort_values(["minute", "parameter"])


def _change(parameter: str) -> float:
    return {"free_chlorine": 0.2, "turbidity": 9.0, "conductivity": 1.3}.get(parameter, 1.0)


def _within(minute: np.ndarray, first: int, last: int) -> np.ndarray:
    return (minute >= first) & (minute <= last)


def _times(minutes: np.ndarray) -> np.ndarray:
    return np.datetime_as_string(FIRST_MINUTE + minutes.astype("timedelta64[m]"), unit="s").astype(object)


def _events() -> pd.DataFrame:
    times = _times(np.array(EVENT[1:]))
    return pd.DataFrame(
        {"station_id": [EVENT[0]], "event_from": times[:1], "event_until": times[1:], "kind": "contamination"}
    )


def _faults() -> pd.DataFrame:
    rows = [
        (STUCK[0], STUCK[1], "sticks", *STUCK[2:]),
        (DRIFT[0], DRIFT[1], "drifts", *DRIFT[2:]),
        (GAP[0], None, "is silent", *GAP[1:]),
        (EMPTY[0], EMPTY[1], "has no value", *EMPTY[2:]),
    ]
    table = pd.DataFrame(rows, columns=["station_id", "parameter", "fault", "from", "until"])
    return table.assign(**{name: _times(table[name].to_numpy()) for name in ("from", "until")})
