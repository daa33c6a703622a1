"""Map files opened by programs that did not write them: the readers behind QGIS, DuckDB, Arrow, and the web."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import geopandas as gpd
import mapbox_vector_tile
import pyarrow.parquet as pq
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType

from resources import duckdb_extensions
from socialai_assets.publishing.exports import PMTILES_ZOOM, export_table
from tests.unit.test_exports import areas

Read = dict[str, tuple[float | None, shapely.Geometry]]
"""By area: its figure and its shape."""


def by_gdal(path: Path) -> Read:
    """GDAL, which QGIS reads with."""
    frame = gpd.read_file(path)
    assert frame.crs == "EPSG:4326"
    return _read(zip(frame["area_id"], frame["estimate"].astype(object), frame.geometry, strict=True))


def by_duckdb(path: Path) -> Read:
    connection = duckdb.connect(config=duckdb_extensions.UNSIGNED)
    duckdb_extensions.load(connection, "spatial")
    table, geometry = (f"'{path}'", "geometry") if path.suffix == ".parquet" else (f"ST_Read('{path}')", "geom")
    rows = connection.execute(f"SELECT area_id, estimate, ST_AsWKB({geometry}) FROM {table}").fetchall()
    return _read((area, figure, shapely.from_wkb(bytes(shape))) for area, figure, shape in rows)


def by_arrow(path: Path) -> Read:
    """Plain Parquet and the GeoParquet 1.x specification's metadata."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"geo"])
    column = about["primary_column"]
    assert about["columns"][column]["encoding"] == "WKB"
    shapes = shapely.from_wkb(table[column].to_pylist())
    return _read(zip(table["area_id"].to_pylist(), table["estimate"].to_pylist(), shapes, strict=True))


def by_sqlite(path: Path) -> Read:
    """Plain SQLite and the OGC GeoPackage 1.x tables and geometry header."""
    connection = sqlite3.connect(path)
    table, kind, reference = connection.execute("SELECT table_name, data_type, srs_id FROM gpkg_contents").fetchone()
    assert (kind, reference) == ("features", 4326)
    (column,) = connection.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()
    rows = connection.execute(f'SELECT area_id, estimate, "{column}" FROM "{table}"').fetchall()
    connection.close()
    return _read((area, figure, _geopackage_shape(blob)) for area, figure, blob in rows)


def _geopackage_shape(blob: bytes) -> shapely.Geometry:
    assert blob[:2] == b"GP"
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(blob[3] >> 1) & 0b111]
    return shapely.from_wkb(blob[8 + envelope :])


def _read(rows) -> Read:
    return {area: (None if figure != figure else figure, shape) for area, figure, shape in rows}


@pytest.mark.parametrize(
    ("format", "suffix", "reader"),
    [
        ("gpkg", "gpkg", by_gdal),
        ("gpkg", "gpkg", by_duckdb),
        ("gpkg", "gpkg", by_sqlite),
        ("geoparquet", "parquet", by_arrow),
        ("geoparquet", "parquet", by_duckdb),
        ("geojson", "geojson", by_gdal),
        ("geojson", "geojson", by_duckdb),
    ],
)
def test_other_readers_find_every_area_figure_and_shape(
    tmp_path: Path, format: str, suffix: str, reader: Callable[[Path], Read]
) -> None:
    read = reader(export_table(areas(), tmp_path / f"areas.{suffix}", format))
    expected = areas().set_index("area_id")
    assert list(read) == list(expected.index)
    assert [figure for figure, _ in read.values()] == [12.5, None, 70.25]
    assert all(shapely.equals([shape for _, shape in read.values()], expected.geometry.to_numpy()))


class TestVectorTiles:
    def test_of_every_zoom_level_hold_each_area_with_its_figures(self, tmp_path: Path) -> None:
        path = export_table(areas(), tmp_path / "areas.pmtiles", "pmtiles")
        with path.open("rb") as stream:
            reader = Reader(MmapSource(stream))
            header = reader.header()
            assert header["tile_type"] == TileType.MVT and header["tile_compression"] == Compression.GZIP
            assert (header["min_zoom"], header["max_zoom"]) == (0, PMTILES_ZOOM)
            bounds = [header[f"{side}_e7"] / 1e7 for side in ("min_lon", "min_lat", "max_lon", "max_lat")]
            assert bounds == pytest.approx(areas().total_bounds, abs=0.01)
            (layer,) = mapbox_vector_tile.decode(gzip.decompress(reader.get(0, 0, 0))).values()
        found = {feature["properties"]["area_id"]: feature["properties"] for feature in layer["features"]}
        assert set(found) == set(areas()["area_id"])
        assert found["150101"]["estimate"] == 70.25 and found["150101"]["name"] == "Lima"
        assert "estimate" not in found["010102"]

    def test_show_shapes_where_they_are(self, tmp_path: Path) -> None:
        path = export_table(areas(), tmp_path / "areas.pmtiles", "pmtiles")
        read = gpd.read_file(path, engine="pyogrio").to_crs(4326).dissolve("area_id")
        for shape, area in zip(areas().geometry, areas()["area_id"], strict=True):
            common = read.geometry[area].intersection(shape).area
            assert common / read.geometry[area].union(shape).area > 0.98

    def test_of_shapes_in_metres_are_the_same(self, tmp_path: Path) -> None:
        path = export_table(areas().to_crs(32718), tmp_path / "areas.pmtiles", "pmtiles")
        assert gpd.read_file(path).to_crs(4326).total_bounds == pytest.approx(areas().total_bounds, abs=0.02)
