"""One door to all readers: a landed file becomes rows of text by its format. Each format has a module of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import LandingError
from socialai_assets.ingest.readers.batch import RowBatch, refuse_foreign, without_damaged_text
from socialai_assets.ingest.readers.limits import refuse_oversized
from socialai_assets.ingest.sources import PATTERNS, TABULAR

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Source

__all__ = ["RowBatch", "format_of", "read"]

_MODULES = {
    "csv": "csv_text",
    "excel": "excel",
    "geopackage": "vector",
    "geojson": "vector",
    "json": "json_records",
    "shapefile": "vector",
    "parquet": "parquet",
    "tiles": "tiles",
}


def format_of(path: Path, source: Source) -> str:
    """The format a file is read in: the source's, or by suffix where the source takes any.

    Raises:
        LandingError: no reader knows the suffix.
    """
    if source.format != "any":
        return source.format
    # A `.json` may be a map or a table; the reader of tables tells and hands a map on.
    for name in sorted(TABULAR, key="geojson".__eq__):
        if any(path.name.lower().endswith(pattern.lstrip("*")) for pattern in PATTERNS[name]):
            return name
    raise LandingError(
        f"No reader knows files that end in `{path.suffix}`",
        where=str(path),
        do=f"Convert it to one of {list(TABULAR)}.",
    )


def read(path: Path, source: Source) -> RowBatch:
    """Read a landed file as rows of text, under its own column names (after the source's `rename`).

    Args:
        path: a file; for tiles, a file `{z}/{x}/{y}.<suffix>` or the folder above `{z}`.
        source: what the file was landed as.

    Raises:
        LandingError: the file is empty, cut off, a web page, or not in the format; says which and what to do.
    """
    kind = format_of(path, source)
    refuse_foreign(path, kind)
    reader = import_module(f"socialai_assets.ingest.readers.{_MODULES[kind]}")
    refuse_oversized(path, kind)
    batch: RowBatch = without_damaged_text(reader.read(path, source.options))
    names = [source.options.rename.get(name, name) for name in batch.frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LandingError(
            f"The columns {twice} occur more than once",
            where=str(path),
            do="Give every column of the file a name of its own.",
        )
    batch.frame.columns = names
    return batch
