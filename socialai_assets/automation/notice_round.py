"""One round of notices: gathers what there is, mails people, hands events to programs, keeps what was told.

Who is told of what is decided in notices.py; this only carries it out, for the sensor `notices`.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resources.alert_book import AlertBook
from resources.lake import Lake
from resources.notice_book import NoticeBook, Told
from resources.notifier import EmailNotifier, MailServer, Notifier
from resources.people import read_accounts
from resources.settings import Settings
from socialai_assets.access.policy import policy
from socialai_assets.automation import notice_matters
from socialai_assets.automation.alerts import Observation, updated
from socialai_assets.automation.notice_settings import NoticeSettings, notice_settings, webhook_secrets
from socialai_assets.automation.notice_texts import mail_of
from socialai_assets.automation.notices import Matter, Notice, due
from socialai_assets.automation.webhooks import Sent, event_of, send_waiting


@dataclass
class Round:
    """What came of a round.

    Attributes:
        told: notices that were mailed.
        refused: why mail could not be had, by account; they are tried again.
        sent: what programs were sent.
    """

    told: list[Notice] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    sent: Sent = field(default_factory=Sent)


def tell_all(settings: Settings, logs: Sequence[str], now: datetime) -> Round:
    """Tell people and programs what they are to know now; nothing is read where nobody is to be told.

    Args:
        settings: of the platform.
        logs: the domains' decision logs.
        now: the time, UTC.

    Raises:
        SettingsError: the settings of notices, the file of people or the secrets are not what they should be.
        LakeError: the lake cannot be read.
    """
    own, book = notice_settings(settings), NoticeBook.from_settings(settings)
    secrets = webhook_secrets(settings, own.webhooks)
    accounts = read_accounts(settings.people, list(policy().roles)) if own.mail else {}
    if not any(account.email for account in accounts.values()) and not own.webhooks:
        return Round()
    matters = notice_matters.of_troubles(AlertBook.from_settings(settings).troubles().values())
    with closing(Lake.from_settings(settings, read_only=True)) as lake:
        tree, names, schools = notice_matters.read_areas(lake)
        matters += notice_matters.of_alarms(notice_matters.read_alarms(lake), names)
        matters += notice_matters.of_plans(notice_matters.read_plans(lake, logs, now, own.plan_days))
    readers = notice_matters.readers(accounts, schools)
    done = Round()
    mail(
        due(matters, book.told(), readers, own, tree, now),
        own,
        names,
        book,
        lambda to: EmailNotifier(MailServer.from_settings(settings), settings.notifier_email_from, to),
        now,
        done,
    )
    announce(matters, own, book, now)
    done.sent = send_waiting(book, secrets, own, now)
    keep_given_up(done.sent, AlertBook.from_settings(settings), now, settings.alert_days)
    book.forget(now - timedelta(days=own.remember_days), {matter.identity for matter in matters})
    return done


def mail(
    notices: Iterable[Notice],
    settings: NoticeSettings,
    area_names: Mapping[str, str],
    book: NoticeBook,
    channel_to: Callable[[str], Notifier],
    now: datetime,
    done: Round,
) -> None:
    """Mail each reader once, with all there is, and keep it.

    Args:
        notices: of any readers.
        settings: where to look.
        area_names: by code.
        book: what is mailed is kept in it.
        channel_to: how an address is reached.
        now: the time, UTC.
        done: what was mailed, and what could not be, is added to it.
    """
    by_account: dict[str, list[Notice]] = {}
    for notice in notices:
        by_account.setdefault(notice.reader.account, []).append(notice)
    for account, own in by_account.items():
        try:
            channel_to(own[0].reader.email).send(mail_of(own, settings, area_names))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            done.refused[account] = f"{type(error).__name__}: {error}"
            continue
        except OSError as error:
            # The server is away: the others would wait for it as long.
            done.refused[account] = f"{type(error).__name__}: {error}"
            return
        book.note(Told(notice.matter.identity, account, notice.step, now) for notice in own)
        done.told += own


def announce(matters: Iterable[Matter], settings: NoticeSettings, book: NoticeBook, now: datetime) -> None:
    """Have each program sent the matters it subscribed to, in the order in which they began."""
    for matter in sorted(matters, key=lambda matter: (matter.since, matter.key)):
        for name, subscriber in settings.webhooks.items():
            if matter.kind in subscriber.kinds:
                event_id, body = event_of(matter, settings.address)
                book.add(event_id, name, matter.identity, body, now)


def keep_given_up(sent: Sent, book: AlertBook, now: datetime, days: int) -> None:
    """Make a trouble of what a program did not take, which ends once it takes something again.

    Args:
        sent: what came of a look.
        book: of alerts; what is in it reaches a person by the notifier.
        now: the time, UTC.
        days: how long an alert stands.
    """
    failed = [
        Observation(
            key=f"webhook {event.subscriber}",
            at=now,
            passed=False,
            subject=f"Webhook `{event.subscriber}` took no event",
            detail=f"Event {event.event_id} was given up after {event.attempts} attempts: {event.why}. See that its "
            "receiver answers; what it missed is in the dashboard.",
        )
        for event in sent.given_up
    ]
    taken = {event.subscriber for event in sent.delivered} - {event.subscriber for event in sent.given_up}
    passed = [Observation(f"webhook {name}", now, True) for name in sorted(taken)]
    if not failed and not passed:
        return
    with book.changing() as page:
        known = {key: trouble for key, trouble in page.troubles().items() if key.startswith("webhook ")}
        after = updated(known, [*failed, *passed], now=now, days=days)
        page.write(trouble for key, trouble in after.items() if trouble != known.get(key))
