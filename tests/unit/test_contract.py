"""What a contract accepts, rejects and says; nothing about files."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import ContractError
from socialai_assets.ingest.contract import (
    Blob,
    Contract,
    Geometry,
    RawContract,
    apply,
    column,
    contract_version,
    describe,
    empty,
    landed_columns,
    table_name,
    validate,
)


class Wells(Contract):
    """Wells."""

    well_id: str = column("Code.", unique=True, str_matches=r"\d{6}")
    kind: str = column("Kind.", isin=("deep", "shallow"))
    depth_m: float = column("Depth.", unit="m", nullable=True, ge=0, le=500)
    users: int = column("People.", nullable=True, ge=0)
    works: bool = column("Whether it works.", nullable=True)
    built: datetime.date = column("Day it was built.", nullable=True)
    seen: pd.Timestamp = column("When it was last seen.", nullable=True)

    class Config:
        name = "water.wells"


class Spans(RawContract):
    """Intervals of a year."""

    area_id: str = column("Area.")
    year: int = column("Year.")
    lower: float = column("Lower end.", nullable=True)
    upper: float = column("Upper end.", nullable=True)

    class Config:
        name = "poverty.raw_spans"
        unique = ["area_id", "year"]

    @pa.dataframe_check
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:
        """the lower end is at most the upper end"""
        return ~(frame["lower"] > frame["upper"])


class Shapes(Contract):
    """Shapes with a picture."""

    area_id: str = column("Area.")
    geometry: Geometry = column("Shape.")
    image: Blob = column("Picture.", nullable=True)

    class Config:
        name = "geography.shapes"


def wells(**cells: list[str | None]) -> pd.DataFrame:
    rows = max(len(values) for values in cells.values())
    good = {
        "well_id": [f"{i:06d}" for i in range(rows)],
        "kind": ["deep"] * rows,
        "depth_m": ["1.5"] * rows,
        "users": ["3"] * rows,
        "works": ["true"] * rows,
        "built": ["2001-02-03"] * rows,
        "seen": ["2001-02-03T04:05:06Z"] * rows,
    }
    return pd.DataFrame({**good, **cells}, dtype=object)


def test_describe_says_all_that_a_column_promises() -> None:
    depth = {c.name: c for c in describe(Wells)}["depth_m"]
    assert (depth.dtype, depth.unit, depth.nullable, depth.minimum, depth.maximum) == ("double", "m", True, 0, 500)
    assert [c.dtype for c in describe(Wells)] == [
        "string", "string", "double", "integer", "boolean", "date", "timestamp",
    ]  # fmt: skip
    assert [c.dtype for c in describe(Shapes)] == ["string", "geometry", "blob"]


def test_a_raw_table_ends_with_where_its_rows_came_from() -> None:
    assert [c.name for c in describe(Spans)][-4:] == ["source", "is_synthetic", "file_name", "file_line"]
    assert [c.name for c in landed_columns(Spans)] == ["area_id", "year", "lower", "upper"]


def test_a_contract_without_a_table_is_refused() -> None:
    class Nameless(Contract):
        a: str = column("A.")

    with pytest.raises(ContractError, match="Nameless"):
        table_name(Nameless)


def test_the_version_follows_rules_and_not_words() -> None:
    def made(description: str, **rules: float) -> type[Contract]:
        class Made(Contract):
            a: float = column(description, **rules)

            class Config:
                name = "a.b"

        return Made

    assert contract_version(made("One.")) == contract_version(made("Other words."))
    assert contract_version(made("One.")) != contract_version(made("One.", ge=0))
    assert contract_version(made("One.", ge=0)) != contract_version(made("One.", ge=1))


@pytest.mark.parametrize(
    ("column_name", "text", "value"),
    [
        ("depth_m", "1e2", 100.0),
        ("depth_m", " .5 ", 0.5),
        ("users", "12.0", 12),
        ("users", "+7", 7),
        ("works", "NO", False),
        ("built", "2020-02-29", datetime.date(2020, 2, 29)),
        ("seen", "2020-01-01T10:00:00+02:00", pd.Timestamp("2020-01-01 08:00")),
        ("seen", "2020-01-01", pd.Timestamp("2020-01-01")),
    ],
)
def test_text_becomes_the_type_it_says(column_name: str, text: str, value: object) -> None:
    accepted, rejected = apply(wells(**{column_name: [text]}), Wells)
    assert rejected.empty
    assert accepted[column_name].iloc[0] == value


@pytest.mark.parametrize("token", ["", "NA", "N/A", "S.I.", "null", "NaN", "  ", None])
def test_missing_tokens_are_null(token: str | None) -> None:
    accepted, rejected = apply(wells(depth_m=[token]), Wells)
    assert rejected.empty
    assert accepted["depth_m"].isna().all()


@pytest.mark.parametrize(
    ("column_name", "text", "words"),
    [
        ("depth_m", "1,5", "decimal point"),
        ("depth_m", "inf", "not a number"),
        ("depth_m", "1e999", "not a number"),
        ("depth_m", "٣", "not a number"),
        ("depth_m", "-0.1", "below 0"),
        ("depth_m", "500.1", "above 500"),
        ("users", "1.5", "whole number"),
        ("users", "99999999999999999999", "whole number"),
        ("works", "maybe", "true or false"),
        ("built", "2021-02-29", "ISO 8601 date"),
        ("built", "03/02/2001", "ISO 8601 date"),
        ("seen", "yesterday", "ISO 8601 time"),
        ("kind", "DEEP", "not one of deep, shallow"),
        ("well_id", "12345", "does not match"),
        ("well_id", "1234567", "does not match"),
        ("well_id", "NA", "value is required"),
    ],
)
def test_a_bad_value_is_rejected_with_column_value_and_rule(column_name: str, text: str, words: str) -> None:
    rows = wells(**{column_name: [text, *wells(kind=["deep"] * 2)[column_name][1:]]})
    accepted, rejected = apply(rows, Wells)
    assert list(accepted.index) == [1]
    reason = rejected["reason"].iloc[0]
    assert reason.startswith(f"{column_name}:")
    assert words in reason
    assert text in reason or text == "NA"


def test_several_reasons_stand_together_and_long_values_are_cut() -> None:
    _, rejected = apply(wells(kind=["x" * 500], users=["many"]), Wells)
    first, second = rejected["reason"].iloc[0].split("; ")
    assert first.startswith("users: 'many'")
    assert second.startswith("kind: 'xxx")
    assert len(second) < 150


def test_the_first_good_row_of_a_key_is_accepted() -> None:
    rows = wells(well_id=["000001"] * 3, users=["bad", "1", "2"])
    accepted, rejected = apply(rows, Wells)
    assert list(accepted.index) == [1]
    assert "must be unique" in rejected.loc[2, "reason"]


def test_keys_of_several_columns_and_rules_across_columns() -> None:
    rows = pd.DataFrame(
        {
            "area_id": ["a", "a", "a", "b"],
            "year": ["2020", "2021", "2020", "2020"],
            "lower": ["1", "1", "1", "9"],
            "upper": ["2", None, "2", "3"],
        }
    )
    accepted, rejected = apply(rows, Spans)
    assert list(accepted.index) == [0, 1]
    assert rejected["reason"].tolist() == [
        "area_id, year: occurs before in the same source, and must be unique",
        "row: breaks the rule: the lower end is at most the upper end",
    ]


def test_thousands_separators_go_only_where_digits_are_grouped_by_threes() -> None:
    rows = wells(users=["1,234", "12,34", "1,234,567"])
    accepted, rejected = apply(rows, Wells, thousands=",")
    assert accepted["users"].tolist() == [1234, 1234567]
    assert list(rejected.index) == [1]
    assert len(apply(rows, Wells)[1]) == 3


def test_a_dot_as_thousands_separator_is_taken_literally() -> None:
    accepted, rejected = apply(wells(users=["1.234", "1234"]), Wells, thousands=".")
    assert accepted["users"].tolist() == [1234, 1234]
    assert rejected.empty


def test_nothing_a_person_said_is_repeated() -> None:
    class Pupils(Contract):
        """Pupils."""

        pupil_id: str = column("Pupil.", unique=True, personal=True)
        age: int = column("Age.")

        class Config:
            name = "children.pupils"

    _, rejected = apply(pd.DataFrame({"pupil_id": ["anna"], "age": ["secret"]}), Pupils)
    assert "secret" not in rejected["reason"].iloc[0]
    with pytest.raises(ContractError) as error:
        validate(pd.DataFrame({"pupil_id": ["anna"], "age": ["secret"]}), Pupils)
    assert "secret" not in str(error.value)


def test_geometries_come_as_wkb_or_wkt_in_degrees() -> None:
    rows = pd.DataFrame(
        {
            "area_id": list("abcde"),
            "geometry": [shapely.to_wkb(shapely.Point(-70, -10)), "POINT (1 2)", "POINT (5e5 9e6)", b"x", None],
            "image": [b"\x00\x01", None, None, None, None],
        },
        dtype=object,
    )
    accepted, rejected = apply(rows, Shapes)
    assert list(accepted.index) == [0, 1]
    assert accepted.crs == "EPSG:4326"
    assert accepted["image"].iloc[0] == b"\x00\x01"
    assert ["required" in reason for reason in rejected["reason"]] == [False, False, True]


cells = st.one_of(
    st.none(),
    st.sampled_from(["", "NA", "1", "1.0", "-3", "1,5", "deep", "000001", "true", "2020-01-01", "nan", "1e400", "\n"]),
    st.text(max_size=8),
)
row = st.tuples(*[cells] * 7)


@settings(max_examples=80, deadline=None)
@given(st.lists(row, min_size=0, max_size=12))
def test_every_row_is_accepted_or_rejected(drawn: list[tuple[str | None, ...]]) -> None:
    rows = pd.DataFrame(drawn, columns=[c.name for c in describe(Wells)], dtype=object)
    accepted, rejected = apply(rows, Wells)
    assert sorted([*accepted.index, *rejected.index]) == list(rows.index)
    assert rejected["reason"].str.len().gt(0).all()
    pd.testing.assert_frame_equal(validate(accepted, Wells), accepted.reset_index(drop=True))


def test_an_empty_table_keeps_its_types() -> None:
    import pyarrow

    schema = pyarrow.Table.from_pandas(empty(Wells), preserve_index=False).schema
    assert not any(pyarrow.types.is_null(field.type) for field in schema)
    assert empty(Shapes).crs == "EPSG:4326"


def frame() -> pd.DataFrame:
    return apply(wells(users=["1", None]), Wells)[0]


def test_validate_orders_columns_and_takes_whole_floats_for_integers() -> None:
    given_frame = frame()[::-1].assign(users=[2.0, np.nan])[[*frame().columns[::-1]]]
    valid = validate(given_frame, Wells)
    assert list(valid.columns) == [c.name for c in describe(Wells)]
    assert valid["users"].dtype == "Int64"
    assert list(valid.index) == [0, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"users": [1.5, 2]}, "`users` is not a whole number in 1 of 2 rows, first rows 0 (1.5)"),
        ({"users": ["1", "2"]}, "`users` is not a whole number"),
        ({"users": [True, False]}, "`users` is not a whole number"),
        ({"well_id": [1, 2]}, "`well_id` is not text"),
        ({"depth_m": [np.inf, 1]}, "`depth_m` is not a number"),
        ({"depth_m": [1, 501]}, "`depth_m` is above 500 in 1 of 2 rows, first rows 1 (501)"),
        ({"kind": ["deep", None]}, "`kind` is missing"),
        ({"well_id": ["000001", "000001"]}, "`well_id` occurs before"),
        ({"colour": ["red", "blue"]}, "unknown ['colour']"),
    ],
)
def test_validate_names_column_rows_and_number(change: dict[str, list[object]], words: str) -> None:
    with pytest.raises(ContractError) as error:
        validate(frame().assign(**change), Wells)
    assert words in str(error.value)
    assert "water.wells" in str(error.value)


def test_validate_refuses_a_missing_column_and_another_crs() -> None:
    with pytest.raises(ContractError, match="missing \\['kind'\\]"):
        validate(frame().drop(columns="kind"), Wells)
    shapes = apply(pd.DataFrame({"area_id": ["a"], "geometry": ["POINT (1 2)"], "image": [None]}), Shapes)[0]
    with pytest.raises(ContractError, match="3857"):
        validate(shapes.to_crs(3857), Shapes)
    with pytest.raises(ContractError, match="no stated CRS"):
        validate(shapes.set_crs(None, allow_override=True), Shapes)


class Solved(Contract):
    """Plans that are solved."""

    status: str = column("Status.", isin=("optimal",))

    class Config:
        name = "test.solved"


def test_one_allowed_value_is_that_value_and_not_its_letters() -> None:
    assert len(validate(pd.DataFrame({"status": ["optimal"]}), Solved)) == 1
    with pytest.raises(ContractError, match="is not one of optimal"):
        validate(pd.DataFrame({"status": ["o"]}), Solved)
