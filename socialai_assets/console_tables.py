"""Tables that commands print: on a narrow screen long names go on in the next line and are not cut. Prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def whole_names(*headings: str) -> Table:
    """An empty table with these columns."""
    from rich.table import Column, Table

    return Table(*(Column(heading, overflow="fold") for heading in headings))
