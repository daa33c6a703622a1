"""Whatever the bytes of a file: rows, quarantined rows, or a refusal that says what to do; never a crash."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from resources.errors import LandingError
from resources.landing import LandedFile
from socialai_assets.ingest.contract import Blob, Geometry, RawContract, column
from socialai_assets.ingest.readers import read
from socialai_assets.ingest.rows import Ingested, ingest_file
from socialai_assets.ingest.sources import Options, Source

ROWS = 12
WORDS = ["Ñañá", 'a "b"; c', "d, e", "two\nlines", "", "7,5"]


class Wells(RawContract):
    """Wells."""

    code: str = column("Code.", unique=True)
    depth: float = column("Depth.", nullable=True, ge=0)
    note: str = column("Note.", nullable=True)

    class Config:
        name = "water.raw_wells"


class Shapes(RawContract):
    """Shapes."""

    code: str = column("Code.", unique=True)
    geometry: Geometry = column("Shape.")

    class Config:
        name = "water.raw_shapes"


class Tiles(RawContract):
    """Tiles."""

    z: int = column("Zoom.", ge=0)
    x: int = column("Column.")
    y: int = column("Row.")
    image: Blob = column("Picture.")

    class Config:
        name = "water.raw_tiles"


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": [f"w{i}" for i in range(ROWS)],
            "depth": [i * 1.5 for i in range(ROWS)],
            "note": [WORDS[i % len(WORDS)] for i in range(ROWS)],
        }
    )


def shapes() -> geopandas.GeoDataFrame:
    squares = [shapely.box(-70 + i, -10, -69.5 + i, -9.5) for i in range(ROWS)]
    return geopandas.GeoDataFrame(table()[["code"]], geometry=squares, crs="EPSG:4326")


def written(folder: Path, name: str) -> bytes:
    """A small whole file of a format."""
    file = folder / name
    records = table().to_dict("records")
    match name:
        case "a.csv":
            table().to_csv(file, index=False)
        case "u16.csv":
            file.write_bytes(table().to_csv(index=False, sep="\t").encode("utf-16"))
        case "a.xlsx":
            table().to_excel(file, index=False)
        case "a.json":
            file.write_text(json.dumps({"total": ROWS, "data": records}, ensure_ascii=False))
        case "a.jsonl":
            file.write_text("\n".join(json.dumps(record) for record in records))
        case "a.parquet":
            table().to_parquet(file)
        case "g.parquet":
            shapes().to_parquet(file)
        case "a.zip":
            shapes().to_file(folder / "wells.shp")
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in sorted(folder.glob("wells.*")):
                    archive.write(part, f"inner/{part.name}")
        case "a.png" | "a.jpeg":
            noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(noise).save(file)
        case _:
            shapes().to_file(file)
    return file.read_bytes()


TABLES = ["a.csv", "u16.csv", "a.xlsx", "a.json", "a.jsonl", "a.parquet"]
MAPS = ["g.parquet", "a.zip", "a.gpkg", "a.geojson"]
PICTURES = ["a.png", "a.jpeg"]
# Formats that state how much they hold: cut off, they must be refused and never be read short.
COUNTED = ["a.xlsx", "a.json", "a.parquet", "g.parquet", "a.zip", "a.geojson"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The bytes of a whole file, made once."""
    made: dict[str, bytes] = {}

    def of(name: str) -> bytes:
        if name not in made:
            made[name] = written(tmp_path_factory.mktemp("whole"), name)
        return made[name]

    return of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


def contract_of(name: str) -> type[RawContract]:
    return Shapes if name in MAPS else Tiles if name in PICTURES else Wells


def source(name: str, **options: object) -> Source:
    kind = "tiles" if name in PICTURES else "any"
    return Source("wells", "water", "t", "p", "l", "u", "", "water/wells", ("*",), kind, Options(**options), "x.X")  # type: ignore[arg-type]


def outcome(folder: Path, name: str, data: bytes, **options: object) -> Ingested | None:
    """What reading gave, or None where the file was refused as it should be; anything else fails the test."""
    file = folder / name if name not in PICTURES else folder / "3" / "4" / f"5{Path(name).suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(data)
    try:
        found = ingest_file(file, source(name, **options), contract_of(name))
    except LandingError as error:
        assert str(file) in str(error), f"no place in: {error}"
        assert error.do or "lacks the columns" in error.what
        return None
    assert found.rows_read == len(found.accepted) + len(found.quarantined)
    assert found.quarantined["reason"].notna().all()
    return found


@pytest.mark.parametrize("name", TABLES + MAPS + PICTURES)
def test_the_whole_file_is_read_whole(whole: Callable[[str], bytes], place: Path, name: str) -> None:
    found = outcome(place, name, whole(name))
    assert found is not None
    assert len(found.accepted) == (1 if name in PICTURES else ROWS)
    assert found.quarantined.empty


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 7)),
        st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("insert"), st.floats(0, 1), st.sampled_from(
            [b'"', b"'", b"\0", b"\r", b"\n\n", b"{", b"]",
             b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"\xc3", b"NaN"])),
        st.tuples(st.just("delete"), st.floats(0, 1), st.integers(1, 64)),
        st.tuples(st.just("repeat"), st.floats(0, 1), st.integers(1, 64)),
        st.tuples(st.just("cut"), st.floats(0, 1), st.just(0)),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def changed(data: bytes, changes: list) -> bytes:
    for what, where, how in changes:
        at = int(where * max(len(data) - 1, 0))
        if what == "flip" and data:
            data = data[:at] + bytes([data[at] ^ 1 << how]) + data[at + 1 :]
        elif what == "insert":
            data = data[:at] + how + data[at:]
        elif what == "delete":
            data = data[:at] + data[at + how :]
        elif what == "repeat":
            data = data[: at + how] + data[at : at + how] + data[at + how :]
        elif what == "cut":
            data = data[:at]
    return data


@pytest.mark.parametrize("name", TABLES + MAPS + PICTURES)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=CHANGES)
def test_damage_is_rows_quarantine_or_refusal(
    whole: Callable[[str], bytes], place: Path, name: str, changes: list
) -> None:
    outcome(place, name, changed(whole(name), changes))


@pytest.mark.parametrize("name", COUNTED)
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
@example(share=0.5)
def test_a_cut_off_file_is_refused_and_not_read_short(
    whole: Callable[[str], bytes], place: Path, name: str, share: float
) -> None:
    data = whole(name)
    found = outcome(place, name, data[: min(int(len(data) * share), len(data.rstrip()) - 1)])
    assert found is None or found.rows_read == ROWS


@pytest.mark.parametrize("name", TABLES + MAPS)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
@example(data=b"")
@example(data=b"\xff\xfe")
@example(data=b"{}")
@example(data=b"[]")
@example(data=b"[[1]]")
@example(data=b'{"type": "FeatureCollection", "features": []}')
@example(data=b"PK\x05\x06" + b"\0" * 18)
@example(data=b"PK\x03\x04")
@example(data=b"PAR1PAR1")
@example(data=b"SQLite format 3\0")
@example(data=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600)
def test_any_bytes_under_any_name(place: Path, name: str, data: bytes) -> None:
    outcome(place, name, data)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8-sig", "utf-16", "utf-16-be", "utf-7", "cp850"])
@pytest.mark.parametrize("stated", [None, "utf-8", "utf-16", "no such encoding"])
def test_no_encoding_loses_a_row(place: Path, encoding: str, stated: str | None) -> None:
    text = "code,depth,note\n" + "".join(f"w{i},{i},Ñandú {i}\n" for i in range(5))
    found = outcome(place, "a.csv", text.encode(encoding), encoding=stated)
    # Without a mark, two-byte text looks like one column with NUL characters: it is refused, not lost.
    assert found is None if encoding == "utf-16-be" and stated != "utf-16" else found is None or found.rows_read == 5


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('code,depth,note\na,1,"x ""y"" z"\nb,2,w\n', 2),
        ('code,depth,note\na,1,"x "y" z"\nb,2,w\n', 2),
        ('code,depth,note\na,1,x "y, z"\nb,2,w\n', 2),
        ("code,depth,note\n" + "\n".join(f"{i},{i},'" for i in range(40)), 40),
        ("code,depth,note\r\na,1,x\rb,2,y\nc,3,z", 3),
    ],
)
def test_nested_quotes_and_mixed_line_ends(place: Path, text: str, rows: int) -> None:
    found = outcome(place, "a.csv", text.encode())
    assert found is None or found.rows_read == rows


class TestJson:
    def rows(self, tmp_path: Path, text: str, name: str = "a.json", **options: object) -> list[dict]:
        (tmp_path / name).write_text(text)
        frame = read(tmp_path / name, source(name, **options)).frame
        return [{k: v for k, v in row.items() if isinstance(v, str)} for row in frame.to_dict("records")]

    def test_an_array_an_envelope_and_lines_are_the_same_rows(self, tmp_path: Path) -> None:
        expected = [{"a": "1.50", "b.c": "x", "d": "[1]"}, {"a": "true"}]
        array = '[{"a": 1.50, "b": {"c": "x"}, "d": ["1"]}, {"a": true, "b": null}]'
        expected[0]["d"] = '["1"]'
        assert self.rows(tmp_path, array) == expected
        assert self.rows(tmp_path, f'{{"page": 1, "data": {array}}}') == expected
        deep = f'{{"result": {{"records": {array}, "fields": []}}, "links": []}}'
        assert self.rows(tmp_path, deep, records="result.records") == expected
        lines = '{"a": 1.50, "b": {"c": "x"}, "d": ["1"]}\n\n{"a": true}\n'
        assert self.rows(tmp_path, lines, "a.jsonl") == self.rows(tmp_path, lines) == expected

    def test_a_bad_line_is_unreadable_and_stops_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a.ndjson").write_text(
            '{"a": 1}\n{"a": \n[2]\n{"a": 3, "a": 4}\n{"a.b": 1, "a": {"b": 2}}\n{"a": 5}'
        )
        found = read(tmp_path / "a.ndjson", source("a.ndjson"))
        assert found.line.tolist() == [1, 6]
        assert [record.line for record in found.unreadable] == [2, 3, 4, 5]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('[{"a": 1}', "cut off"),
            ('{"x": [], "y": []}', "['x', 'y']"),
            ("7", "no array of records"),
            ('[{"a": 1, "a": 2}]', "['a'] twice"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_what_cannot_be_records_is_refused(self, tmp_path: Path, text: str, words: str) -> None:
        with pytest.raises(LandingError) as error:
            self.rows(tmp_path, text)
        assert words in str(error.value)

    def test_a_map_named_json_is_a_map(self, tmp_path: Path) -> None:
        shapes().to_file(tmp_path / "a.geojson")
        (tmp_path / "a.geojson").rename(tmp_path / "a.json")
        assert len(ingest_file(tmp_path / "a.json", source("a.json"), Shapes).accepted) == ROWS


class TestShapefile:
    def zipped(self, tmp_path: Path, *names: str, without: str = "", encoding: str = "utf-8") -> Path:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
            for name in names:
                frame = shapes().assign(code=[f"Ñ{i}" for i in range(ROWS)]).to_crs("EPSG:32718")
                frame.to_file(tmp_path / f"{name}.shp", encoding=encoding)
                for part in sorted(tmp_path.glob(f"{name}.*")):
                    if part.suffix != without:
                        target.write(part, f"folder/{part.name}")
        return tmp_path / "a.zip"

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
    def test_one_in_a_folder_is_read_in_degrees(self, tmp_path: Path, encoding: str) -> None:
        found = ingest_file(self.zipped(tmp_path, "wells", encoding=encoding), source("a.zip"), Shapes)
        assert found.accepted["code"].tolist() == [f"Ñ{i}" for i in range(ROWS)]
        assert found.accepted.crs == "EPSG:4326"
        assert found.accepted.total_bounds == pytest.approx([-70, -10, -58.5, -9.5], abs=1e-6)

    def test_several_need_a_name(self, tmp_path: Path) -> None:
        file = self.zipped(tmp_path, "wells", "roads")
        with pytest.raises(LandingError, match="2 layers"):
            read(file, source("a.zip"))
        assert len(read(file, source("a.zip", layer="folder/roads.shp")).frame) == ROWS

    @pytest.mark.parametrize(("part", "words"), [(".prj", "coordinate reference system"), (".shp", "no shapefile")])
    def test_a_missing_part_is_named(self, tmp_path: Path, part: str, words: str) -> None:
        with pytest.raises(LandingError, match=words):
            read(self.zipped(tmp_path, "wells", without=part), source("a.zip"))

    def test_one_without_its_table_lacks_columns(self, tmp_path: Path) -> None:
        file = self.zipped(tmp_path, "wells", without=".dbf")
        with pytest.raises(LandingError, match=r"lacks the columns \['code'\]"):
            ingest_file(file, source("a.zip"), Shapes)


def test_a_workbook_with_formulas_and_errors_keeps_its_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [["code", "depth", "note"], ["a", "=1/0", "#N/A"], ["b", 10**400, "x"], [None, 1, None]]:
        sheet.append([str(cell) if isinstance(cell, int) and cell > 10**300 else cell for cell in row])
    book.save(tmp_path / "a.xlsx")
    found = ingest_file(tmp_path / "a.xlsx", source("a.xlsx"), Wells)
    assert found.rows_read == 3
    assert len(found.quarantined) == 2


def test_a_tile_landed_twice_under_two_suffixes_is_quarantined_not_lost(tmp_path: Path) -> None:
    files = []
    for suffix in ("png", "jpeg"):
        path = tmp_path / "3" / "4" / f"5.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(tmp_path, f"a.{suffix}"))
        files.append(LandedFile(path, path.relative_to(tmp_path).as_posix()))
    from socialai_assets.catalog import all_sources
    from socialai_assets.ingest.rows import ingest

    night = next(found for found in all_sources() if found.name == "satellite_night")
    both = ingest(files, night)
    assert (both.rows_read, len(both.accepted), len(both.quarantined)) == (2, 1, 1)
