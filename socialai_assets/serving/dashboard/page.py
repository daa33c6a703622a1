"""What a page is, and which of them somebody sees. Renders nothing."""

from __future__ import annotations

from dataclasses import dataclass

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.gate import Gate

GROUPS = ("Poverty", "Aid", "Refugees", "Children", "Water", "Platform")
"""Headings of the menu, in order."""


@dataclass(frozen=True)
class Page:
    """A page of the menu.

    Attributes:
        name: of its route and template.
        path: its address.
        title: in English; the words files have the Spanish.
        group: the menu's heading it stands under.
        tables: whoever may see any of these sees the page; parts that rest on others are left out.
        command: or whoever may do this.
    """

    name: str
    path: str
    title: str
    group: str
    tables: tuple[str, ...] = ()
    command: str | None = None

    def visible_to(self, asker: Asker, gate: Gate) -> bool:
        """Whether somebody may open it."""
        wanted = [*self.tables, *([self.command] if self.command else [])]
        return any(gate.may(asker, what) for what in wanted)

    def require(self, asker: Asker, gate: Gate) -> None:
        """That somebody may open it; each page's route begins with this.

        Raises:
            AccessRefused: none of what it shows is granted; that is in the access log.
        """
        if not self.visible_to(asker, gate):
            gate.allow(asker, (self.tables or (self.command or "",))[0])
