"""Reads vector maps (GeoPackage, GeoJSON, zipped shapefile) as text columns and WKB in EPSG:4326."""

from __future__ import annotations

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

    place = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(place)]
        layer = _layer(layers, options.layer, path)
        frame = pyogrio.read_dataframe(place, layer=layer)
    except (DataSourceError, DataLayerError) as error:
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


def _layer(layers: list[str], wanted: str | None, path: Path) -> str:
    if wanted is None and len(layers) == 1:
        return layers[0]
    if wanted in layers:
        return str(wanted)
    asked = f"no layer `{wanted}`" if wanted else f"{len(layers)} layers"
    raise LandingError(
        f"The file has {asked}", where=str(path), do=f"Name one of {layers} as the source's option `layer`."
    )
