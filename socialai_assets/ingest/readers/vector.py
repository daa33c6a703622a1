"""Reads vector maps (GeoPackage, GeoJSON, zipped shapefile) as text columns and WKB in EPSG:4326."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.casting import CRS
from socialai_assets.ingest.readers.batch import RowBatch, batch, texts_of

if TYPE_CHECKING:
    import geopandas as gpd

    from socialai_assets.ingest.sources import Options

GEOMETRY = "geometry"


def read(path: Path, options: Options) -> RowBatch:
    """Read one layer; a row's line is its record number. GeoJSON is in EPSG:4326 by RFC 7946.

    Raises:
        LandingError: the file is damaged, has several layers and none is named, or states no CRS.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError
    from shapely.errors import GEOSException

    place, zipped = str(path), path.suffix.lower() == ".zip"
    if zipped:
        member = _layer(_shapefiles(path), options.layer, path)
        place = f"/vsizip/{path}/{member}"
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(place)]
        layer = _layer(layers, None if zipped else options.layer, path)
        frame = pyogrio.read_dataframe(place, layer=layer, encoding=options.encoding if zipped else None)
    except (DataSourceError, DataLayerError, ValueError, LookupError, OSError, GEOSException) as error:
        raise LandingError(
            f"The file is damaged or cut off: {error}", where=str(path), do="Download or export it again."
        ) from error
    notes = [f"layer {layer}"]
    if not hasattr(frame, "crs"):
        return batch(path, {str(n): texts_of(frame[n]) for n in frame}, np.arange(1, len(frame) + 1), notes=notes)
    return from_geoframe(path, frame, notes)


def from_geoframe(path: Path, frame: gpd.GeoDataFrame, notes: list[str]) -> RowBatch:
    """Rows of a frame with geometry, reprojected to EPSG:4326.

    Raises:
        LandingError: the frame has no CRS.
    """
    import shapely

    if frame.crs is None:
        raise LandingError(
            "The file does not say which coordinate reference system its geometries are in",
            where=str(path),
            do="Set the CRS in a GIS (in QGIS: Assign projection) and export it again.",
        )
    if not frame.crs.equals(CRS):
        notes = [*notes, f"reprojected from {frame.crs.name}"]
        frame = frame.to_crs(CRS)
    shapes = shapely.to_wkb(frame.geometry.to_numpy())
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    columns = {str(name): texts_of(values) for name, values in plain.items()}
    columns[GEOMETRY] = pd.Series(shapes, dtype=object)
    return batch(path, columns, np.arange(1, len(frame) + 1), notes=notes)


def _shapefiles(path: Path) -> list[str]:
    """Names of the shapefiles in a zip, wherever they lie in it; every member's checksum is verified first."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            damaged = archive.testzip()
            names = [info.filename for info in archive.infolist() if info.filename.lower().endswith(".shp")]
    except (BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error, ValueError) as error:
        raise LandingError(
            f"The zip is damaged, cut off or locked: {error}", where=str(path), do="Download or export it again."
        ) from error
    if damaged:
        raise LandingError(f"`{damaged}` in the zip is damaged", where=str(path), do="Download or export it again.")
    if not names:
        raise LandingError(
            "The zip holds no shapefile (.shp)", where=str(path), do="Zip the .shp with its .shx, .dbf and .prj."
        )
    return [name for name in names if not name.startswith("__MACOSX/")] or names


def _layer(layers: list[str], wanted: str | None, path: Path) -> str:
    if wanted is None and len(layers) == 1:
        return layers[0]
    if wanted in layers:
        return str(wanted)
    asked = f"no layer `{wanted}`" if wanted else f"{len(layers)} layers"
    raise LandingError(
        f"The file has {asked}", where=str(path), do=f"Name one of {layers} as the source's option `layer`."
    )
