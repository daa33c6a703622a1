"""Who asks, in which role, by which way: found from a request's cookie or key. Decides on nothing.

The way itself (session cookie, API key) is in sessions.py and keys; what is allowed is the gate's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resources.access_policy import Person, Request
from socialai_assets.publishing.languages import Language


@dataclass(frozen=True)
class Asker:
    """Whoever a request comes from.

    Attributes:
        person: who it is.
        role: in which role.
        purpose: what for.
        language: what is read.
        token: what forms carry, so that no other site can send them; None for a program, which sends no cookie.
    """

    person: Person
    role: str
    purpose: str
    language: Language = "en"
    token: str | None = None

    def request(
        self,
        what: str,
        *,
        columns: Sequence[str] | None = None,
        areas: Sequence[str] = (),
        child: str | None = None,
    ) -> Request:
        """What is asked of the policy: a table, `schema.table`, or the name of a command."""
        wanted = None if columns is None else tuple(columns)
        return Request(self.person, self.role, self.purpose, what, wanted, tuple(areas), child)


class NotSignedIn(Exception):
    """Nobody has signed in, or the session or key has ended; `why` is shown to the person."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
