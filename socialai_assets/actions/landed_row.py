"""A row that somebody wrote down becomes a landed file, once its contract accepts it. Knows no action."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path

from resources.errors import ActionRefused
from resources.landing import LandingZone
from resources.settings import Settings
from resources.vault import key_of


def land_row(row: Mapping[str, object], domain: str, name: str, file_name: str, settings: Settings) -> Path:
    """Land one row as a CSV file of a canonical source.

    Args:
        row: column to value; None is a missing one.
        domain: of the source.
        name: of the source in it.
        file_name: of the file, without its suffix.
        settings: they say where it lands.

    Returns:
        Where it landed.

    Raises:
        ActionRefused: its contract refuses it, and nothing has landed; says why.
    """
    from socialai_assets.catalog import domain_sources
    from socialai_assets.ingest.rows import ingest_file

    source = next(source for source in domain_sources(domain) if source.name == name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{file_name}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
            writer.writerow({column: "" if value is None else value for column, value in row.items()})
        read = ingest_file(file, source, source.contract, None)
        if len(read.quarantined):
            reasons = [str(reason) for reason in read.quarantined["reason"]]
            raise ActionRefused(*reasons, where=f"{domain}.{name}", do="Say it otherwise; nothing has landed.")
        key = key_of(settings) if source.is_personal else None
        return LandingZone.from_settings(settings, [source]).land(file, source, key=key)
