"""The one way for a person to see rows of the vault: asked of the policy, written down, then only what is granted.

Runs make tables through the vault's IO manager and show none. What a message says here holds no value of a row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resources.access_log import Access
from resources.access_policy import EVERYWHERE, AreaTree, Grant, Refusal, Request, authorise
from resources.errors import AccessRefused, NotInVault, VaultError

if TYPE_CHECKING:
    import pandas as pd

    from resources.lake import Lake
    from resources.policy_file import Link, Policy
    from resources.vault import Vault

COUNT = "children"
"""The column of numbers, where only these are told."""
_LONGEST = 300


@dataclass(frozen=True)
class VaultReader:
    """Reads the vault for people.

    Attributes:
        vault: the vault.
        policy: who may see what.
        tree: which area lies in which.
    """

    vault: Vault
    policy: Policy
    tree: AreaTree

    def allow(self, request: Request) -> Grant:
        """The grant of a request, written to the access log; so is a refusal.

        Raises:
            AccessRefused: the policy does not allow it; says why.
        """
        answer = authorise(self.policy, request, self.tree)
        if isinstance(answer, Refusal):
            self.vault.log.append(_entry(request, None))
            raise AccessRefused(
                f"This is not for you to see: {answer.reason}",
                where=request.what,
                do="docs/user-guide.md has who may see what; what was published is in the lake: `socialai tables`.",
            )
        if request.what in self.policy.commands:
            self.vault.log.append(_entry(request, answer))
        return answer

    def read(self, request: Request) -> pd.DataFrame:
        """The rows and columns of a table that are granted.

        Where only numbers are granted, a row for each combination of values and the number of children in it, missing
        where that is too small to be told.

        Raises:
            AccessRefused: the policy does not allow it.
            NotInVault: the table has not been made yet.
            VaultError: it cannot be read.
        """
        return self.read_several([request])[0]

    def read_several(self, requests: Sequence[Request]) -> list[pd.DataFrame]:
        """What `read` gives of each of some requests, for one opening of the vault; each is written down.

        Raises:
            AccessRefused: the policy does not allow one of them, and nothing has been read.
            VaultError: as `read`.
        """
        grants = [self.allow(request) for request in requests]
        entries = [_entry(request, grant) for request, grant in zip(requests, grants, strict=True)]
        for entry in entries[1:]:
            self.vault.log.append(entry)
        with self.vault.opened(entries[0]) as tables:
            frames = [self._rows(tables, grant) for grant in grants]
        for entry, frame in zip(entries, frames, strict=True):
            self.vault.log.append(replace(entry, what=f"{entry.what}: rows given", rows=len(frame)))
        return frames

    def _rows(self, tables: Lake, grant: Grant) -> pd.DataFrame:
        import duckdb

        table = grant.request.what
        if not tables.exists(table):
            raise NotInVault(f"Table `{table}` has not been made yet", do="Run `socialai run`.")
        query, values = self._query(tables, grant)
        with contextlib.closing(tables.cursor()) as cursor:
            try:
                frame = cursor.execute(query, values).df()
            except duckdb.Error as error:
                # Its message may quote a row.
                raise VaultError(
                    f"Table `{table}` cannot be read ({type(error).__name__})", do="Compare it with its contract."
                ) from None
        for column, level in grant.coarsened.items():
            if column in frame:
                frame[column] = [
                    None if area is None else self.tree.at_level(str(area), level) for area in frame[column]
                ]
        return _withheld(frame, grant.smallest) if grant.counted else frame

    def _query(self, tables: Lake, grant: Grant) -> tuple[str, dict[str, object]]:
        """The SELECT of what is granted, and its parameters; values of the request are never part of the text."""
        table, person = grant.request.what, self.policy.person
        through = self.policy.through.get(table)
        values: dict[str, object] = {}
        conditions = []
        scopes = {
            "areas": None if grant.areas is None else sorted(grant.areas),
            "caseload": [grant.request.person.staff_id],
            "schools": list(grant.request.person.schools),
        }
        if "all" not in grant.rows and not ("areas" in grant.rows and scopes["areas"] is None):
            wanted = []
            for scope in grant.rows:
                values[scope] = scopes[scope]
                wanted += [self._members(link, f"${scope}") for link in self._links(tables, scope)]
            conditions.append(_among(wanted))
        if grant.narrowed is not None:
            values["narrowed"] = sorted(grant.narrowed)
            conditions.append(_among([self._members(link, "$narrowed") for link in self._links(tables, "areas")]))
        if grant.request.child is not None:
            values["child"] = grant.request.child
            conditions.append("IN ($child)")
        key = person if through is None else f"people.{person}"
        where = [f"{key} {condition}" for condition in conditions]
        source = f"lake.{table} AS t"
        if through is not None:
            # Whose a row is stands in the other table; a row of several children is one row.
            inner = " AND ".join(where) or "true"
            where = [
                f't."{through.column}" IN (SELECT people."{through.column}" FROM lake.{through.table} AS people '
                f"WHERE {inner})"
            ]
        for number, (column, allowed) in enumerate(grant.only.items()):
            values[f"only{number}"] = list(allowed)
            where.append(f't."{column}" IN (SELECT unnest($only{number}))')
        columns = ", ".join(f't."{column}"' for column in grant.columns)
        condition = " AND ".join(where) or "true"
        if grant.counted:
            counted = f't."{person if through is None else through.column}"'
            return (
                f"SELECT {columns}, count(DISTINCT {counted}) AS {COUNT} FROM {source} WHERE {condition} "
                f"GROUP BY {columns} ORDER BY {columns}"
            ), values
        return f"SELECT {columns} FROM {source} WHERE {condition} ORDER BY {columns}", values

    def _links(self, tables: Lake, scope: str) -> list[Link]:
        return [link for link in self.policy.scopes.get(scope, ()) if tables.exists(link.table)]  # type: ignore[call-overload]

    def _members(self, link: Link, values: str) -> str:
        """The SELECT of the children that a link counts to some areas, staff or schools."""
        person = f'"{self.policy.person}"'
        among = " AND ".join(
            f'"{column}" IS NULL'
            if allowed is None
            else f'"{column}" IN ({", ".join(_literal(value) for value in allowed)})'
            for column, allowed in link.among.items()
        )
        newest = f'QUALIFY rank() OVER (PARTITION BY {person} ORDER BY "{link.newest}" DESC) = 1' if link.newest else ""
        return (
            f"SELECT {person} FROM (SELECT * FROM lake.{link.table} {newest}) "
            f'WHERE "{link.column}" IN (SELECT unnest({values})) AND {among or "true"}'
        )


def _among(selects: list[str]) -> str:
    # Where a table that would say so has not been made, nobody is anybody's.
    return f"IN ({' UNION ALL '.join(selects)})" if selects else "IN (SELECT NULL WHERE false)"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _withheld(frame: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Numbers without those that are too small, and without the next if only one is: a total would give that away."""
    counts = frame[COUNT].astype("Int64")
    small = counts < smallest
    if int(small.sum()) == 1 and len(counts) > 1:
        small |= counts == counts[~small].min()
    return frame.assign(**{COUNT: counts.mask(small)})


def _entry(request: Request, grant: Grant | None) -> Access:
    """The line of the log: what was asked and by whom, never which child."""
    asked = f"{request.what} ({', '.join(request.columns)})" if request.columns else request.what
    person = request.person
    scopes = grant.rows if grant is not None else ()
    theirs = []
    if request.areas or "areas" in scopes:
        areas = request.areas or person.areas
        theirs.append("all" if EVERYWHERE in areas else "areas " + ", ".join(areas))
    theirs += [f"own {scope}" for scope in scopes if scope in ("caseload", "schools")]
    return Access(
        who=person.account,
        role=request.role,
        purpose=request.purpose,
        what=(asked + (", one child" if request.child is not None else ""))[:_LONGEST],
        areas=("; ".join(theirs) or "all")[:_LONGEST],
        allowed=grant is not None,
    )
