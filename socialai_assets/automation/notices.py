"""What to tell whom now: matters, readers and what was told in, notices out. Reads nothing, sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from resources.access_policy import EVERYWHERE, AreaTree
from resources.notice_book import Told
from socialai_assets.automation.notice_settings import Kind, NoticeSettings
from socialai_assets.automation.quiet_hours import is_quiet

FIRST, NEXT = 0, 1


@dataclass(frozen=True)
class Matter:
    """Something that people may have to know: it stands, or it has just happened.

    Attributes:
        key: the same for the same thing, such as `alarm T03:...`.
        kind: what it is; notices.yaml says who is told of it.
        since: when it began, UTC; the same key with another time is another matter.
        facts: words of the text; never a value of a row about a person.
        area_id: where; None for everywhere.
        roles: only these may be told; None for all the rule names.
        urgent: not held back by quiet hours.
        acknowledged: somebody knows of it, so nobody else is told.
    """

    key: str
    kind: Kind
    since: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    area_id: str | None = None
    roles: frozenset[str] | None = None
    urgent: bool = False
    acknowledged: bool = False

    @property
    def identity(self) -> str:
        """Key and beginning; one that has become urgent is news."""
        return f"{self.key} {self.since.isoformat()}{' urgent' if self.urgent else ''}"


@dataclass(frozen=True)
class Reader:
    """Somebody who can be told.

    Attributes:
        account: of the file of people.
        roles: what the person may act as.
        areas: the person's, or `("all",)`.
        email: where notices go.
        language: what the person reads.
    """

    account: str
    roles: frozenset[str]
    areas: tuple[str, ...]
    email: str
    language: str = "en"


@dataclass(frozen=True)
class Notice:
    """That a reader is to be told of a matter, at the first step or the next."""

    matter: Matter
    reader: Reader
    step: int


def due(
    matters: Iterable[Matter],
    told: Iterable[Told],
    readers: Sequence[Reader],
    settings: NoticeSettings,
    tree: AreaTree,
    now: datetime,
) -> list[Notice]:
    """What is to be told now; nobody is told the same twice, and nobody of what is acknowledged.

    Args:
        matters: that stand.
        told: what was told before.
        readers: everybody who can be told.
        settings: who is told of what.
        tree: which area lies in which.
        now: the time, UTC.
    """
    quiet = is_quiet(now.astimezone(ZoneInfo(settings.quiet.time_zone)), settings.quiet)
    before: dict[str, list[Told]] = {}
    for one in told:
        before.setdefault(one.identity, []).append(one)
    found = []
    for matter in matters:
        rule = settings.kinds.get(matter.kind)
        if rule is None or matter.acknowledged or (quiet and not (matter.urgent or rule.urgent)):
            continue
        heard = before.get(matter.identity, [])
        knowing = {one.account for one in heard}
        first = _concerned(matter, rule.roles, readers, tree)
        found += [Notice(matter, reader, FIRST) for reader in first if reader.account not in knowing]
        if rule.then is None:
            continue
        began = min((one.at for one in heard if one.step == FIRST), default=None)
        waited = began is not None and began + timedelta(hours=rule.then.after_hours) <= now
        if waited or not first:
            knowing |= {reader.account for reader in first}
            others = _concerned(matter, rule.then.roles, readers, tree)
            found += [Notice(matter, reader, NEXT) for reader in others if reader.account not in knowing]
    return found


def _concerned(matter: Matter, roles: Sequence[str], readers: Sequence[Reader], tree: AreaTree) -> list[Reader]:
    """Readers with one of the roles who are in charge of where it is."""
    wanted = set(roles) if matter.roles is None else set(roles) & matter.roles
    return [reader for reader in readers if wanted & reader.roles and _is_in_charge(reader, matter.area_id, tree)]


def _is_in_charge(reader: Reader, area: str | None, tree: AreaTree) -> bool:
    if area is None or EVERYWHERE in reader.areas:
        return True
    return any(above in reader.areas for above in tree.upward(area))
