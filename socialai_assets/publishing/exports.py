"""Tables written to files that other tools read: CSV, (Geo)Parquet, GeoJSON, GeoPackage, PMTiles. No reading here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from resources.errors import ContractError, SocialAIError
from resources.unfinished import unfinished_folder

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow as pa
    from pyproj import CRS

PMTILES_ZOOM = 9
"""Deepest zoom level of vector tiles: a pixel is 300 m at the equator, less than the width of a border as drawn."""


def export_table(frame: pa.Table | pd.DataFrame | gpd.GeoDataFrame, path: str | Path, format: str) -> Path:
    """Write a table to one file, whole or not at all.

    The file is written beside its final place and then renamed, so that a reader never meets half of it and a
    failure leaves an older file as it was; what a killed export left, the next one beside it removes. The index is
    not written.

    Args:
        frame: an Arrow table, a pandas frame, or (for the geographic formats) a GeoDataFrame with a CRS.
            In `csv` geometry becomes WKT and other bytes hexadecimal, in `parquet` geometry becomes WKB.
            Lists and structures become JSON text, except in the two Parquet formats, which hold them.
        path: the file to write; its folder is made where it is missing.
        format: `csv`, `parquet`, `geoparquet`, `geojson` (EPSG:4326 only, RFC 7946), `gpkg`, or `pmtiles`
            (vector tiles for the web in one file, whose shapes are simplified to each zoom level's pixels).

    Returns:
        The absolute path written.

    Raises:
        SocialAIError: the format is unknown, or the path is a folder.
        ContractError: a geographic format without geometry or CRS, or GeoJSON in another CRS than EPSG:4326.
    """
    if format not in _WRITERS:
        raise SocialAIError(
            f"Format {format!r} is unknown", where=str(path), do=f"Take one of {', '.join(EXPORT_FORMATS)}."
        )
    target = Path(path).absolute()
    if target.is_dir():
        raise SocialAIError("The path to export to is a folder", where=str(target), do="Name a file in it.")
    # Arrow's own types, or whole numbers with gaps would come out as 1.0.
    table = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas(types_mapper=pd.ArrowDtype)
    target.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_folder(target.parent) as folder:
        # The same name, because GDAL looks at the suffix.
        partial = folder / target.name
        _WRITERS[format](table, partial)
        partial.replace(target)
    return target


def _csv(table: pd.DataFrame, path: Path) -> None:
    plain = _without_geometry_type(table, as_text=True)
    plain.assign(**_texts(plain)).to_csv(path, index=False, encoding="utf-8")


def _parquet(table: pd.DataFrame, path: Path) -> None:
    _without_geometry_type(table, as_text=False).to_parquet(path, index=False)


def _geoparquet(table: pd.DataFrame, path: Path) -> None:
    areas, _ = _with_geometry(table, "geoparquet")
    areas.to_parquet(path, index=False)


def _geojson(table: pd.DataFrame, path: Path) -> None:
    areas, crs = _with_geometry(table, "geojson")
    if crs.to_epsg() != 4326:
        raise ContractError(
            f"GeoJSON is longitude and latitude (EPSG:4326), the table is in {crs.name}",
            do="Convert it with `to_crs(4326)`, or export to gpkg or geoparquet.",
        )
    areas.assign(**_texts(areas)).to_file(path, driver="GeoJSON", engine="pyogrio", RFC7946="YES", index=False)


def _gpkg(table: pd.DataFrame, path: Path) -> None:
    areas, _ = _with_geometry(table, "gpkg")
    areas.assign(**_texts(areas)).to_file(path, driver="GPKG", engine="pyogrio", layer=path.stem, index=False)


def _pmtiles(table: pd.DataFrame, path: Path) -> None:
    areas, _ = _with_geometry(table, "pmtiles")
    if areas.geometry.is_empty.all():
        raise ContractError(
            "The table has no shape to cut into tiles", where=path.name, do="Export it to gpkg, or make its rows first."
        )
    areas.assign(**_texts(areas)).to_file(
        path,
        driver="PMTiles",
        engine="pyogrio",
        layer=path.stem,
        index=False,
        MINZOOM=0,
        MAXZOOM=PMTILES_ZOOM,
        NAME=path.stem,
    )


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "geoparquet": _geoparquet,
    "geojson": _geojson,
    "gpkg": _gpkg,
    "pmtiles": _pmtiles,
}
EXPORT_FORMATS = tuple(_WRITERS)
GEOGRAPHIC_FORMATS = ("geoparquet", "geojson", "gpkg", "pmtiles")
"""Formats that hold shapes."""


def _with_geometry(table: pd.DataFrame, format: str) -> tuple[gpd.GeoDataFrame, CRS]:
    import geopandas as gpd

    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        raise ContractError(
            f"The table has no geometry, which {format} needs",
            where=f"columns {', '.join(map(str, table.columns))}",
            do="Export to csv or parquet, or read the table with its geometry.",
        )
    if table.crs is None:
        raise ContractError(
            "The table's geometry has no coordinate reference system",
            where=f"column {table.active_geometry_name}",
            do="Set it where the shapes are read, for instance `set_crs(4326)`.",
        )
    return table, table.crs


def _without_geometry_type(table: pd.DataFrame, *, as_text: bool) -> pd.DataFrame:
    """The table with its geometry as WKT or WKB, in a plain pandas frame."""
    # Only a GeoDataFrame needs geopandas, and then somebody has imported it already.
    geometry_columns = [name for name, dtype in table.dtypes.items() if str(dtype) == "geometry"]
    if not geometry_columns:
        return table
    import geopandas as gpd

    areas = gpd.GeoDataFrame(table)
    return areas.to_wkt() if as_text else areas.to_wkb()


def _texts(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns that hold lists, structures or bytes, as text."""
    texts: dict[str, pd.Series] = {}
    for name in table.columns:
        column = pd.Series(table[name])
        if str(column.dtype) != "geometry" and column.map(_is_compound).any():
            texts[str(name)] = column.astype(object).map(_text)
    return texts


def _is_compound(value: Any) -> bool:
    return isinstance(value, list | tuple | dict | np.ndarray | bytes)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=_jsonable) if _is_compound(value) else value


def _jsonable(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
