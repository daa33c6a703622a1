"""The detector of readings as they arrive: what was planted is found and named, however the readings are cut."""

import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.ingest.sample import water_stations
from socialai_assets.methods.anomaly import sensor_tests
from socialai_assets.methods.anomaly.alarm_life import Alarm, Finding, StationAlarms
from socialai_assets.methods.anomaly.online import OnlineDetector
from socialai_assets.methods.anomaly.sensor_tests import DetectorSettings, median

PARAMETERS = ("conductivity", "flow", "free_chlorine", "ph", "turbidity")
SHORT = DetectorSettings(window=80, least=20, stuck=12, drift_window=40, close_after=5, missing=6)


def planted(seed: int) -> pd.DataFrame:
    """The sample country's readings of a day."""
    random = np.random.default_rng(seed)
    parts = [water_stations._of_station(random, name, step) for name, step in water_stations.INTERVALS.items()]
    readings = pd.concat(parts, ignore_index=True)
    minutes = readings.pop("minute").to_numpy().astype("timedelta64[m]")
    return readings.assign(measured_at=water_stations.FIRST_MINUTE + minutes)


@pytest.fixture(scope="module")
def day() -> pd.DataFrame:
    return planted(0)


@pytest.fixture(scope="module")
def hours(day: pd.DataFrame) -> pd.DataFrame:
    """Six hours with the event, the stuck sensor and a part of the drift."""
    return day[day["measured_at"].between(pd.Timestamp("2025-09-10 04:00"), pd.Timestamp("2025-09-10 12:00"))]


def latest(parts: list[pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat(parts, ignore_index=True).drop_duplicates("alarm_id", keep="last")
    return rows.sort_values("alarm_id", ignore_index=True)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_planted_is_found_and_named_and_nothing_else_is(seed: int) -> None:
    alarms = OnlineDetector(PARAMETERS).update(planted(seed))
    change = alarms[alarms["kind"] == "water_change"]
    first, last = (water_stations.FIRST_MINUTE + np.timedelta64(m, "m") for m in water_stations.EVENT[1:])
    assert change["station_id"].tolist() == [water_stations.EVENT[0]]
    assert set(change["sensors"].iloc[0].split()) == {"free_chlorine", "turbidity", "conductivity"}
    assert abs(change["began_at"].iloc[0] - first) <= pd.Timedelta("2min")
    assert last <= change["closed_at"].iloc[0] <= last + pd.Timedelta("20min")
    faults = alarms[alarms["kind"] == "sensor_fault"]
    assert set(faults["station_id"]) == {"T02", "T03"}
    sticks, empty = (row for _, row in faults[faults["station_id"] == "T02"].sort_values("opened_at").iterrows())
    assert (sticks["fault"], sticks["sensors"]) == ("sticks", "turbidity")
    assert sticks["began_at"] == water_stations.FIRST_MINUTE + np.timedelta64(301, "m")
    assert (empty["fault"], empty["sensors"]) == ("no value", "ph")
    drifting = faults[faults["station_id"] == "T03"]
    assert set(drifting["sensors"]) == {"ph"} and drifting["explanation"].str.contains("drifts").any()
    assert drifting["opened_at"].min() >= water_stations.FIRST_MINUTE + np.timedelta64(400, "m")


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, 480), max_size=6), chunk=st.integers(50, 700), restarts=st.booleans())
def test_batches_cut_anywhere_and_restarts_give_the_same_alarms(
    hours: pd.DataFrame, cuts: list[int], chunk: int, restarts: bool
) -> None:
    whole = latest([OnlineDetector(PARAMETERS, SHORT).update(hours)])
    chunked = DetectorSettings(**{**vars(SHORT), "chunk": chunk})
    detector, parts = OnlineDetector(PARAMETERS, chunked), []
    start = hours["measured_at"].min()
    ends = [start + pd.Timedelta(minutes=cut) for cut in sorted(set(cuts))] + [hours["measured_at"].max()]
    for first, last in pairwise([start - pd.Timedelta("1min"), *ends]):
        parts.append(detector.update(hours[(hours["measured_at"] > first) & (hours["measured_at"] <= last)]))
        if restarts:
            file = io.BytesIO()
            np.savez(file, allow_pickle=False, **detector.state())
            file.seek(0)
            detector = OnlineDetector.from_state(dict(np.load(file, allow_pickle=False)), chunked)
    assert len(whole) >= 3
    pd.testing.assert_frame_equal(latest(parts), whole)


def test_what_comes_twice_or_late_changes_nothing_and_is_counted(hours: pd.DataFrame) -> None:
    detector, half = OnlineDetector(PARAMETERS, SHORT), hours["measured_at"] < pd.Timestamp("2025-09-10 08:00")
    parts = [detector.update(hours[half]), detector.update(hours[half].sample(frac=1, random_state=0))]
    assert parts[1].empty and detector.late == half.sum()
    parts.append(detector.update(pd.concat([hours[~half], hours[~half]])))
    pd.testing.assert_frame_equal(latest(parts), latest([OnlineDetector(PARAMETERS, SHORT).update(hours)]))
    known = detector.last_moments
    assert (known == hours.groupby("station_id")["measured_at"].max().dt.tz_localize("UTC")[known.index]).all()


def test_nothing_and_nothing_but_missing_values_are_no_alarm(day: pd.DataFrame) -> None:
    detector = OnlineDetector(PARAMETERS)
    assert detector.update(day.iloc[:0]).empty
    empty = day[day["station_id"] == "T03"].assign(value=np.nan)
    assert detector.update(empty).empty and detector.late == 0


def test_flow_that_operators_change_is_no_changed_water(day: pd.DataFrame) -> None:
    station = day[(day["station_id"] == "T02") & (day["measured_at"] < pd.Timestamp("2025-09-10 05:00"))]
    jump = np.where(station["measured_at"] < pd.Timestamp("2025-09-10 04:00"), 1.0, 1.5)
    chlorine = station[station["parameter"] == "free_chlorine"]
    flow = chlorine.assign(
        parameter="flow", value=chlorine["value"] * jump[: len(station)][:: len(station) // len(chlorine)]
    )
    others = station.assign(value=np.where(station["parameter"] == "free_chlorine", jump, 1.0) * station["value"])
    both = pd.concat([others, flow])
    operated = DetectorSettings(operated=frozenset({"flow"}))
    assert OnlineDetector(PARAMETERS).update(both)["kind"].tolist() == ["water_change"]
    assert OnlineDetector(PARAMETERS, operated).update(both)["kind"].tolist() == ["sensor_fault"]


def test_an_unknown_parameter_is_refused(day: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="Unknown parameters: ph"):
        OnlineDetector(["turbidity"]).update(day[day["parameter"] == "ph"])


@settings(max_examples=60, deadline=None)
@given(
    signs=st.lists(st.booleans(), min_size=1, max_size=120), close_after=st.integers(1, 8), expires=st.integers(3, 60)
)
def test_an_alarm_opens_once_and_ends_by_quiet_alone(signs: list[bool], close_after: int, expires: int) -> None:
    own, seen = StationAlarms("T"), {}
    found = [Finding("ph", "deviates", 1.5, 9.0, 7.0, 0)]
    for moment, sign in enumerate(signs):
        before = own.open.get("water_change")
        state = before.state if before else None
        for alarm in own.step(
            moment * 1_000_000,
            changed=found if sign else [],
            change_lasts=False,
            off=set(),
            faults=[],
            lasting_faults=set(),
            close_after=close_after,
            expire_after=expires * 1e6,
        ):
            seen[alarm.alarm_id] = alarm
        after = own.open.get("water_change")
        if before and after is None:
            assert not any(signs[moment - close_after + 1 : moment + 1])
        if before and after:
            assert after is before and (after.state == state or (state, after.state) == ("open", "expired"))
        if after and after.state == "open":
            assert moment - after.opened_at / 1e6 < expires
    alarms: list[Alarm] = sorted(seen.values(), key=lambda one: one.opened_at)
    assert bool(alarms) == any(signs)
    for one, following in pairwise(alarms):
        assert one.state == "closed" and one.closed_at is not None and one.closed_at < following.opened_at


def test_alarms_of_silent_stations_expire(day: pd.DataFrame) -> None:
    detector = OnlineDetector(PARAMETERS)
    during = day[day["measured_at"] <= pd.Timestamp("2025-09-10 10:20")]
    assert "open" in set(detector.update(during[during["station_id"] == "T01"])["state"])
    assert detector.expire(pd.Timestamp("2025-09-12", tz="UTC")).empty
    assert detector.expire(pd.Timestamp("2025-09-18", tz="UTC"))["state"].tolist() == ["expired"]
    assert detector.expire(pd.Timestamp("2025-09-19", tz="UTC")).empty


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=5, max_size=5), min_size=1, max_size=9)
)
def test_medians_leave_out_what_is_missing(rows: list[list[int | None]]) -> None:
    values = np.array([[np.nan if one is None else one for one in row] for row in rows], dtype=float)
    wanted = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in values]
    np.testing.assert_array_equal(median(values), wanted)


def test_readings_while_stuck_do_not_narrow_what_is_usual() -> None:
    random = np.random.default_rng(0)
    window = random.normal(5, 1, 240).astype(np.float32)
    window[60:200] = window[60]
    z = sensor_tests.tests(window[None], np.array([np.nan]), DetectorSettings())[0, 0]
    assert abs(z) < 3
