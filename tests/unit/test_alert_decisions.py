"""Which observations become alerts: once until it passes, acknowledgement, expiry; and what the book keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.alert_book import AlertBook, Trouble
from resources.errors import NothingSuch
from socialai_assets.automation.alerts import Observation, alert_for, updated

START = datetime(2026, 3, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 30


def failed(at: datetime, *, key: str = "step a", stands: bool = False, severity: str = "error") -> Observation:
    return Observation(key, at, False, stands, "a failed", "no space", severity)  # type: ignore[arg-type]


def passed(at: datetime, key: str = "step a") -> Observation:
    return Observation(key, at, True)


def told(known: dict[str, Trouble], at: datetime, *, warnings: bool = False) -> tuple[dict[str, Trouble], list[str]]:
    """The troubles with what there was to tell marked as told, and its subjects."""
    subjects = []
    for key, trouble in known.items():
        if alert := alert_for(trouble, warnings=warnings):
            subjects.append(alert.subject)
            known[key] = replace(trouble, told=at) if trouble.state == "open" else replace(trouble, end_told=True)
    return known, subjects


def test_a_permanent_failure_retried_every_half_hour_is_told_once_and_its_end_once() -> None:
    known: dict[str, Trouble] = {}
    heard = []
    for number in range(10):
        now = START + number * HOUR / 2
        known, subjects = told(updated(known, [failed(now)], now=now, days=DAYS), now)
        heard += subjects
    assert heard == ["a failed"]
    assert known["step a"].failures == 10
    end = START + 6 * HOUR
    known, subjects = told(updated(known, [passed(end)], now=end, days=DAYS), end)
    assert subjects == ["Resolved: a failed"]
    known, subjects = told(updated(known, [passed(end + HOUR)], now=end + HOUR, days=DAYS), end)
    assert subjects == []
    again = end + 2 * HOUR
    known, subjects = told(updated(known, [failed(again)], now=again, days=DAYS), again)
    assert subjects == ["a failed"], "it had passed: this is new"


def test_the_same_records_read_twice_change_nothing() -> None:
    records = [failed(START), passed(START + HOUR), failed(START + 2 * HOUR)]
    once = updated({}, records, now=START + 3 * HOUR, days=DAYS)
    assert once["step a"].state == "open"
    assert updated(once, records, now=START + 4 * HOUR, days=DAYS) == once


def test_what_failed_and_passed_between_two_looks_is_not_told() -> None:
    known = updated({}, [passed(START + HOUR), failed(START)], now=START + 2 * HOUR, days=DAYS)
    assert known["step a"].state == "resolved"
    assert told(known, START)[1] == []


def test_warnings_are_kept_and_told_only_where_asked_for_or_when_they_become_errors() -> None:
    known = updated({}, [failed(START, severity="warning")], now=START, days=DAYS)
    assert alert_for(known["step a"], warnings=False) is None
    known, subjects = told(known, START, warnings=True)
    assert subjects == ["a failed"]
    known = updated(known, [failed(START + HOUR)], now=START + HOUR, days=DAYS)
    assert told(known, START + HOUR)[1] == ["a failed"]


def test_an_acknowledged_alert_is_silent_until_that_runs_out() -> None:
    known, _ = told(updated({}, [failed(START)], now=START, days=DAYS), START)
    known["step a"] = replace(known["step a"], acknowledged_by="ana", silent_until=START + 24 * HOUR)
    for hours in (1, 23):
        now = START + hours * HOUR
        known, subjects = told(updated(known, [failed(now)], now=now, days=DAYS), now)
        assert subjects == []
    now = START + 25 * HOUR
    known, subjects = told(updated(known, [], now=now, days=DAYS), now)
    assert subjects == ["a failed"]
    assert known["step a"].acknowledged_by is None


def test_what_nothing_is_heard_of_expires_but_a_verdict_that_stands_does_not() -> None:
    observations = [failed(START), failed(START, key="check b", stands=True)]
    known, _ = told(updated({}, observations, now=START, days=DAYS), START)
    late = START + timedelta(days=DAYS + 1)
    known, subjects = told(updated(known, observations[1:], now=late, days=DAYS), late)
    assert {key: trouble.state for key, trouble in known.items()} == {"step a": "expired", "check b": "open"}
    assert subjects == []
    later = late + timedelta(days=DAYS + 1)
    assert set(updated(known, observations[1:], now=later, days=DAYS)) == {"check b"}


class TestBook:
    def test_keeps_every_field_and_forgets_what_it_is_told_to(self, tmp_path: Path) -> None:
        book = AlertBook(tmp_path / "home" / "alerts.sqlite")
        assert book.troubles() == {}
        known = updated({}, [failed(START), failed(START, key="step b")], now=START, days=DAYS)
        known["step a"] = replace(known["step a"], told=START, silent_until=START + HOUR, end_told=True)
        with book.changing() as page:
            page.write(known.values())
            page.looked = START
        with book.changing() as page:
            assert (page.troubles(), page.looked) == (known, START)
            page.forget(["step b"])
        assert set(book.troubles()) == {"step a"}

    def test_an_error_leaves_it_as_it_was(self, tmp_path: Path) -> None:
        book = AlertBook(tmp_path / "alerts.sqlite")
        with pytest.raises(RuntimeError), book.changing() as page:
            page.write(updated({}, [failed(START)], now=START, days=DAYS).values())
            raise RuntimeError
        assert book.troubles() == {}

    def test_acknowledges_by_a_part_of_the_key_that_only_one_open_alert_has(self, tmp_path: Path) -> None:
        book = AlertBook(tmp_path / "alerts.sqlite")
        observations = [failed(START, key="step areas"), failed(START, key="step area_shapes")]
        with book.changing() as page:
            page.write(updated({}, observations, now=START, days=DAYS).values())
        book.acknowledge("shapes", by="ana", note="known", until=START + HOUR)
        found = book.troubles()
        assert found["step area_shapes"].acknowledged_by == "ana"
        assert found["step areas"].acknowledged_by is None
        for key in ("area", "nothing"):
            with pytest.raises(NothingSuch, match="step area"):
                book.acknowledge(key, by="ana", note="", until=START)
