"""Answers of the lake, kept while the lake is as it was, the last used longest. Asks neither lake nor policy."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from resources.access_policy import Grant

if TYPE_CHECKING:
    import pyarrow as pa

BYTES = 96_000_000
"""Of all answers kept by a process; one that is larger than an eighth of it is not kept."""


@dataclass(frozen=True)
class AnswerKey:
    """What an answer depends on: the state of the lake, the question, and what of each table was granted.

    Attributes:
        snapshot: the lake's newest, when it was asked; what was written meanwhile is the next state's.
        as_of: the one that is asked for; None for the lake as it is.
        question: the query, its parameters and its grants, as text.
    """

    snapshot: int
    as_of: int | None
    question: str

    @classmethod
    def of(
        cls,
        snapshot: int,
        as_of: int | None,
        sql: str,
        grants: Mapping[str, Grant],
        values: Mapping[str, object] | None,
    ) -> AnswerKey:
        """The key of a query.

        Args:
            snapshot: the newest.
            as_of: the one that is asked for.
            sql: of the query.
            grants: by the name that the query gives the table.
            values: the query's parameters.
        """
        granted = [
            (name, one.request.what, one.columns, _sorted(one.areas), _sorted(one.narrowed))
            for name, one in grants.items()
        ]
        return cls(snapshot, as_of, repr((sql, granted, sorted((values or {}).items()))))


class Answers:
    """The answers a process keeps.

    Args:
        most: bytes of all of them.
    """

    def __init__(self, most: int = BYTES) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[AnswerKey, pa.Table] = OrderedDict()
        self._changing = Lock()

    def get(self, key: AnswerKey) -> pa.Table | None:
        """The answer, if it is kept; it must not be changed."""
        with self._changing:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: AnswerKey, answer: pa.Table) -> None:
        """Keep an answer; those used longest ago go where there is no room."""
        if answer.nbytes > self._most // 8:
            return
        with self._changing:
            if key in self._kept:
                return
            self._kept[key] = answer
            self._bytes += answer.nbytes
            while self._bytes > self._most:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _sorted(areas: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if areas is None else tuple(sorted(areas))
