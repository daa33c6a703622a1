"""Signed events: what they are, the guide's receiver, order, growing pauses, giving up, addresses that are refused."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from pathlib import Path

import pytest

from resources.alert_book import AlertBook
from resources.notice_book import Event, NoticeBook, Told
from resources.settings import PROJECT, load
from socialai_assets.automation.notice_round import announce, keep_given_up
from socialai_assets.automation.notice_settings import NoticeSettings, Subscriber, notice_settings
from socialai_assets.automation.notices import Matter
from socialai_assets.automation.webhooks import Sent, after_attempt, event_of, post, send_waiting, signature
from tests.listening import free_port, listener, serving

NOW = datetime(2026, 3, 3, 15, tzinfo=UTC)
ALARM = Matter("alarm T1", "alarm", NOW, {"station": "Río Alto"}, "0101")
PLAN = Matter("plan d1", "new_plan", NOW + timedelta(minutes=1), {"table": "aid.route_plan"})
SECRET = b"0123456789abcdef0123456789abcdef"
SECRETS = {"ministry": (SECRET,), "radio": (SECRET,)}


def subscribed(**subscribers: dict) -> NoticeSettings:
    own = notice_settings(load())
    return own.model_copy(update={"webhooks": {name: Subscriber(**one) for name, one in subscribers.items()}})


def to(port: int, *kinds: str, internal: bool = True) -> dict:
    return {"url": f"http://127.0.0.1:{port}/", "kinds": kinds or ("alarm", "new_plan"), "internal": internal}


@pytest.fixture
def book(tmp_path: Path) -> NoticeBook:
    return NoticeBook(tmp_path / "home" / "notices.sqlite")


def test_the_signature_is_the_schemes_own_example() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_is_a_cloud_event_with_the_same_identifier_for_the_same_matter() -> None:
    event_id, body = event_of(ALARM, "https://socialai.example.org")
    assert json.loads(body) == {
        "specversion": "1.0", "id": event_id, "source": "https://socialai.example.org", "subject": "alarm T1",
        "type": "org.socialai.alarm.opened", "time": "2026-03-03T15:00:00Z", "datacontenttype": "application/json",
        "data": {"station": "Río Alto", "area_id": "0101", "urgent": False},
    }  # fmt: skip
    assert event_of(replace(ALARM, acknowledged=True), "https://socialai.example.org")[0] == event_id
    assert event_of(PLAN, "https://socialai.example.org")[0] != event_id


def test_the_guides_receiver_takes_what_is_signed_once_and_refuses_the_rest(book: NoticeBook) -> None:
    guide = (PROJECT / "docs" / "user-guide.md").read_text()
    (code,) = re.findall(r"```python\n((?:(?!```).)*WEBHOOK_SECRET.*?)```", guide, re.DOTALL)
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": f"whsec_{base64.b64encode(SECRET).decode()}"}
    receiver = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        subscriber = Subscriber(**to(port))
        event = Event(1, "e1", "ministry", "i", event_of(ALARM, "https://x.example.org")[1], "waits", 0, NOW)
        ends = time.monotonic() + 60
        while (why := post(event, subscriber, [b"another secret", SECRET], 30)) is not None:
            assert "Connect" in why and time.monotonic() < ends, why
            time.sleep(0.1)
        assert post(event, subscriber, [SECRET], 30) is None
        assert post(event, subscriber, [b"another secret"], 30) == "answer 401"
    finally:
        # In whole runs of the tests SIGTERM has not ended it within 30 s, twice; why is not known.
        receiver.kill()
        printed, _ = receiver.communicate(timeout=30)
    assert printed.count("org.socialai.alarm.opened") == 1


def test_each_program_gets_what_it_subscribed_to_in_order_and_once(book: NoticeBook) -> None:
    alarms, both = [], []
    with (
        serving(HTTPServer(("127.0.0.1", 0), listener(alarms))) as one,
        serving(HTTPServer(("127.0.0.1", 0), listener(both))) as other,
    ):
        own = subscribed(ministry=to(one, "alarm"), radio=to(other))
        for _ in range(2):
            announce([PLAN, ALARM], own, book, NOW)
            send_waiting(book, SECRETS, own, NOW)
    assert [event["subject"] for event in alarms] == ["alarm T1"]
    assert [event["subject"] for event in both] == ["alarm T1", "plan d1"]


def test_a_later_event_waits_for_an_earlier_one_and_pauses_grow_until_it_is_given_up(book: NoticeBook) -> None:
    received: list[dict] = []
    with serving(HTTPServer(("127.0.0.1", 0), listener(received, 500))) as port:
        own = subscribed(ministry=to(port)).model_copy(update={"pauses_minutes": (1, 5)})
        announce([ALARM, PLAN], own, book, NOW)
        assert send_waiting(book, SECRETS, own, NOW).failing == {"ministry": "answer 500"}
        assert not send_waiting(book, SECRETS, own, NOW + timedelta(seconds=59)).failing, "it is not due"
        send_waiting(book, SECRETS, own, NOW + timedelta(seconds=61))
        assert not send_waiting(book, SECRETS, own, NOW + timedelta(minutes=6)).failing, "the pause has grown"
        last = send_waiting(book, SECRETS, own, NOW + timedelta(minutes=7))
    assert [event["subject"] for event in received] == ["alarm T1"] * 3
    assert [(event.state, event.attempts) for event in last.given_up] == [("given up", 3)]
    assert [event.state for event in book.events()] == ["given up", "waits"]


def test_what_was_given_up_is_an_alert_until_the_receiver_takes_something(tmp_path: Path) -> None:
    alerts = AlertBook(tmp_path / "alerts.sqlite")
    event = Event(1, "e1", "ministry", "i", "{}", "waits", 9, NOW)
    gone = after_attempt(event, "answer 500", [1], NOW)
    keep_given_up(Sent(given_up=[gone]), alerts, NOW, 30)
    (trouble,) = alerts.troubles().values()
    assert trouble.state == "open" and "answer 500" in trouble.detail
    keep_given_up(Sent(delivered=[event]), alerts, NOW + timedelta(hours=1), 30)
    (trouble,) = alerts.troubles().values()
    assert trouble.state == "resolved"


def test_one_program_that_does_not_answer_keeps_no_other_from_its_events(book: NoticeBook) -> None:
    received: list[dict] = []
    with serving(HTTPServer(("127.0.0.1", 0), listener(received))) as port:
        own = subscribed(ministry=to(free_port()), radio=to(port))
        announce([ALARM, PLAN], own, book, NOW)
        done = send_waiting(book, SECRETS, own, NOW)
    assert len(received) == 2 and "ConnectError" in done.failing["ministry"]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "http://8.8.8.8/"])
def test_private_addresses_and_plain_http_are_refused_unless_allowed(url: str, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    event = Event(1, "e1", "ministry", "i", "{}", "waits", 0, NOW)
    why = post(event, Subscriber(url=url, kinds=("alarm",)), [SECRET], 5)  # type: ignore[arg-type]
    assert why is not None and ("private address" in why or "Only https" in why)


def test_what_ended_long_ago_is_forgotten_and_what_stands_or_waits_is_not(book: NoticeBook) -> None:
    for identity in ("gone", "stands"):
        book.note([Told(identity, "eva", 0, NOW)])
        book.add(f"e-{identity}", "ministry", identity, "{}", NOW)
    book.change(replace(book.events()[1], state="delivered"))
    book.forget(NOW + timedelta(days=1), {"stands"})
    assert [one.identity for one in book.told()] == ["stands"]
    assert [event.identity for event in book.events()] == ["gone", "stands"], "one waits, the other's matter stands"
    assert book.file.stat().st_mode & 0o077 == 0
