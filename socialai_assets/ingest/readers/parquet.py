"""Reads Parquet and GeoParquet as text columns and WKB in EPSG:4326."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from resources.errors import LandingError
from socialai_assets.ingest.readers.batch import RowBatch, batch, texts_of
from socialai_assets.ingest.readers.limits import refuse_rows

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Options


def read(path: Path, options: Options) -> RowBatch:  # noqa: ARG001  (every reader takes the source's options)
    """Read a Parquet file; a row's line is its record number.

    Raises:
        LandingError: the file is damaged, or a GeoParquet file without CRS.
    """
    import pyarrow
    import pyarrow.parquet
    from pyproj.exceptions import CRSError
    from shapely.errors import GEOSException

    damage = (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError)
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            refuse_rows(path, file.metadata.num_rows)
            table = file.read()
        table.validate(full=True)
        if b"geo" in (table.schema.metadata or {}):
            return _geographic(path)
        # Without the notes of the pandas that wrote it, which say nothing of the data and may be damaged.
        frame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
        columns = {str(name): texts_of(frame[name]) for name in frame}
    except (*damage, CRSError, GEOSException) as error:
        raise LandingError(
            f"The file is damaged or cut off: {type(error).__name__}: {error}",
            where=str(path),
            do="Download or export it again.",
        ) from error
    return batch(path, columns, np.arange(1, len(frame) + 1))


def _geographic(path: Path) -> RowBatch:
    import geopandas

    from socialai_assets.ingest.readers.vector import from_geoframe

    return from_geoframe(path, geopandas.read_parquet(path), [])
