"""What leaves the vault of flags: how many wait for a role in an area, where these are enough. Never who.

Where fewer wait than may be told, they are counted together with others of the role, then of all roles; fewer in all
are told without number, role or area.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import pandas as pd

from resources.alert_book import AlertBook
from resources.notifier import Notifier
from socialai_assets.automation.alerts import Observation, alert_for, updated
from socialai_assets.children.flag_life import WAITS
from socialai_assets.children.help_settings import AlertSettings

KEY = "children flags"


@dataclass(frozen=True)
class Notice:
    """That flags wait.

    Attributes:
        role: whom they wait for; None for all roles.
        area_id: where; None for the places that are not named.
        waiting: how many; None for fewer than may be told.
        overdue: whether nobody acknowledged them in time.
    """

    role: str | None
    area_id: str | None
    waiting: int | None
    overdue: bool

    @property
    def key(self) -> str:
        """The same for the same role, area and lateness."""
        return f"{KEY} {'overdue' if self.overdue else 'waiting'} {self.role or 'all'} {self.area_id or 'elsewhere'}"

    def subject(self) -> str:
        """One line."""
        if self.waiting is None:
            return "Some flags of children were not acknowledged in time" if self.overdue else "Some flags wait"
        where = f"in {self.area_id}" if self.area_id else "in other places"
        whom = f"for the role {self.role}" if self.role else "for all roles"
        late = " and were not acknowledged in time" if self.overdue else ""
        return f"{self.waiting} flags of children wait {whom} {where}{late}"


def notices(flags: pd.DataFrame, now: datetime.datetime, settings: AlertSettings) -> list[Notice]:
    """What may be told now.

    Args:
        flags: rows of `children.flags`.
        now: UTC without a zone.
        settings: how many must wait, and who is told of what is overdue.
    """
    due = flags[flags["state"].eq(WAITS) & (pd.to_datetime(flags["tell_at"]) <= now)]
    late = due[pd.to_datetime(due["acknowledge_by"]) < now]
    supervised = late.assign(role=settings.supervisor)
    return [
        *_counted(due, overdue=False, least=settings.least_waiting),
        *_counted(supervised, overdue=True, least=settings.least_waiting),
    ]


def _counted(flags: pd.DataFrame, *, overdue: bool, least: int) -> list[Notice]:
    found, rest = [], {}
    for (role, area), number in flags.groupby(["role", "area_id"]).size().items():  # type: ignore[misc]
        if number >= least:
            found.append(Notice(str(role), str(area), int(number), overdue))
        else:
            rest[str(role)] = rest.get(str(role), 0) + int(number)
    few = 0
    for role, number in rest.items():
        if number >= least:
            found.append(Notice(role, None, number, overdue))
        else:
            few += number
    if few:
        found.append(Notice(None, None, few if few >= least else None, overdue))
    return found


def tell(
    found: list[Notice], book: AlertBook, notifier: Notifier, *, now: datetime.datetime, days: int
) -> tuple[int, str | None]:
    """Tell what is new and keep it in the book of alerts; what no longer waits ends without a word.

    Args:
        found: of `notices`.
        book: the home's; `socialai alerts` lists and acknowledges what is in it.
        notifier: the channel to a person.
        now: UTC.
        days: how long a notice that stands is not repeated.

    Returns:
        How many were told, and why one could not be.
    """
    told, undelivered = 0, None
    with book.changing() as page:
        known = {key: trouble for key, trouble in page.troubles().items() if key.startswith(KEY)}
        standing = {notice.key for notice in found}
        observations = [
            Observation(
                key=notice.key,
                at=now,
                passed=False,
                stands=True,
                subject=notice.subject(),
                detail="Open your worklist; whom it is about is told there only.",
                severity="error" if notice.overdue else "info",
            )
            for notice in found
        ]
        observations += [Observation(key=key, at=now, passed=True) for key in known if key not in standing]
        after = updated(known, observations, now=now, days=days)
        for key, trouble in after.items():
            if trouble.state != "open":
                after[key] = replace(trouble, end_told=True)
                continue
            alert = alert_for(trouble, warnings=True)
            if alert is None or undelivered is not None:
                continue
            try:
                notifier.send(alert)
            except OSError as error:
                undelivered = f"{type(error).__name__}: {error}"
                continue
            told += 1
            after[key] = replace(trouble, told=now)
        page.forget(known.keys() - after.keys())
        page.write(trouble for key, trouble in after.items() if trouble != known.get(key))
    return told, undelivered
