"""Which alerts a person is sent: a pure decision over what is known and what was just seen, and carrying it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from resources.alert_store import AlertRecord, AlertStore
from resources.notifier import Alert, Notifier

REMIND_AFTER = timedelta(days=1)
FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Decision:
    """What to keep, what to forget, and what to send with the record each message is about."""

    records: tuple[AlertRecord, ...]
    forgotten: tuple[str, ...]
    messages: tuple[tuple[AlertRecord, Alert], ...]


def decide(known: Iterable[AlertRecord], seen: Mapping[str, Alert | None], now: datetime) -> Decision:
    """Tell of each trouble once, again after a day if nobody acknowledged it, and once when it is over.

    A trouble that comes again after it was over is a new one. What could not be delivered is tried again.

    Args:
        known: the alerts kept so far.
        seen: by key, the trouble just seen, or None where it was just seen to be well; what says nothing of itself,
            such as a check that is being evaluated, is left out and stays as it was.
        now: the time of the decision.
    """
    records = {record.key: record for record in known}
    for key, trouble in seen.items():
        before = records.get(key)
        is_open = before is not None and before.resolved is None
        if trouble is None:
            if before is not None and is_open:
                records[key] = replace(before, resolved=now)
        elif before is not None and is_open:
            records[key] = replace(
                before, subject=trouble.subject, detail=trouble.detail, severity=trouble.severity,
                last_seen=now, times=before.times + 1,
            )  # fmt: skip
        else:
            records[key] = AlertRecord(key, trouble.subject, trouble.detail, trouble.severity, now, now)
    forgotten = [key for key, record in records.items() if record.resolved and now - record.resolved > FORGET_AFTER]
    kept = [record for key, record in records.items() if key not in forgotten]
    messages = [(record, message) for record in kept if (message := _message(record, now)) is not None]
    return Decision(tuple(kept), tuple(forgotten), tuple(messages))


def deliver(
    store: AlertStore, notifier: Notifier, seen: Mapping[str, Alert | None], now: datetime
) -> dict[str, OSError]:
    """Decide, keep what was decided, and send; what cannot be delivered stays untold and is sent with the next call.

    Returns:
        The subjects that could not be delivered, with the channel's errors.
    """
    decisions: list[Decision] = []

    def change(known: list[AlertRecord]) -> tuple[tuple[AlertRecord, ...], tuple[str, ...]]:
        decisions.append(decide(known, seen, now))
        return decisions[-1].records, decisions[-1].forgotten

    store.revise(change)
    undelivered: dict[str, OSError] = {}
    for record, message in decisions[-1].messages:
        try:
            notifier.send(message)
        except OSError as error:
            undelivered[message.subject] = error
        else:
            store.told(record, now)
    return undelivered


def _message(record: AlertRecord, now: datetime) -> Alert | None:
    severity = "warning" if record.severity == "warning" else "error"
    if record.resolved is not None:
        # Whoever never heard of the trouble need not hear of its end.
        if record.told is None or record.resolution_told is not None:
            return None
        return Alert(f"Resolved: {record.subject}", f"Well again since {record.resolved:%Y-%m-%d %H:%M} UTC.",
                     record.key, "warning")  # fmt: skip
    if record.told is None:
        return Alert(record.subject, record.detail, record.key, severity)
    quiet_until = record.quiet_until or record.told + REMIND_AFTER
    if now < quiet_until or now - record.told < REMIND_AFTER:
        return None
    again = f"{record.detail}\nSince {record.first_seen:%Y-%m-%d %H:%M} UTC, seen {record.times} times."
    return Alert(f"Still: {record.subject}", again, record.key, severity)
