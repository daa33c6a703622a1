"""Whom the vault has forgotten: their pseudonyms alone, and frames without them. Removes nothing that is stored.

A folder that is only read may still hold whoever was forgotten, and a run may have read a table before. So all that
is written to the vault is written without them.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

    from resources.lake import Lake

NAME = "forgotten"
"""Of the table, in each schema of the vault."""


@dataclass(frozen=True)
class Tombstone:
    """What is left of a person, or of what was only about this person.

    Attributes:
        pseudonym: 24 letters and digits.
        kind: what it stood for, such as `child`.
        request: code of the request that it was forgotten by, the same for all pseudonyms of one person.
        kept_by: column of whom else a row may be about; where it has a value the row stays, without the pseudonym.
        forgotten_on: the day.
    """

    pseudonym: str
    kind: str
    request: str
    kept_by: str | None
    forgotten_on: datetime.date


def table_of_forgotten(table: str) -> str:
    """The table that says who is left out of a table."""
    return f"{table.split('.', 1)[0]}.{NAME}"


def tombstones(vault: Lake, table: str) -> list[Tombstone]:
    """Whoever is left out of a table."""
    forgotten = table_of_forgotten(table)
    if not vault.exists(forgotten):
        return []
    return [Tombstone(**row) for row in vault.read(forgotten).to_pylist()]


def without_forgotten(
    frame: pd.DataFrame | pyarrow.Table, forgotten: Sequence[Tombstone]
) -> pd.DataFrame | pyarrow.Table:
    """A frame without the rows of those who were forgotten, and without mention of them in rows of others."""
    import pandas as pd

    if not forgotten:
        return frame
    rows = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    texts = [
        name for name in rows.columns if rows[name].dtype == object or isinstance(rows[name].dtype, pd.StringDtype)
    ]
    keep = pd.Series(True, index=rows.index)
    mentions: list[tuple[str, pd.Series]] = []
    for kept_by in {one.kept_by for one in forgotten}:
        gone = {one.pseudonym for one in forgotten if one.kept_by == kept_by}
        for name in texts:
            found = rows[name].isin(gone)
            if not found.any():
                continue
            others = kept_by is not None and kept_by in rows.columns and name != kept_by
            if others:
                mentions.append((name, found & rows[kept_by].notna()))
                found &= rows[kept_by].isna()
            keep &= ~found
    if keep.all() and not mentions:
        return frame
    rows = rows.copy() if mentions else rows
    for name, found in mentions:
        rows.loc[found, name] = None
    left = rows[keep].reset_index(drop=True)
    return left if isinstance(frame, pd.DataFrame) else _as_arrow(left, frame)


def mark_of_forgetting(home: Path) -> str:
    """A text that changes whenever somebody is forgotten; empty until then. It says nothing of whom."""
    file = _mark_file(home)
    return file.read_text() if file.is_file() else ""


def change_mark(home: Path) -> None:
    """Make whatever lands about persons count as changed, so that it is read again and all below it made again."""
    _mark_file(home).write_text(secrets.token_hex(8))


def _mark_file(home: Path) -> Path:
    return home / "vault" / "forgotten.mark"


def _as_arrow(rows: pd.DataFrame, like: pyarrow.Table) -> pyarrow.Table:
    import pyarrow

    return pyarrow.Table.from_pandas(rows, schema=like.schema, preserve_index=False)
