"""Which failed checks and steps become alerts: what is observed in Dagster's records, and what follows from it.

`updated` and `alert_for` decide, as pure functions; `look` reads, decides, tells and writes down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dagster import AssetCheckKey, AssetCheckSeverity, DagsterEventType, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster_shared.error import SerializableErrorInfo

from resources.alert_book import AlertBook, Trouble
from resources.notifier import Alert, Notifier, Severity

if TYPE_CHECKING:
    from dagster._core.storage.dagster_run import RunRecord

DAGSTER_WRAPPERS = {
    "DagsterExecutionStepExecutionError",
    "DagsterExecutionHandleOutputError",
    "DagsterExecutionLoadInputError",
}
# A blocking check that fails also fails its step; the check's own alert says more.
FAILED_CHECK = "DagsterAssetCheckFailedError"
JUDGED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
# Records of one moment may be written in any order; what was seen already is left aside by its time.
OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True)
class Observation:
    """That something failed or passed.

    Attributes:
        key: of the trouble it is, or would be.
        at: when, UTC.
        passed: whether it passed.
        stands: whether it is so still, rather than having happened once.
        subject, detail, severity: of what failed.
    """

    key: str
    at: datetime
    passed: bool
    stands: bool = False
    subject: str = ""
    detail: str = ""
    severity: Severity = "error"


@dataclass
class Look:
    """What a look at the records led to: alerts told, and why one could not be."""

    told: list[Alert] = field(default_factory=list)
    undelivered: str | None = None


def updated(
    known: Mapping[str, Trouble], observations: Iterable[Observation], *, now: datetime, days: int
) -> dict[str, Trouble]:
    """The troubles after what was observed; what ended more than `days` ago is left out.

    An observation no younger than what the trouble has seen changes nothing, so the same records may be read twice.

    Args:
        known: troubles by key.
        observations: of checks and steps, in any order.
        now: the time of the look, UTC.
        days: how long an open trouble stands without being heard of, and an ended one is remembered.
    """
    after = dict(known)
    for seen in sorted(observations, key=lambda observation: observation.at):
        trouble = after.get(seen.key)
        confirmed = now if seen.stands else seen.at
        if trouble is not None and seen.at <= trouble.seen:
            if trouble.state == "open" and not seen.passed and seen.stands:
                after[seen.key] = replace(trouble, confirmed=now)
        elif seen.passed:
            if trouble is not None and trouble.state == "open":
                after[seen.key] = replace(
                    trouble, state="resolved", seen=seen.at, ended=now, end_told=trouble.told is None
                )
        elif trouble is not None and trouble.state == "open":
            after[seen.key] = replace(
                trouble,
                subject=seen.subject,
                detail=seen.detail,
                severity=seen.severity,
                seen=seen.at,
                confirmed=confirmed,
                failures=trouble.failures + 1,
                # A warning that has become an error is news.
                told=None if (trouble.severity, seen.severity) == ("warning", "error") else trouble.told,
            )
        else:
            after[seen.key] = Trouble(
                seen.key, seen.subject, seen.detail, seen.severity, "open", seen.at, seen.at, confirmed
            )
    old = now - timedelta(days=days)
    for key, trouble in list(after.items()):
        if trouble.state == "open" and trouble.confirmed < old:
            after[key] = replace(trouble, state="expired", ended=now, end_told=True)
        elif trouble.state == "open" and trouble.silent_until is not None and trouble.silent_until <= now:
            after[key] = replace(trouble, silent_until=None, acknowledged_by=None, acknowledged_note=None, told=None)
        elif trouble.ended is not None and trouble.ended < old:
            del after[key]
    return after


def alert_for(trouble: Trouble, *, warnings: bool) -> Alert | None:
    """What a person is to be told of a trouble now, or nothing.

    Args:
        trouble: as `updated` left it.
        warnings: whether warnings are told too.
    """
    if trouble.state == "open":
        silent = trouble.told is not None or trouble.silent_until is not None
        if silent or (trouble.severity == "warning" and not warnings):
            return None
        return Alert(trouble.subject, trouble.detail, trouble.key, trouble.severity)
    if trouble.state == "resolved" and not trouble.end_told:
        ended = f"Since {trouble.since:%Y-%m-%d %H:%M} UTC it had failed {trouble.failures} times; it passes now."
        return Alert(f"Resolved: {trouble.subject}", ended, trouble.key, "info")
    return None


def look(
    instance: DagsterInstance,
    checks: Iterable[AssetCheckKey],
    book: AlertBook,
    notifier: Notifier,
    *,
    warnings: bool,
    days: int,
    now: datetime | None = None,
) -> Look:
    """Read what checks and runs came to since the last look, tell what is new, and keep it in the book.

    What cannot be delivered is told at the next look. A process killed between telling and writing tells twice.

    Args:
        instance: Dagster's records.
        checks: the checks there are; what an older version checked expires.
        book: what is known.
        notifier: the channel to a person.
        warnings: whether warnings are told too.
        days: see `updated`.
        now: the time, UTC; the clock's unless given.
    """
    moment = now or datetime.now(UTC)
    done = Look()
    with book.changing() as page:
        known = page.troubles()
        since = page.looked or moment - timedelta(days=days)
        runs = instance.get_run_records(
            RunsFilter(statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE], updated_after=since - OVERLAP)
        )
        observations = [*observed_checks(instance, checks), *observed_steps(instance, runs)]
        after = updated(known, observations, now=moment, days=days)
        for key, trouble in after.items():
            alert = alert_for(trouble, warnings=warnings)
            if alert is None or done.undelivered is not None:
                continue
            try:
                notifier.send(alert)
            except OSError as error:
                done.undelivered = f"{type(error).__name__}: {error}"
                continue
            done.told.append(alert)
            after[key] = replace(trouble, told=moment) if trouble.state == "open" else replace(trouble, end_told=True)
        page.forget(known.keys() - after.keys())
        page.write(trouble for key, trouble in after.items() if trouble != known.get(key))
        page.looked = max((run.update_timestamp for run in runs), default=since)
    return done


def observed_checks(instance: DagsterInstance, checks: Iterable[AssetCheckKey]) -> list[Observation]:
    """What the latest evaluation of each check came to; checks that have not been evaluated are left out."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(checks))
    found = []
    for key, record in records.items():
        name = f"{'.'.join(key.asset_key.path)}: {key.name}"
        # One that a run planned and did not come to, because it was killed or failed before, has judged nothing.
        if record is None or record.status not in JUDGED or record.evaluation is None or record.event is None:
            continue
        warning = record.evaluation.severity == AssetCheckSeverity.WARN
        found.append(
            Observation(
                key=f"check {name}",
                at=datetime.fromtimestamp(record.event.timestamp, UTC),
                passed=record.status == AssetCheckExecutionRecordStatus.SUCCEEDED,
                stands=True,
                subject=f"Check {'warns' if warning else 'failed'}: {name}",
                detail=record.evaluation.description or "The check gives no further reason; see it in `make ui`.",
                severity="warning" if warning else "error",
            )
        )
    return found


def observed_steps(instance: DagsterInstance, runs: Iterable[RunRecord]) -> list[Observation]:
    """Every step of some ended runs that failed or succeeded; a run that failed without any such step is one itself."""
    found = []
    for record in runs:
        run = record.dagster_run
        entries = instance.all_logs(run.run_id, of_type={DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_SUCCESS})
        for entry in entries:
            event = entry.dagster_event
            if event is None:
                continue
            error = event.step_failure_data.error if event.is_step_failure else None
            if error is not None and FAILED_CHECK in (error.cls_name, error.cause.cls_name if error.cause else None):
                continue
            found.append(
                Observation(
                    key=f"step {event.step_key}",
                    at=datetime.fromtimestamp(entry.timestamp, UTC),
                    passed=not event.is_step_failure,
                    subject=f"Run {run.run_id[:8]} failed at {event.step_key}",
                    detail=failure_text(error),
                )
            )
        failed = run.status == DagsterRunStatus.FAILURE
        if failed and not any(entry.dagster_event and entry.dagster_event.is_step_failure for entry in entries):
            reason = "It ended before any step failed; see it in `make ui`, under Runs."
            subject = f"Run {run.run_id[:8]} failed"
            found.append(Observation(f"run {run.job_name}", _ended(record), False, subject=subject, detail=reason))
        elif not failed:
            found.append(Observation(f"run {run.job_name}", _ended(record), True))
    return found


def _ended(record: RunRecord) -> datetime:
    return record.update_timestamp if record.end_time is None else datetime.fromtimestamp(record.end_time, UTC)


def failure_text(error: SerializableErrorInfo | None) -> str:
    """What a failed step raised: neither Dagster's wrapping, which names the step alone, nor a library's error below.

    Args:
        error: of a step's failure event.
    """
    while error is not None and error.cause is not None and error.cls_name in DAGSTER_WRAPPERS:
        error = error.cause
    return error.message.strip() if error else "unknown error"
