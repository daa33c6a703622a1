"""A file landed as a source, once it has been read as that. Reads nothing into tables: runs do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import LandingError, NothingSuch
from resources.landing import LandingZone
from resources.settings import Settings
from resources.vault import key_of

if TYPE_CHECKING:
    import pandas as pd

    from socialai_assets.ingest.sources import Source


@dataclass(frozen=True, eq=False)
class LandedRows:
    """What landed.

    Attributes:
        source: what it was landed as.
        accepted: how many rows its contract accepts.
        quarantined: the rows it does not: `file_line`, `reason`.
        path: where the file is now.
    """

    source: Source
    accepted: int
    quarantined: pd.DataFrame
    path: Path


def source_named(name: str, settings: Settings) -> Source:
    """The source of a name, `domain.name` or `name` alone.

    Raises:
        NothingSuch: there is none.
    """
    from socialai_assets.catalog import all_sources

    found = [source for source in all_sources(settings) if name in (f"{source.domain}.{source.name}", source.name)]
    if not found:
        raise NothingSuch(f"There is no source `{name}`", do="See `socialai sources`, or `GET /v1/sources`.")
    return found[0]


def land_file(file: Path, name: str, mapping: Path | None, settings: Settings) -> LandedRows:
    """Read a file once as its source and copy it into the landing folder.

    Args:
        file: the file; it keeps its name.
        name: of its source.
        mapping: a mapping.yaml for files of another shape.
        settings: they say where it lands.

    Raises:
        NothingSuch: there is no such source.
        LandingError: there is no such file, it cannot be read as the source, or the source takes no file of its name.
    """
    from socialai_assets.catalog import all_sources
    from socialai_assets.ingest.mapping import load_mapping
    from socialai_assets.ingest.rows import ingest_file

    source = source_named(name, settings)
    if not file.is_file():
        raise LandingError("There is no such file", where=str(file), do="Check the path.")
    read = ingest_file(file, source, source.contract, load_mapping(mapping) if mapping else None)
    zone = LandingZone.from_settings(settings, all_sources(settings))
    target = zone.land(file, source, mapping, key=key_of(settings) if source.is_personal else None)
    return LandedRows(source, len(read.accepted), read.quarantined, target)
