"""Who may see and do what: the one function that decides, and what it is asked and answers. Reads no table.

The policy itself is a file, read by policy_file.py. What it does not allow is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.policy_file import OpenRule, Policy, Rule

EVERYWHERE = "all"
"""Stands among a person's areas for all of them."""


@dataclass(frozen=True)
class AreaTree:
    """Which area lies in which.

    Attributes:
        parents: the area one level up, by area; missing or None at the top.
        levels: the level's name, such as `admin1`, by area.
    """

    parents: Mapping[str, str | None] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)

    def upward(self, area: str) -> Iterable[str]:
        """The area itself, then those it lies in, the smallest first."""
        seen: set[str] = set()
        here: str | None = area
        while here is not None and here not in seen:
            seen.add(here)
            yield here
            here = self.parents.get(here)

    def within(self, areas: Iterable[str]) -> frozenset[str]:
        """Some areas and all areas below them."""
        wanted = frozenset(areas)
        return wanted | {area for area in self.parents if not wanted.isdisjoint(self.upward(area))}

    def at_level(self, area: str, level: str) -> str | None:
        """The area of a level that an area lies in; None where the tree does not know it."""
        return next((above for above in self.upward(area) if self.levels.get(above) == level), None)


@dataclass(frozen=True)
class Person:
    """Who asks, and what is theirs.

    Attributes:
        account: name of the account.
        roles: what the person may act as.
        areas: areas the person is in charge of, those below them included; `("all",)` for every one.
        staff_id: pseudonym of the person among the staff, where children are assigned to the person.
        schools: codes of the person's schools.
    """

    account: str
    roles: frozenset[str]
    areas: tuple[str, ...] = ()
    staff_id: str | None = None
    schools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes:
        person: who asks.
        role: in which role.
        purpose: what for.
        what: a table, `schema.table`, or the name of a command.
        columns: the columns wanted; None for all that may be seen.
        areas: areas to keep to; empty for all that are the person's.
        child: pseudonym of the one child asked about; None for all.
    """

    person: Person
    role: str
    purpose: str
    what: str
    columns: tuple[str, ...] | None = None
    areas: tuple[str, ...] = ()
    child: str | None = None


@dataclass(frozen=True)
class Grant:
    """What of a table is given, or that a command may be run.

    Attributes:
        request: what was asked.
        columns: columns that are given; none for a command.
        rows: whose rows: `areas`, `caseload` and `schools` (any that holds), or `all`.
        areas: areas at and below those the person is in charge of; None for every one.
        narrowed: areas at and below those asked for; None where none were named.
        only: values that rows must have, by column.
        coarsened: level that a column's areas are told at, by column.
        counted: only numbers of rows that are alike are given, and none below `smallest`.
        smallest: the least number that is told.
        is_open: a table of the lake's; no columns named means all, and `areas` are those of its `area_id`.
    """

    request: Request
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    areas: frozenset[str] | None = frozenset()
    narrowed: frozenset[str] | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coarsened: Mapping[str, str] = field(default_factory=dict)
    counted: bool = False
    smallest: int = 1
    is_open: bool = False


@dataclass(frozen=True)
class Refusal:
    """That nothing is given, and why; the reason holds no value of any row."""

    request: Request
    reason: str


def authorise(policy: Policy, request: Request, tree: AreaTree) -> Grant | Refusal:
    """Whether a request is allowed, and what of it.

    Args:
        policy: what is allowed.
        request: who asks for what, in which role, what for.
        tree: which area lies in which.
    """
    person, role, purpose = request.person, request.role, request.purpose
    if role not in policy.roles:
        return Refusal(request, f"there is no role `{role}`; the roles are {', '.join(policy.roles)}")
    if purpose not in policy.purposes:
        return Refusal(request, f"there is no purpose `{purpose}`; the purposes are {', '.join(policy.purposes)}")
    if role not in person.roles:
        return Refusal(request, f"you are not {_a(role)}")
    if purpose not in policy.roles[role].purposes:
        return Refusal(request, f"{_said(purpose)} is no purpose of {_a(role)}")
    command = policy.commands.get(request.what)
    if command is not None:
        if role in command.roles and command.purpose in (None, purpose):
            return Grant(request)
        return Refusal(request, f"{_a(role)} may not do this for {_said(purpose)}: {command.says}")
    rule = policy.rule(role, purpose, request.what)
    if rule is not None:
        return _rows_of(policy, rule, request, tree)
    open_rule = policy.open_rule(role, purpose, request.what)
    if open_rule is not None:
        return _open_rows_of(open_rule, request, tree)
    return Refusal(request, f"{_a(role)} may see nothing of this table for {_said(purpose)}")


def _open_rows_of(rule: OpenRule, request: Request, tree: AreaTree) -> Grant | Refusal:
    """What a rule gives of a table of the lake."""
    person = request.person
    kept = "areas" in rule.rows and EVERYWHERE not in person.areas
    if kept and not person.areas:
        return Refusal(request, "you have no areas of your own")
    outside = [area for area in request.areas if area not in tree.within(person.areas)] if kept else []
    if outside:
        return Refusal(request, f"area {', '.join(outside)} is not yours")
    return Grant(
        request,
        columns=request.columns or (),
        rows=("areas",) if kept else ("all",),
        areas=tree.within(person.areas) if kept else None,
        narrowed=tree.within(request.areas) if request.areas else None,
        is_open=True,
    )


def _rows_of(policy: Policy, rule: Rule, request: Request, tree: AreaTree) -> Grant | Refusal:
    """What a rule gives of its table."""
    person, table = request.person, request.what
    allowed = rule.tables[table]
    beyond = [column for column in request.columns or () if column not in allowed]
    if beyond:
        return Refusal(request, f"{_a(request.role)} may not see the columns {', '.join(beyond)} of this table")
    everywhere = EVERYWHERE in person.areas
    theirs = {"areas": person.areas, "caseload": person.staff_id, "schools": person.schools, "all": True}
    if not any(theirs[scope] for scope in rule.rows):
        return Refusal(request, f"you have no {' or '.join(_said(scope) for scope in rule.rows)} of your own")
    if request.child is not None and not rule.one_child:
        return Refusal(request, f"{_a(request.role)} may not look at one child")
    if request.areas and (reason := _why_not_there(rule, request, tree)):
        return Refusal(request, reason)
    return Grant(
        request,
        columns=request.columns or allowed,
        rows=tuple(scope for scope in rule.rows if theirs[scope]),
        areas=None if everywhere else tree.within(person.areas),
        narrowed=tree.within(request.areas) if request.areas else None,
        only=rule.only.get(table, {}),
        coarsened={column: level for column, level in rule.coarsened.items() if column in allowed},
        counted=rule.counted,
        smallest=policy.smallest_count if rule.counted else 1,
    )


def _why_not_there(rule: Rule, request: Request, tree: AreaTree) -> str | None:
    """Why a person may not keep to the areas asked for."""
    if rule.counted:
        return "numbers are told for all your areas together, since two answers set beside each other tell of a few"
    if "all" in rule.rows:
        coarse = set(rule.coarsened.values())
        if any(coarse.isdisjoint({tree.levels.get(area)}) for area in request.areas):
            return f"{_a(request.role)} may not look at areas smaller than {' or '.join(sorted(coarse)) or 'all'}"
        return None
    if "areas" not in rule.rows:
        return f"the rows {_a(request.role)} sees are not those of areas"
    if EVERYWHERE in request.person.areas:
        return None
    outside = [area for area in request.areas if area not in tree.within(request.person.areas)]
    return f"area {', '.join(outside)} is not yours" if outside else None


def _said(name: str) -> str:
    return name.replace("_", " ")


def _a(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {_said(role)}"
