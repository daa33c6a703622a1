"""The file that says who may see and do what: its parts, and reading it. Decides on no request.

Whatever the file names must exist: a role, purpose, table, column or command that does not is an error with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.errors import SettingsError
from resources.yaml_lines import line_of, repeated_keys

Scope = Literal["areas", "caseload", "schools", "all"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(_Part):
    """What a person may act as: in words, and what for."""

    says: str
    purposes: tuple[str, ...] = Field(min_length=1)


class Link(_Part):
    """How it is found which children are in an area, on a caseload or at a school.

    Attributes:
        table: where it stands.
        column: the area, member of staff or school.
        newest: of each child, only the row that is newest by this column counts.
        among: values that this row must have, by column; null: the value is missing.
    """

    table: str
    column: str
    newest: str | None = None
    among: Mapping[str, tuple[str, ...] | None] = Field(default_factory=dict)


class Through(_Part):
    """How rows without a child are a child's: by a column of theirs that another table has beside the child."""

    column: str
    table: str


class Rule(_Part):
    """What some roles see for a purpose: of which tables which columns, and whose rows.

    Attributes:
        roles: who.
        purpose: what for.
        rows: whose rows; any of them.
        tables: the columns that are seen, by table.
        one_child: whether one child may be asked about by name of its identifier.
        only: values that rows must have, by table and column.
        coarsened: level that the areas of a column are told at.
        counted: only numbers of equal rows are given.
    """

    roles: tuple[str, ...] = Field(min_length=1)
    purpose: str
    rows: tuple[Scope, ...] = Field(min_length=1)
    tables: Mapping[str, tuple[str, ...]]
    one_child: bool = False
    only: Mapping[str, Mapping[str, tuple[str, ...]]] = Field(default_factory=dict)
    coarsened: Mapping[str, str] = Field(default_factory=dict)
    counted: bool = False


class Command(_Part):
    """Who may have something done; None: for any purpose of the role's."""

    says: str
    roles: tuple[str, ...]
    purpose: str | None = None


class OpenRule(_Part):
    """What some roles see of the lake's tables for a purpose.

    Attributes:
        roles: who.
        purpose: what for.
        rows: all, or those whose `area_id` is among the person's areas.
        tables: patterns of `schema.table`, in which `*` stands for any part of a name.
        without: patterns of what is not among them, `except` in the file.
    """

    roles: tuple[str, ...] = Field(min_length=1)
    purpose: str
    rows: tuple[Literal["areas", "all"]]
    tables: tuple[str, ...] = Field(min_length=1)
    without: tuple[str, ...] = Field((), alias="except")

    def covers(self, table: str) -> bool:
        """Whether the rule is on a table."""
        among = any(fnmatchcase(table, pattern) for pattern in self.tables)
        return among and not any(fnmatchcase(table, pattern) for pattern in self.without)


class Policy(_Part):
    """Who may see what; every part is explained in the file."""

    smallest_count: int = Field(ge=2)
    person: str
    purposes: Mapping[str, str]
    roles: Mapping[str, Role]
    scopes: Mapping[Literal["areas", "caseload", "schools"], tuple[Link, ...]]
    through: Mapping[str, Through] = Field(default_factory=dict)
    rules: tuple[Rule, ...]
    open: tuple[OpenRule, ...] = ()
    commands: Mapping[str, Command]
    vault: frozenset[str] = Field(frozenset(), exclude=True)

    def rule(self, role: str, purpose: str, table: str) -> Rule | None:
        """The one rule on what a role sees of a table for a purpose."""
        return next((r for r in self.rules if role in r.roles and purpose == r.purpose and table in r.tables), None)

    def open_rule(self, role: str, purpose: str, table: str) -> OpenRule | None:
        """The first rule on what a role sees of a table of the lake for a purpose; None for the vault's."""
        if table in self.vault:
            return None
        return next((r for r in self.open if role in r.roles and purpose == r.purpose and r.covers(table)), None)


def load_policy(
    file: Path, tables: Mapping[str, Sequence[str]], commands: Sequence[str], schemas: Sequence[str] = ()
) -> Policy:
    """The policy of a file.

    Args:
        file: YAML.
        tables: the columns that the vault's tables have, by table.
        commands: the commands there are.
        schemas: the schemas of the lake.

    Raises:
        SettingsError: the file is no YAML, or names what does not exist; the message has the line.
    """
    return parse_policy(file.read_text("utf-8"), str(file), tables, commands, schemas)


def parse_policy(
    text: str,
    where: str,
    tables: Mapping[str, Sequence[str]],
    commands: Sequence[str],
    schemas: Sequence[str] = (),
) -> Policy:
    """The policy of a text; as `load_policy`, `where` names the text."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"The policy is no YAML: {error}", where=where, do="Correct the line named.") from error
    do = "Correct the line; nobody sees anything until the policy can be read."
    for line, key in repeated_keys(root):
        raise SettingsError(f"`{key}` stands there twice", where=f"{where}, line {line}", do=do)
    try:
        policy = Policy.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
        raise SettingsError(what, where=f"{where}, line {line_of(root, first['loc'])}", do=do) from error
    for path, problem in _problems(policy, tables, commands, schemas):
        raise SettingsError(problem, where=f"{where}, line {line_of(root, path)}", do=do)
    return policy.model_copy(update={"vault": frozenset(tables)})


def _problems(
    policy: Policy, tables: Mapping[str, Sequence[str]], commands: Sequence[str], schemas: Sequence[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Whatever the policy names that does not exist, and where in the file."""
    for name, role in policy.roles.items():
        yield from _unknown(("roles", name, "purposes"), role.purposes, policy.purposes, "purpose")
    for scope, links in policy.scopes.items():
        for number, link in enumerate(links):
            named = (policy.person, link.column, link.newest, *link.among)
            yield from _no_columns(("scopes", scope, number), link.table, named, tables)
    for name, through in policy.through.items():
        yield from _no_columns(("through", name), name, (through.column,), tables)
        yield from _no_columns(("through", name), through.table, (through.column, policy.person), tables)
    taken: dict[tuple[str, str, str], int] = {}
    for number, rule in enumerate(policy.rules):
        at = ("rules", number)
        yield from _unknown((*at, "roles"), rule.roles, policy.roles, "role")
        yield from _unknown((*at, "purpose"), (rule.purpose,), policy.purposes, "purpose")
        for table, columns in rule.tables.items():
            yield from _no_columns((*at, "tables", table), table, columns, tables)
            if rule.rows != ("all",) and policy.person not in tables[table] and table not in policy.through:
                yield (*at, "tables", table), f"Nothing says whose rows `{table}` has: name it under `through`"
            for role in rule.roles:
                if taken.setdefault((role, rule.purpose, table), number) != number:
                    yield (*at, "tables", table), f"A rule above says what `{role}` sees of `{table}` already"
        for table, values in rule.only.items():
            if table not in rule.tables:
                yield (*at, "only", table), f"The rule is not on `{table}`"
            yield from _no_columns((*at, "only", table), table, tuple(values), tables)
        for column in rule.coarsened:
            if not any(column in columns for columns in rule.tables.values()):
                yield (*at, "coarsened", column), f"No table of the rule shows a column `{column}`"
    for name, command in policy.commands.items():
        if name not in commands:
            yield ("commands", name), f"There is no command `{name}`"
        yield from _unknown(("commands", name, "roles"), command.roles, policy.roles, "role")
        if command.purpose is not None:
            yield from _unknown(("commands", name, "purpose"), (command.purpose,), policy.purposes, "purpose")
    for number, rule in enumerate(policy.open):
        at = ("open", number)
        yield from _unknown((*at, "roles"), rule.roles, policy.roles, "role")
        yield from _unknown((*at, "purpose"), (rule.purpose,), policy.purposes, "purpose")
        for name, patterns in (("tables", rule.tables), ("except", rule.without)):
            for place, pattern in enumerate(patterns):
                schema, _, table = pattern.partition(".")
                if not table or schema not in ("*", *schemas):
                    yield (*at, name, place), f"`{pattern}` is no `schema.table` of a schema there is"


def _unknown(
    path: tuple[str | int, ...], names: Sequence[str], known: Mapping[str, object] | Sequence[str], what: str
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for number, name in enumerate(names):
        if name not in known:
            yield (*path, number), f"There is no {what} `{name}`"


def _no_columns(
    path: tuple[str | int, ...], table: str, columns: Sequence[str | None], tables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if table not in tables:
        yield path, f"There is no table `{table}`"
        return
    for number, column in enumerate(columns):
        if column is not None and column not in tables[table]:
            yield (*path, number), f"Table `{table}` has no column `{column}`"
