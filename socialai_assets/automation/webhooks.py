"""Events for programs: CloudEvents 1.0, signed by the Standard Webhooks scheme, sent in order. Chooses no event."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from resources.errors import FetchError
from resources.notice_book import Event, NoticeBook
from socialai_assets.automation.notice_settings import NoticeSettings, Subscriber
from socialai_assets.automation.notices import Matter
from socialai_assets.ingest.connectors.web import Hosts, Temporary

TYPES = {
    "failed_check": "org.socialai.check.failed",
    "failed_run": "org.socialai.run.failed",
    "drift": "org.socialai.model.drifted",
    "alarm": "org.socialai.alarm.opened",
    "new_plan": "org.socialai.plan.made",
}
TEST = "org.socialai.test"
Send = Callable[[Event, Subscriber, Sequence[bytes], float], str | None]


@dataclass
class Sent:
    """What came of a look.

    Attributes:
        delivered: events that were taken.
        failing: why the last attempt failed, by subscriber.
        given_up: events that are not tried again.
    """

    delivered: list[Event] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)
    given_up: list[Event] = field(default_factory=list)


def event_of(matter: Matter, source: str) -> tuple[str, str]:
    """The identifier and JSON of the event of a matter: the same for the same matter.

    Args:
        matter: of a kind that programs may be told of.
        source: who says so; the dashboard's address.
    """
    event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{source} {matter.identity}"))
    data = {**matter.facts, "area_id": matter.area_id, "urgent": matter.urgent}
    return event_id, _cloud_event(event_id, source, TYPES[matter.kind], matter.since, data, subject=matter.key)


def event_of_test(source: str, now: datetime) -> tuple[str, str]:
    """The identifier and JSON of an event that says it is a test.

    Args:
        source: who says so; the dashboard's address.
        now: the time.
    """
    event_id = str(uuid.uuid4())
    return event_id, _cloud_event(event_id, source, TEST, now, {})


def _cloud_event(event_id: str, source: str, kind: str, time: datetime, data: Mapping[str, object], **more: str) -> str:
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "time": time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
        **more,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def signature(secret: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a body, as the header `webhook-signature` has it.

    Args:
        secret: that sender and receiver share.
        event_id: header `webhook-id`.
        timestamp: header `webhook-timestamp`, seconds since 1970.
        body: as sent.
    """
    signed = hmac.new(secret, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def post(event: Event, subscriber: Subscriber, secrets: Sequence[bytes], seconds: float) -> str | None:
    """Send an event once; why it was not taken, or None.

    Args:
        event: with its body.
        subscriber: where to.
        secrets: it is signed with each.
        seconds: how long it may take.
    """
    import httpx

    url, body, now = str(subscriber.url), event.body.encode(), int(time.time())
    # An IPv6 address stands in brackets in an address, and without them in a set of hosts.
    host = (subscriber.url.host or "").strip("[]")
    try:
        Hosts(frozenset({host}), subscriber.internal).check(url)
    except (FetchError, Temporary) as error:
        return error.what if isinstance(error, FetchError) else str(error)
    headers = {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": event.event_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signature(secret, event.event_id, now, body) for secret in secrets),
    }
    try:
        # A redirect is no 2xx: it could lead to an address that is not allowed.
        with httpx.stream("POST", url, content=body, headers=headers, timeout=seconds, follow_redirects=False) as told:
            return None if told.is_success else f"answer {told.status_code}"
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"


def next_events(events: Iterable[Event], subscribers: Iterable[str], now: datetime) -> list[Event]:
    """The event that each subscriber gets next, where it is due: no later one overtakes it.

    Args:
        events: in order.
        subscribers: who there are.
        now: the time, UTC.
    """
    first: dict[str, Event] = {}
    for event in events:
        if event.state == "waits":
            first.setdefault(event.subscriber, event)
    return [event for name in subscribers if (event := first.get(name)) is not None and event.due <= now]


def after_attempt(event: Event, why: str | None, pauses: Sequence[float], now: datetime) -> Event:
    """An event after an attempt: delivered, waiting for a longer pause, or given up after the last.

    Args:
        event: before.
        why: why it was not taken; None where it was.
        pauses: minutes between attempts.
        now: the time, UTC.
    """
    attempts = event.attempts + 1
    if why is None:
        return replace(event, state="delivered", attempts=attempts, why=None)
    if attempts > len(pauses):
        return replace(event, state="given up", attempts=attempts, why=why)
    pause = timedelta(minutes=pauses[attempts - 1])
    return replace(event, attempts=attempts, due=now + pause, why=why)


def send_waiting(
    book: NoticeBook,
    secrets: Mapping[str, Sequence[bytes]],
    settings: NoticeSettings,
    now: datetime,
    send: Send = post,
) -> Sent:
    """Send what is due, for as long as a look may take; each outcome is kept before the next attempt.

    A process killed between an attempt and its keeping sends the event again, with the same identifier.

    Args:
        book: what waits.
        secrets: by subscriber.
        settings: subscribers, pauses and times.
        now: the time, UTC.
        send: how one is sent.
    """
    done, ends = Sent(), time.monotonic() + settings.look_seconds
    resting: set[str] = set()
    while names := [name for name in settings.webhooks if name not in resting]:
        waiting = next_events(book.events(), names, now)
        if not waiting:
            break
        for event in waiting:
            if time.monotonic() >= ends:
                return done
            why = send(event, settings.webhooks[event.subscriber], secrets[event.subscriber], settings.attempt_seconds)
            after = after_attempt(event, why, settings.pauses_minutes, now)
            book.change(after)
            if why is None:
                done.delivered.append(after)
                continue
            done.failing[event.subscriber] = why
            resting.add(event.subscriber)
            if after.state == "given up":
                done.given_up.append(after)
    return done
