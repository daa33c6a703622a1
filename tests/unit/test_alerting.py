"""The decision whom to tell of what and when, and what is kept of it."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.alert_store import AlertRecord, AlertStore
from resources.errors import SocialAIError
from resources.notifier import Alert
from socialai_assets.automation.alerting import decide, deliver

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TROUBLE = Alert("Check failed: poverty.areas: complete", "3 rows are missing", "check:complete")


class Person:
    """Hears every message, unless the line is cut."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.reachable = True

    def send(self, alert: Alert) -> None:
        if not self.reachable:
            raise OSError("connection refused")
        self.heard.append(alert.subject)


@pytest.fixture
def store(tmp_path: Path) -> AlertStore:
    return AlertStore(tmp_path / "home" / "alerts.sqlite")


@pytest.fixture
def person() -> Person:
    return Person()


def test_a_trouble_is_told_once_however_often_it_is_seen_and_once_more_when_it_is_over(
    store: AlertStore, person: Person
) -> None:
    for hour in range(10):
        deliver(store, person, {TROUBLE.key: TROUBLE}, NOON + hour * HOUR)
    assert person.heard == [TROUBLE.subject]
    [record] = store.records()
    assert (record.first_seen, record.last_seen, record.times) == (NOON, NOON + 9 * HOUR, 10)
    for hour in range(10, 13):
        deliver(store, person, {TROUBLE.key: None}, NOON + hour * HOUR)
    assert person.heard == [TROUBLE.subject, f"Resolved: {TROUBLE.subject}"]
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON + 14 * HOUR)
    assert person.heard[-1] == TROUBLE.subject and len(person.heard) == 3


def test_what_says_nothing_of_itself_stays_as_it_was(store: AlertStore, person: Person) -> None:
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)
    before = store.records()
    deliver(store, person, {}, NOON + HOUR)
    assert store.records() == before and len(person.heard) == 1


def test_nobody_acknowledged_so_people_are_reminded_every_day(store: AlertStore, person: Person) -> None:
    for hour in range(60):
        deliver(store, person, {TROUBLE.key: TROUBLE} if hour == 0 else {}, NOON + hour * HOUR)
    assert person.heard == [TROUBLE.subject, *[f"Still: {TROUBLE.subject}"] * 2]


def test_an_acknowledged_alert_is_quiet_until_the_acknowledgement_expires(store: AlertStore, person: Person) -> None:
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)
    [record] = store.records()
    store.acknowledge(record.number, "Ana lands the file on Monday", NOON + 72 * HOUR)
    for hour in range(1, 72):
        deliver(store, person, {TROUBLE.key: TROUBLE}, NOON + hour * HOUR)
    assert len(person.heard) == 1
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON + 72 * HOUR)
    assert person.heard[1:] == [f"Still: {TROUBLE.subject}"]


def test_what_could_not_be_delivered_is_sent_when_somebody_can_be_reached(store: AlertStore, person: Person) -> None:
    person.reachable = False
    assert list(deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)) == [TROUBLE.subject]
    person.reachable = True
    assert deliver(store, person, {}, NOON + HOUR) == {}
    assert person.heard == [TROUBLE.subject]


def test_whoever_never_heard_of_it_is_not_told_that_it_is_over(store: AlertStore, person: Person) -> None:
    person.reachable = False
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)
    person.reachable = True
    deliver(store, person, {TROUBLE.key: None}, NOON + HOUR)
    assert person.heard == []


def test_alerts_that_are_over_are_forgotten_after_thirty_days(store: AlertStore, person: Person) -> None:
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)
    deliver(store, person, {TROUBLE.key: None}, NOON + HOUR)
    deliver(store, person, {}, NOON + timedelta(days=30))
    assert len(store.records()) == 1
    deliver(store, person, {}, NOON + timedelta(days=30) + 2 * HOUR)
    assert store.records() == []


def test_only_open_alerts_can_be_acknowledged(store: AlertStore, person: Person) -> None:
    deliver(store, person, {TROUBLE.key: TROUBLE}, NOON)
    deliver(store, person, {TROUBLE.key: None}, NOON + HOUR)
    for number in (store.records()[0].number, "abcdef"):
        with pytest.raises(SocialAIError, match="No open alert"):
            store.acknowledge(number, "no reason", NOON)


@given(st.lists(st.sampled_from(["fails", "well", "silent"]), max_size=40), st.integers(1, 30))
def test_every_trouble_is_told_and_every_end_of_one_that_was_told(states: list[str], hours: int) -> None:
    records: tuple[AlertRecord, ...] = ()
    heard: list[str] = []
    now = NOON
    for state in states:
        now += hours * HOUR
        seen = {} if state == "silent" else {TROUBLE.key: TROUBLE if state == "fails" else None}
        decision = decide(records, seen, now)
        records = decision.records
        for record, message in decision.messages:
            heard.append(message.subject.split(":")[0])
            change = {"resolution_told": now} if record.resolved else {"told": now}
            records = tuple(replace(r, **change) if r == record else r for r in records)
    spoken = [state for state in states if state != "silent"]
    begins = [s for i, s in enumerate(spoken) if s == "fails" and (i == 0 or spoken[i - 1] == "well")]
    ends = [s for i, s in enumerate(spoken) if s == "well" and i > 0 and spoken[i - 1] == "fails"]
    assert heard.count("Check failed") == len(begins)
    assert heard.count("Resolved") == len(ends)


def _see(file: Path, number: int) -> None:
    for moment in range(20):
        trouble = replace(TROUBLE, key=f"check:{number}")
        deliver(AlertStore(file), Person(), {trouble.key: trouble}, NOON + moment * HOUR)


def test_processes_that_write_at_once_lose_nothing(store: AlertStore) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_see, args=(store.file, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sorted((record.key, record.times) for record in store.records()) == [(f"check:{n}", 20) for n in range(3)]
