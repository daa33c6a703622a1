"""What a `mapping.yaml` can do and what it cannot."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import LandingError
from socialai_assets.ingest.contract import RawContract, column
from socialai_assets.ingest.expressions import evaluate
from socialai_assets.ingest.mapping import Mapped, apply_mapping, load_mapping, with_points
from socialai_assets.ingest.rows import ingest_file
from socialai_assets.ingest.sources import Options, Source


class Areas(RawContract):
    """Areas."""

    area_id: str = column("Code.", unique=True)
    level: str = column("Level.")
    population: float = column("People.", unit="people", nullable=True)
    area_km2: float = column("Surface.", unit="km2", nullable=True)

    class Config:
        name = "geography.raw_areas"


class Indicators(RawContract):
    """Indicators."""

    area_id: str = column("Code.")
    indicator: str = column("Name.")
    value: float = column("Value.")

    class Config:
        name = "poverty.raw_indicators"
        unique = ["area_id", "indicator"]


FILE = pd.DataFrame({"code": ["a", "b", "c"], "density": ["2", "x", ""], "size": ["100", "1,000", "S.I."]})


def mapped(tmp_path: Path, text: str, rows: pd.DataFrame = FILE, contract: type[RawContract] = Areas) -> Mapped:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    return apply_mapping(rows, load_mapping(file), contract, thousands=",")


FULL = """
source: statistics office
columns: {area_id: code, area_km2: size}
constants: {level: admin3}
expressions: {population: "density::double * replace(size, ',', '')::double"}
units: {area_km2: ha}
"""


def test_columns_constants_expressions_and_units(tmp_path: Path) -> None:
    result = mapped(tmp_path, FULL)
    assert result.frame["area_id"].tolist() == ["a", "b", "c"]
    assert result.frame["level"].unique().tolist() == ["admin3"]
    assert result.frame["area_km2"].tolist() == ["1.0", "10.0", "S.I."]
    assert result.frame["population"].iloc[0] == "200.0"
    assert result.failed["population"].tolist() == [1, 2]
    assert result.used == {"code", "density", "size"}


def test_a_row_whose_expression_fails_is_quarantined_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(FULL)
    (tmp_path / "areas.csv").write_text('code,density,size\na,2,100\nb,x,"1,000"\nc,3,200\n')
    source = Source("areas", "geography", "t", "p", "l", "u", "", "f", ("*",), "csv", Options(thousands=","), "x.Areas")
    read = ingest_file(tmp_path / "areas.csv", source, Areas)
    assert read.accepted["area_id"].tolist() == ["a", "c"]
    assert read.accepted["source"].unique().tolist() == ["statistics office"]
    assert read.quarantined["file_line"].tolist() == [3]
    assert "population: its expression" in read.quarantined["reason"].iloc[0]
    assert '"density": "x"' in read.quarantined["row"].iloc[0]


def test_a_wide_file_becomes_long_and_knows_its_lines(tmp_path: Path) -> None:
    wide = pd.DataFrame({"area_id": ["a", "b"], "out": ["1", ""], "lang": ["2", "3"]})
    text = """
unpivot:
  names_to: indicator
  values_to: value
  columns: {out: dropout_rate_pct, lang: indigenous_language_pct}
"""
    result = mapped(tmp_path, text, wide, Indicators)
    assert result.frame.to_dict("list") == {
        "area_id": ["a", "a", "b"],
        "indicator": ["dropout_rate_pct", "indigenous_language_pct", "indigenous_language_pct"],
        "value": ["1", "2", "3"],
    }
    assert result.origin.tolist() == [0, 0, 1]
    assert result.notes == ("1 empty cells of the wide file became no row",)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(st.integers(-(10**6), 10**6).map(str), st.sampled_from(["x", "", "1.5", "9" * 30])), max_size=8)
)
def test_an_expression_fails_exactly_where_it_cannot_be_computed(values: list[str]) -> None:
    rows = pd.DataFrame({"n": pd.Series(values, dtype=object)})
    result, failing = evaluate("n::integer + 1", rows, "test")

    def computable(text: str) -> bool:
        return text not in ("x", "", "9" * 30)

    assert failing.tolist() == [i for i, text in enumerate(values) if not computable(text)]
    assert result.isna().to_numpy().nonzero()[0].tolist() == failing.tolist()


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "code, size",
        "*",
        "COLUMNS(*)",
        "code FROM file_rows",
        "code; SELECT 1",
        "1) FROM file_rows; DROP TABLE x; SELECT (1",
        "(SELECT 1)",
        "(SELECT content FROM read_text('/etc/hostname'))",
        "(FROM 'some.csv')",
        "EXISTS (FROM duckdb_settings())",
        "code UNION SELECT 'x'",
        "code LIMIT 1",
        "DISTINCT code",
        "max(code)",
        "unnest([1, 2])",
        "row_number() OVER ()",
        "read_text('/etc/hostname')",
        "getenv('HOME')",
        "no_such_column",
        "no_such_function(code)",
        "code ||",
    ],
)
def test_only_one_scalar_expression_is_computed(tmp_path: Path, expression: str) -> None:
    with pytest.raises(LandingError) as error:
        mapped(tmp_path, f"columns: {{area_id: code}}\nconstants: {{population: 1, area_km2: 1}}\n"
                         f"expressions:\n  level: {expression!r}\n")  # fmt: skip
    assert "expressions.level" in str(error.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colums: {a: b}", "colums"),
        ("columns: [a]", "columns"),
        ("columns: {colour: code}", "columns.colour"),
        ("columns: {area_id: no_such}", "columns.area_id"),
        ("columns: {area_id: code}\nconstants: {area_id: x}", "constants.area_id"),
        ("columns: {area_id: code, area_km2: size}\nconstants: {level: a, population: 1}\nunits: {area_km2: cubits}",
         "units.area_km2"),
        ("unpivot: {names_to: a}", "unpivot"),
        ("unpivot: {names_to: level, values_to: population, columns: {no_such: x}}", "unpivot.columns.no_such"),
        ("source: [a]", "source"),
        ("constants: {level: }", "constants.level"),
        ("- a", "keys"),
        ("a: [", "cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(LandingError) as error:
        mapped(tmp_path, text)
    assert key in str(error.value)
    assert "mapping.yaml" in str(error.value)


def test_a_declared_column_that_nothing_gives_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match=r"lacks the columns \['level'\]"):
        mapped(tmp_path, "columns: {area_id: code, population: density, area_km2: size}")


@pytest.mark.parametrize(
    ("written", "thousands", "read"),
    [
        ("1,5", None, "1.5"),
        ("-0,25", ".", "-0.25"),
        ("1.234.567,8", ".", "1234567.8"),
        ("12 345,6", " ", "12345.6"),
        ("1.234", ".", "1234"),
        ("7", None, "7"),
        ("1,5e3", None, "1.5e3"),
        ("2,", None, "2"),
        ("1.5", ".", None),
        ("1.5", None, None),
        ("12.34,5", ".", None),
        ("1,2,3", None, None),
        ("n/d", None, "n/d"),
    ],
)
def test_a_decimal_comma_is_read_and_never_guessed(written: str, thousands: str | None, read: str | None) -> None:
    (value,) = with_points(pd.Series([written]), ",", thousands)
    assert value == read if read is not None else "not written with ," in value


FILE_OPTIONS = """
file: {encoding: latin-1, delimiter: "|", decimal: ",", thousands: ".", missing: ["s/d"]}
columns: {area_id: code, population: gente, area_km2: sup}
constants: {level: admin3}
"""


def test_a_files_own_mapping_says_how_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("code|gente|sup\ná|1.200,5|s/d\nb|1.5|2,5\n", encoding="latin-1")
    (tmp_path / "areas.csv.mapping.yaml").write_text(FILE_OPTIONS)
    (tmp_path / "mapping.yaml").write_text("columns: {area_id: another}")
    source = Source("areas", "geography", "t", "p", "l", "u", "", "f", ("*",), "csv", Options(), "x.Areas")
    read = ingest_file(tmp_path / "areas.csv", source, Areas)
    assert read.accepted["area_id"].tolist() == ["á"]
    assert read.accepted["population"].tolist() == [1200.5]
    assert read.accepted["area_km2"].isna().all()
    assert read.quarantined["reason"].str.startswith("population: ").all() and len(read.quarantined) == 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("file: {colour: red}", "colour"),
        ("file: {decimal: ',,'}", "decimal"),
        ("file: {rename: {a: b}}", "file.rename"),
        ("file: [a]", "file"),
    ],
)
def test_a_wrong_option_of_the_file_is_named(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(LandingError) as error:
        mapped(tmp_path, text)
    assert key in str(error.value) and "mapping.yaml" in str(error.value)
