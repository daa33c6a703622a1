"""Exports: every format reads back as it was, whole files only, and refusals that say what to do."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.errors import ContractError, SocialAIError
from socialai_assets.publishing.exports import EXPORT_FORMATS, export_table

WITH_HOLE = shapely.box(-77, -12, -76, -11) - shapely.box(-76.8, -11.8, -76.2, -11.2)


def areas(crs: int | None = 4326) -> gpd.GeoDataFrame:
    """Three squares, the last with a hole; codes with leading zeros, a missing figure, letters with accents."""
    return gpd.GeoDataFrame(
        {
            "area_id": ["010101", "010102", "150101"],
            "name": ["Ñuñoa", 'La "Peña", Alta', "Lima"],
            "estimate": [12.5, math.nan, 70.25],
            "count": [1, 2, 3],
        },
        geometry=[shapely.box(-79, -12, -78, -11), shapely.box(-78, -12, -77, -11), WITH_HOLE],
        crs=crs,
    )


def test_csv_keeps_codes_accents_quotes_and_gaps(tmp_path: Path) -> None:
    path = export_table(areas(), tmp_path / "areas.csv", "csv")
    read = pd.read_csv(path, dtype={"area_id": str})
    assert read["area_id"].tolist() == ["010101", "010102", "150101"]
    assert read["name"].tolist() == ["Ñuñoa", 'La "Peña", Alta', "Lima"]
    assert read["estimate"].isna().tolist() == [False, True, False]
    assert shapely.equals(shapely.from_wkt(str(read["geometry"][2])), WITH_HOLE)
    assert list(read.columns) == ["area_id", "name", "estimate", "count", "geometry"]


def test_whole_numbers_with_gaps_stay_whole_in_csv(tmp_path: Path) -> None:
    table = pa.table({"homes": pa.array([1, None, 3]), "flag": pa.array([True, None, False])})
    lines = export_table(table, tmp_path / "t.csv", "csv").read_text("utf-8").splitlines()
    assert lines == ["homes,flag", "1,True", ",", "3,False"]


def test_lists_structures_and_bytes_are_text_in_csv_and_gpkg(tmp_path: Path) -> None:
    table = pa.table(
        {
            "drivers": pa.array([["far", "high"], None]),
            "who": pa.array([{"name": "Ñ"}, {"name": "B"}]),
            "raw": pa.array([b"\x00\xff", None]),
        }
    )
    read: Any = pd.read_csv(export_table(table, tmp_path / "t.csv", "csv"))
    assert json.loads(read["drivers"][0]) == ["far", "high"]
    assert pd.isna(read["drivers"][1])
    assert json.loads(read["who"][0]) == {"name": "Ñ"}
    assert read["raw"][0] == "00ff"
    frame = areas().assign(drivers=[["far"], [], None])
    stored = gpd.read_file(export_table(frame, tmp_path / "t.gpkg", "gpkg"))
    assert [value if value is None else json.loads(value) for value in stored["drivers"]] == [["far"], [], None]


def test_parquet_keeps_arrow_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "area_id": pa.array(["010101", None]),
            "homes": pa.array([1, None], pa.int32()),
            "at": pa.array([0, None], pa.timestamp("us", tz="UTC")),
            "drivers": pa.array([["far"], None], pa.list_(pa.string())),
        }
    )
    read = pq.read_table(export_table(table, tmp_path / "t.parquet", "parquet"))
    assert read.schema.types == table.schema.types
    assert read.to_pylist() == table.to_pylist()


def test_parquet_of_a_geometry_frame_holds_wkb(tmp_path: Path) -> None:
    read = pq.read_table(export_table(areas(), tmp_path / "t.parquet", "parquet"))
    assert shapely.from_wkb(read["geometry"][2].as_py()).equals(WITH_HOLE)


@pytest.mark.parametrize("format", ["geoparquet", "geojson", "gpkg"])
def test_geographic_formats_read_back(tmp_path: Path, format: str) -> None:
    path = export_table(areas(), tmp_path / f"areas.{format}", format)
    read = gpd.read_parquet(path) if format == "geoparquet" else gpd.read_file(path)
    assert read.crs == "EPSG:4326"
    assert read["area_id"].tolist() == ["010101", "010102", "150101"]
    assert read["name"].tolist() == areas()["name"].tolist()
    assert read["estimate"].isna().tolist() == [False, True, False]
    assert all(shapely.equals(read.geometry.to_numpy(), areas().geometry.to_numpy()))


def test_geojson_follows_rfc_7946(tmp_path: Path) -> None:
    written = json.loads(export_table(areas(), tmp_path / "t.geojson", "geojson").read_text("utf-8"))
    assert "crs" not in written
    for feature in written["features"]:
        shell, *holes = feature["geometry"]["coordinates"]
        assert shapely.LinearRing(shell).is_ccw
        assert not any(shapely.LinearRing(hole).is_ccw for hole in holes)


@pytest.mark.parametrize("format", ["geoparquet", "gpkg"])
def test_another_crs_is_kept_where_the_format_can(tmp_path: Path, format: str) -> None:
    path = export_table(areas().to_crs(32718), tmp_path / f"t.{format}", format)
    read = gpd.read_parquet(path) if format == "geoparquet" else gpd.read_file(path)
    assert read.crs == "EPSG:32718"


def test_geojson_in_another_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"EPSG:4326.*UTM zone 18S.*to_crs"):
        export_table(areas().to_crs(32718), tmp_path / "t.geojson", "geojson")


@pytest.mark.parametrize("format", ["geoparquet", "geojson", "gpkg"])
def test_geographic_formats_refuse_what_has_no_geometry_or_crs(tmp_path: Path, format: str) -> None:
    plain = pd.DataFrame(areas().drop(columns="geometry"))
    with pytest.raises(ContractError, match="no geometry"):
        export_table(plain, tmp_path / "t", format)
    with pytest.raises(ContractError, match="no geometry"):
        export_table(pa.Table.from_pandas(plain), tmp_path / "t", format)
    with pytest.raises(ContractError, match="coordinate reference system"):
        export_table(areas(crs=None), tmp_path / "t", format)


def test_an_unknown_format_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(SocialAIError, match="csv, parquet, geoparquet, geojson, gpkg"):
        export_table(areas(), tmp_path / "t.shp", "shp")
    with pytest.raises(SocialAIError, match="is a folder"):
        export_table(areas(), tmp_path, "csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_an_export_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path, format: str) -> None:
    path = tmp_path / "deep" / f"t.{format}"
    export_table(areas(), path, format)
    export_table(areas().head(1), path, format)
    assert list(path.parent.iterdir()) == [path]
    readers = {"csv": pd.read_csv, "parquet": pd.read_parquet, "geoparquet": gpd.read_parquet}
    read = readers.get(format, gpd.read_file)(path)
    # A shape stands in every tile that it touches.
    assert read["area_id"].astype(str).str.zfill(6).unique().tolist() == ["010101"]


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = export_table(areas(), tmp_path / "t.parquet", "parquet")
    before = path.read_bytes()
    unwritable = pd.DataFrame({"mixed": [1, "a", object()]})
    with pytest.raises(pa.ArrowInvalid):
        export_table(unwritable, path, "parquet")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", [format for format in EXPORT_FORMATS if format != "pmtiles"])
def test_an_empty_table_is_written(tmp_path: Path, format: str) -> None:
    path = export_table(areas().head(0), tmp_path / f"t.{format}", format)
    readers = {"csv": pd.read_csv, "parquet": pd.read_parquet, "geoparquet": gpd.read_parquet}
    assert len(readers.get(format, gpd.read_file)(path)) == 0


def test_a_table_without_shapes_makes_no_tiles(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"no shape to cut into tiles"):
        export_table(areas().head(0), tmp_path / "t.pmtiles", "pmtiles")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"])).filter(bool),
            st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        ),
        min_size=1,
    )
)
def test_any_text_and_whole_number_survives_csv(tmp_path: Path, rows: list[tuple[str, int | None]]) -> None:
    names, counts = zip(*rows, strict=True)
    table = pa.table({"name": pa.array(names), "count": pa.array(counts, pa.int64())})
    path = export_table(table, tmp_path / "t.csv", "csv")
    read = pd.read_csv(path, dtype={"name": str, "count": "Int64"}, keep_default_na=False, na_values={"count": [""]})
    assert read["name"].tolist() == list(names)
    assert [None if pd.isna(count) else int(count) for count in read["count"]] == list(counts)
