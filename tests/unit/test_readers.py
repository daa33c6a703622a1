"""What readers make of files, whole, odd and damaged, and what ingest makes of the real ones."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import LandingError
from resources.landing import LandedFile, LandingZone
from socialai_assets.ingest.contract import Blob, Geometry, RawContract, column
from socialai_assets.ingest.readers import read
from socialai_assets.ingest.readers.csv_text import decode
from socialai_assets.ingest.rows import Ingested, ingest, ingest_file
from socialai_assets.ingest.sources import Options, Source
from tests.conftest import REAL_LANDING
from tests.unit.test_sources import DOMAINS, project_sources


def source(kind: str = "csv", **options: object) -> Source:
    return Source("wells", "water", "t", "p", "l", "u", "", "water/wells", ("*",), kind, Options(**options), "x.X")  # type: ignore[arg-type]


class Wells(RawContract):
    """Wells."""

    code: str = column("Code.", unique=True)
    depth: float = column("Depth.", nullable=True, ge=0)

    class Config:
        name = "water.raw_wells"


class Tiles(RawContract):
    """Tiles."""

    z: int = column("Zoom.")
    x: int = column("Column.")
    y: int = column("Row.")
    image: Blob = column("Picture.")

    class Config:
        name = "water.raw_tiles"
        unique = ["z", "x", "y"]


class Shapes(RawContract):
    """Shapes."""

    code: str = column("Code.")
    geometry: Geometry = column("Shape.")

    class Config:
        name = "water.raw_shapes"


def csv_file(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "wells.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    rows = [["code", "note"], ["1", "a; b, c"], ["2", "d"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    batch = read(csv_file(tmp_path, text), source())
    assert batch.frame.to_dict("list") == {"code": ["1", "2"], "note": ["a; b, c", "d"]}


def test_a_given_separator_wins(tmp_path: Path) -> None:
    batch = read(csv_file(tmp_path, "a,b;c,d\n1,5;2,5\n"), source(delimiter=";"))
    assert batch.frame.to_dict("list") == {"a,b": ["1,5"], "c,d": ["2,5"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str) -> None:
    batch = read(csv_file(tmp_path, "code,name\n1,Áncash ñ\n".encode(encoding)), source(encoding="utf-8"))
    assert batch.frame["name"].tolist() == ["Áncash ñ"]
    assert any(note.startswith("encoding") for note in batch.notes)


@given(st.binary(max_size=200))
def test_no_bytes_are_refused(data: bytes) -> None:
    text, name = decode(data)
    assert text.encode(name) == data or name in ("utf-8-sig", "utf-16")


def test_lines_count_quoted_line_breaks_which_are_folded(tmp_path: Path) -> None:
    batch = read(csv_file(tmp_path, 'code,name\r\n1,"two\r\n lines"\r\n\r\n2,one\r\n'), source())
    assert batch.frame["name"].tolist() == ["two lines", "one"]
    assert batch.line.tolist() == [2, 5]


def test_ragged_and_damaged_rows_are_unreadable_and_stop_nothing(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "code,depth\n1,2\n3\n4,5,6\n7,8,\n9,\0\n10,-1\n")
    batch = read(file, source())
    assert batch.frame["code"].tolist() == ["1", "7", "10"]
    assert [(u.line, u.reason[:10]) for u in batch.unreadable] == [
        (3, "row: has 1"),
        (4, "row: has 3"),
        (6, "row: holds"),
    ]
    whole = ingest_file(file, source(), Wells)
    assert whole.rows_read == 6 == len(whole.accepted) + len(whole.quarantined)
    assert whole.accepted["file_line"].tolist() == [2, 5]
    assert sorted(whole.quarantined["file_line"]) == [3, 4, 6, 7]
    assert json.loads(whole.quarantined.set_index("file_line")["row"][7]) == {"code": "10", "depth": "-1"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', "a web page"),
        (b"PK\x03\x04rest", "is zip and not csv"),
        (b"%PDF-1.7", "is PDF and not csv"),
        (b"code,depth,code\n1,2,3\n", "['code'] occur more than once"),
        (b'code,depth\n1,2\n3,"4\n5,6\n', "never closed"),
    ],
)
def test_a_file_that_is_no_csv_says_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    file = csv_file(tmp_path, content)
    with pytest.raises(LandingError) as error:
        read(file, source())
    assert words in str(error.value)
    assert str(file) in str(error.value)
    assert error.value.do


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    read_file = ingest_file(csv_file(tmp_path, "code,depth\n"), source(), Wells)
    assert read_file.rows_read == 0
    assert read_file.accepted["depth"].dtype == "float64"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            *[
                st.text(
                    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6
                )
            ]
            * 2
        ),
        max_size=8,
    )
)
def test_what_a_csv_writer_wrote_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    file = tmp_path_factory.mktemp("csv") / "wells.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("one", "two"), *rows])
    batch = read(file, source(delimiter=","))
    as_read = [tuple(re.sub(r"[\t\n\f\r ]+", " ", cell) for cell in row) for row in rows]
    assert list(batch.frame.itertuples(index=False, name=None)) == as_read


def workbook(tmp_path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "notes"
    sheet = book.create_sheet("wells")
    for row in [
        [],
        ["code", "depth", "seen"],
        [10101, 2.50, pd.Timestamp("2020-01-02").to_pydatetime()],
        [],
        ["x", True],
    ]:
        sheet.append(row)
    file = tmp_path / "wells.xlsx"
    book.save(file)
    return file


def test_excel_numbers_and_dates_are_text(tmp_path: Path) -> None:
    batch = read(workbook(tmp_path), source("excel", sheet="wells"))
    assert batch.frame.iloc[0].tolist() == ["10101", "2.5", "2020-01-02"]
    assert batch.frame.iloc[1].fillna("-").tolist() == ["x", "true", "-"]
    assert batch.line.tolist() == [3, 5]


def test_excel_says_which_sheets_there_are_and_when_it_is_damaged(tmp_path: Path) -> None:
    file = workbook(tmp_path)
    with pytest.raises(LandingError, match="wells"):
        read(file, source("excel", sheet="absent"))
    with pytest.raises(LandingError, match="sheet is empty"):
        read(file, source("excel"))
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(LandingError, match="damaged or cut off"):
        read(file, source("excel"))


@pytest.mark.real
def test_an_old_excel_file_is_read() -> None:
    file = next(iter(sorted((REAL_LANDING / "water" / "siasar_peru").glob("*.xls"))), None)
    if file is None:
        pytest.skip(f"no real .xls in {REAL_LANDING}")
    batch = read(file, source("excel"))
    assert len(batch.frame) > 300
    assert not batch.frame.astype("string").stack().str.endswith(".0").any()


def test_a_cut_off_old_excel_file_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "wells.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(LandingError, match="damaged or cut off"):
        read(file, source("excel"))


def map_file(tmp_path: Path, name: str, crs: str | None) -> Path:
    import geopandas

    shapes = geopandas.GeoDataFrame(
        {"code": ["a", None], "size": [1.0, 2.5]}, geometry=[shapely.Point(-70, -10), None], crs="EPSG:4326"
    )
    frame = shapes.to_crs(crs) if crs else shapes.set_crs(None, allow_override=True)
    frame.to_file(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "kind", "crs"),
    [("a.gpkg", "geopackage", "EPSG:32718"), ("a.gpkg", "any", "EPSG:4326"), ("a.geojson", "geojson", "EPSG:4326")],
)
def test_maps_come_in_degrees(tmp_path: Path, name: str, kind: str, crs: str) -> None:
    batch = read(map_file(tmp_path, name, crs), source(kind))
    point = shapely.from_wkb(batch.frame["geometry"].iloc[0])
    assert (point.x, point.y) == pytest.approx((-70, -10), abs=1e-7)
    assert batch.frame["size"].tolist() == ["1", "2.5"]
    assert batch.frame["geometry"].iloc[1] is None
    whole = ingest_file(tmp_path / name, source(kind), Shapes)
    assert (len(whole.accepted), len(whole.quarantined)) == (1, 1)
    assert whole.accepted.crs == "EPSG:4326"
    assert whole.report.extra_columns == ("size",)


def test_a_map_without_crs_or_with_several_layers_or_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="coordinate reference system"):
        read(map_file(tmp_path, "nocrs.gpkg", None), source("geopackage"))
    import geopandas

    file = map_file(tmp_path, "two.gpkg", "EPSG:4326")
    geopandas.read_file(file).to_file(file, layer="other")
    with pytest.raises(LandingError, match="2 layers"):
        read(file, source("geopackage"))
    assert len(read(file, source("geopackage", layer="other")).frame) == 2
    with pytest.raises(LandingError, match="no layer `absent`"):
        read(file, source("geopackage", layer="absent"))
    cut = tmp_path / "cut.geojson"
    cut.write_text(map_file(tmp_path, "a.geojson", "EPSG:4326").read_text()[:150])
    with pytest.raises(LandingError, match="damaged or cut off"):
        read(cut, source("geojson"))


def test_parquet_and_geoparquet(tmp_path: Path) -> None:
    import geopandas

    pd.DataFrame({"code": ["a"], "depth": [2.0], "n": pd.array([None], "Int64")}).to_parquet(tmp_path / "a.parquet")
    batch = read(tmp_path / "a.parquet", source("any"))
    assert batch.frame.fillna("-").iloc[0].tolist() == ["a", "2", "-"]
    geopandas.GeoDataFrame({"code": ["a"]}, geometry=[shapely.Point(1, 2)], crs=4326).to_parquet(tmp_path / "g.parquet")
    assert shapely.from_wkb(read(tmp_path / "g.parquet", source("any")).frame["geometry"][0]).equals(
        shapely.Point(1, 2)
    )
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:50])
    with pytest.raises(LandingError, match="damaged"):
        read(tmp_path / "cut.parquet", source("any"))


def tile(size: int = 8) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "JPEG")
    return stream.getvalue()


def test_tiles_are_rows_and_undecodable_ones_are_quarantined(tmp_path: Path) -> None:
    whole = tile(64)
    files = {
        "8/70/128": whole,
        "8/70/129": whole[: len(whole) // 2],
        "8/71/1": b"<html>",
        "8/x/2": whole,
        "8/72/3": b"",
    }
    landed = []
    for name, content in files.items():
        path = tmp_path / f"{name}.jpeg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        landed.append(LandedFile(path, f"water/tiles/{name}.jpeg"))
    tiles = Source("tiles", "water", "t", "p", "l", "u", "", "f", ("*",), "tiles", Options(), f"{__name__}.Tiles")
    read_all = ingest(landed, tiles)
    assert read_all.accepted[["z", "x", "y"]].to_numpy().tolist() == [[8, 70, 128]]
    assert read_all.accepted["image"].iloc[0] == whole
    assert read_all.quarantined["file_name"].tolist() == [file.name for file in landed[1:]]
    assert len(read(tmp_path, tiles).frame) == 1


def test_keys_are_unique_over_all_files_of_a_source(tmp_path: Path) -> None:
    wells = Source("wells", "water", "t", "p", "l", "u", "", "f", ("*",), "csv", Options(), f"{__name__}.Wells")
    landed = []
    for name, text in {"a.csv": "code,depth\n1,1\n2,x\n", "b.csv": "depth,code,note\n3,3\n9,1,n\n4,2,n\n"}.items():
        (tmp_path / name).write_text(text)
        landed.append(LandedFile(tmp_path / name, f"sample/{name}", synthetic=name == "b.csv"))
    both = ingest(landed, wells)
    assert both.accepted["code"].tolist() == ["1", "2"]
    assert both.accepted["source"].tolist() == ["wells", "sample"]
    assert both.accepted["is_synthetic"].tolist() == [False, True]
    assert both.quarantined[["file_name", "file_line"]].to_numpy().tolist() == [
        ["sample/a.csv", 3], ["sample/b.csv", 3], ["sample/b.csv", 2],
    ]  # fmt: skip
    assert both.rows_read == 5


def test_nothing_landed_is_an_empty_table_of_the_right_types() -> None:
    wells = Source("wells", "water", "t", "p", "l", "u", "", "f", ("*",), "csv", Options(), f"{__name__}.Wells")
    nothing = ingest([], wells)
    assert nothing.rows_read == len(nothing.accepted) == len(nothing.quarantined) == 0
    assert [str(kind) for kind in nothing.accepted.dtypes] == ["str", "float64", "str", "bool", "str", "int64"]


def test_an_unknown_suffix_is_refused_where_any_format_goes(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(LandingError, match=r"No reader knows files that end in `\.doc`"):
        read(tmp_path / "a.doc", source("any"))


ROWS = {
    "ubigeo_aumentado_districts": (1892, 1),
    "ubigeo_aumentado_provinces": (196, 0),
    "ubigeo_aumentado_departments": (25, 0),
    "inei_district_boundaries": (1874, 0),
    "inei_populated_places": (94922, 0),
    "inei_poverty_map_2018": (1874, 0),
    "minedu_district_indicators": (1891, 0),
    "nasa_black_marble": (140, 0),
    "nasa_blue_marble": (140, 0),
}


def real(name: str, tmp_path: Path) -> Ingested:
    if not REAL_LANDING.is_dir():
        pytest.skip(f"no real data in {REAL_LANDING}")
    sources = [found for domain in DOMAINS for found in project_sources(domain)]
    chosen = next(found for found in sources if found.name == name)
    return ingest(LandingZone(tmp_path, REAL_LANDING, "none", sources).files(chosen), chosen)


@pytest.mark.real
@pytest.mark.parametrize("name", ROWS)
def test_real_files_are_read_whole(name: str, tmp_path: Path) -> None:
    found = real(name, tmp_path)
    assert (len(found.accepted), len(found.quarantined)) == ROWS[name]
    assert found.rows_read == sum(ROWS[name])
    assert found.report.extra_columns == ()


@pytest.mark.real
def test_the_known_problems_of_the_districts_are_seen(tmp_path: Path) -> None:
    found = real("ubigeo_aumentado_districts", tmp_path)
    assert found.quarantined["reason"].tolist() == ["inei: is missing, and a value is required"]
    assert found.quarantined["file_line"].tolist() == [1896]
    assert not {"pct_pobreza_total", "idh_2019"} & set(json.loads(found.quarantined["row"].iloc[0]))
    districts = found.accepted
    assert districts["reniec"].isna().sum() == 1
    assert districts["altitude"].isna().sum() == 18
    # The 18 newer districts with a code, and four that say "S.I.".
    assert districts["superficie"].isna().sum() == 22
    assert not districts["capital"].str.contains("\n").any()
    assert districts["inei"].str.len().eq(6).all()


def test_a_file_without_names_takes_them_from_the_source_and_its_remarks_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text('#"from",to,km\nDate,to,length,note\nA,B,12\n# by boat\nB,C,7,dry season\nC,D,3,,\nD,E,1,x,y\n')
    columns = ("start", "end", "km", "note")
    found = read(file, source(delimiter=",", comment="#", columns=columns, names_row=True))
    assert found.frame.fillna("").to_numpy().tolist() == [
        ["A", "B", "12", ""],
        ["B", "C", "7", "dry season"],
        ["C", "D", "3", ""],
    ]
    assert found.line.tolist() == [3, 5, 6]
    assert found.notes[2:] == ("remarks left out on lines [1, 4]", "names left out on line 2")
    assert [record.line for record in found.unreadable] == [7]
    kept = read(file, source(delimiter=",", comment="#", columns=columns))
    assert kept.frame["start"].tolist() == ["Date", "A", "B", "C"]


def test_a_file_of_remarks_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "remarks.csv").write_text("# nothing\n# here\n")
    with pytest.raises(LandingError, match="only remarks"):
        read(tmp_path / "remarks.csv", source(comment="#"))
