"""How text and loosely typed columns become the types a contract names, without losing anything. Knows no rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRS = "EPSG:4326"
MISSING_TOKENS = ("", "NA", "N/A", "S.I.", "null", "NaN")

# A NaN-flavoured string type: it keeps its type in Arrow even where every value is missing, and compares as
# object columns do.
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INTEGER = r"^[+-]?\d{1,18}(\.0*)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIMESTAMP = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")

EXPECTED = {
    "string": "is not text",
    "integer": "is not a whole number",
    "double": "is not a number (write a decimal point and no thousands separators)",
    "boolean": "is not true or false",
    "timestamp": "is not an ISO 8601 time such as 2020-01-31T13:05:00",
    "date": "is not an ISO 8601 date such as 2020-01-31",
    "geometry": "is not a geometry in degrees (EPSG:4326) as WKB or WKT",
    "blob": "is not binary",
}


def text_column(values: pd.Series) -> pd.Series:
    """A column of text (or None) in the one string type used everywhere."""
    return values.astype(TEXT)


def without_missing(values: pd.Series, tokens: tuple[str, ...] = MISSING_TOKENS) -> pd.Series:
    """Text with outer white space removed and the tokens that stand for a missing value made null."""
    stripped = text_column(values).str.strip()
    return stripped.mask(stripped.isin(list(tokens)))


def empty_column(kind: str, rows: int = 0) -> pd.Series:
    """A column of nulls of the type a contract's `kind` is stored as; geometry needs rows to have a CRS."""
    if kind == "geometry":
        import geopandas

        return geopandas.GeoSeries(np.full(rows, None, dtype=object), crs=CRS)
    return pd.Series([None] * rows, dtype=_dtype(kind, nullable=True))


def cast_text(values: pd.Series, kind: str, thousands: str | None = None) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Cast a column of text, missing values already null, to a contract's type.

    Args:
        values: text; for geometries and blobs, bytes (geometries may be WKT text too).
        kind: a contract's dtype, such as `integer`.
        thousands: a thousands separator to take out of numbers that are grouped by threes.

    Returns:
        The typed column on the same index, null where a value could not be cast; and which those are.
    """
    if kind == "string":
        return text_column(values), np.zeros(len(values), dtype=bool)
    if kind in ("geometry", "blob"):
        return _BINARY[kind](values)
    values = text_column(values)
    if thousands and kind in ("integer", "double"):
        grouped = rf"^[+-]?\d{{1,3}}(?:[{thousands}]\d{{3}})+(?:\.\d*)?$"
        values = values.where(~_matches(values, grouped), values.str.replace(thousands, "", regex=False))
    typed = _TEXTUAL[kind](values)
    return typed, (typed.isna() & values.notna()).to_numpy()


def cast_typed(values: pd.Series, kind: str) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Bring a column that code has made to a contract's type, where that loses nothing.

    Whole numbers held as floats become integers; text never becomes a number and numbers never become text.

    Returns:
        The typed column on the same index, null where a value does not fit; and which those are.
    """
    if kind in ("geometry", "blob"):
        return _BINARY[kind](values)
    if len(values) == 0 or values.isna().all():
        typed = empty_column(kind, len(values)).set_axis(values.index)
        return typed, np.zeros(len(values), dtype=bool)
    present = values.notna().to_numpy()
    fits = present & _FITS[kind](values)
    kept = values.where(fits)
    if kind == "integer":
        typed = _to_numbers(kept).astype("Int64")
    elif kind == "double":
        typed = _to_numbers(kept).astype("float64")
    elif kind == "timestamp":
        typed = _naive_utc(pd.Series(pd.to_datetime(kept, utc=True), index=values.index))
    elif kind == "date":
        typed = _dates(pd.to_datetime(kept))
    else:
        typed = kept.astype(_dtype(kind, nullable=True))
    return typed, present & ~fits


def settle(values: pd.Series, kind: str, nullable: bool) -> pd.Series:
    """A cast column in its final type: plain integers and booleans where the contract allows no null."""
    if kind in ("integer", "boolean") and not nullable:
        return values.astype(_dtype(kind, nullable=False))
    return values


def _dtype(kind: str, nullable: bool) -> Any:
    return {
        "string": TEXT,
        "integer": "Int64" if nullable else "int64",
        "double": "float64",
        "boolean": "boolean" if nullable else "bool",
        "timestamp": "datetime64[us]",
        "date": pd.ArrowDtype(pa.date32()),
        "blob": pd.ArrowDtype(pa.binary()),
        "geometry": "object",
    }[kind]


def _to_numbers(values: pd.Series) -> pd.Series:
    return cast("pd.Series", pd.to_numeric(values))


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    text = pa.array(values, type=pa.large_string(), from_pandas=True)
    matched = pc.call_function("match_substring_regex", [text], pc.MatchSubstringOptions(pattern))
    return pd.Series(pc.fill_null(matched, False).to_numpy(zero_copy_only=False), index=values.index)


def _integers(values: pd.Series) -> pd.Series:
    digits = values.where(_matches(values, _INTEGER)).str.replace(r"\.0*$", "", regex=True).str.removeprefix("+")
    numbers = pa.array(digits, pa.large_string(), from_pandas=True).cast(pa.int64())
    return numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get).set_axis(values.index)


def _numbers(values: pd.Series) -> pd.Series:
    # Python's own conversion, by way of NumPy: pandas' parser raises where a number is too large for a float.
    numbers = values.where(_matches(values, _NUMBER)).to_numpy(dtype=object).astype("float64")
    return pd.Series(np.where(np.isfinite(numbers), numbers, np.nan), index=values.index)


def _booleans(values: pd.Series) -> pd.Series:
    lower = values.str.lower()
    known = lower.isin([*_TRUE, *_FALSE])
    return lower.isin(_TRUE).astype("boolean").where(known)


def _timestamps(values: pd.Series) -> pd.Series:
    kept = values.where(_matches(values, _TIMESTAMP)).astype(object)
    return _naive_utc(pd.to_datetime(kept, format="ISO8601", errors="coerce", utc=True))


def _dates_from_text(values: pd.Series) -> pd.Series:
    kept = values.where(_matches(values, _DATE)).astype(object)
    return _dates(pd.to_datetime(kept, format="%Y-%m-%d", errors="coerce"))


def _naive_utc(values: pd.Series) -> pd.Series:
    return values.dt.tz_localize(None).astype("datetime64[us]")


def _dates(values: pd.Series) -> pd.Series:
    return values.dt.date.astype(pd.ArrowDtype(pa.date32()))


def _geometries(values: pd.Series) -> tuple[pd.Series, NDArray[np.bool_]]:
    import geopandas
    import shapely

    if str(values.dtype) == "geometry":
        return values, np.zeros(len(values), dtype=bool)
    cells = values.to_numpy(dtype=object)
    present = values.notna().to_numpy()
    is_text = np.fromiter((isinstance(cell, str) for cell in cells), bool, len(cells))
    is_bytes = np.fromiter((isinstance(cell, bytes) for cell in cells), bool, len(cells))
    shapes = np.full(len(cells), None, dtype=object)
    shapes[is_bytes] = shapely.from_wkb(cells[is_bytes], on_invalid="ignore")
    shapes[is_text] = shapely.from_wkt(cells[is_text], on_invalid="ignore")
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, 0] >= -180) & (bounds[:, 2] <= 180) & (bounds[:, 1] >= -90) & (bounds[:, 3] <= 90)
    # An empty geometry has no bounds; it says as little as a null.
    failed = present & ~inside & ~shapely.is_empty(shapes)
    shapes[~inside] = None
    return geopandas.GeoSeries(shapes, index=values.index, crs=CRS), failed


def _blobs(values: pd.Series) -> tuple[pd.Series, NDArray[np.bool_]]:
    cells = values.to_numpy(dtype=object)
    fits = np.fromiter((isinstance(cell, bytes) for cell in cells), bool, len(cells))
    failed = values.notna().to_numpy() & ~fits
    typed = pd.Series(cells, index=values.index, dtype=object).where(fits)
    return typed.astype(pd.ArrowDtype(pa.binary())), failed


def _whole(values: pd.Series) -> NDArray[np.bool_]:
    if pd.api.types.is_bool_dtype(values):
        return np.zeros(len(values), dtype=bool)
    numbers = _as_numbers(values)
    with np.errstate(invalid="ignore"):
        return np.isfinite(numbers) & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**63)


def _finite(values: pd.Series) -> NDArray[np.bool_]:
    if pd.api.types.is_bool_dtype(values):
        return np.zeros(len(values), dtype=bool)
    return np.isfinite(_as_numbers(values))


def _as_numbers(values: pd.Series) -> NDArray[np.float64]:
    """Numbers as floats for comparison; NaN for anything that is not a number, text and booleans included."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype="float64", na_value=np.nan)
    numeric = values.map(lambda cell: isinstance(cell, int | float | np.number) and not isinstance(cell, bool))
    return _to_numbers(values.where(numeric.to_numpy(dtype=bool))).to_numpy(dtype=np.float64)


def _instances(*types: type) -> Callable[[pd.Series], NDArray[np.bool_]]:
    def fits(values: pd.Series) -> NDArray[np.bool_]:
        return np.fromiter((isinstance(cell, types) for cell in values), bool, len(values))

    return fits


def _times(values: pd.Series) -> NDArray[np.bool_]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.ones(len(values), dtype=bool)
    return _instances(pd.Timestamp, np.datetime64)(values)


def _days(values: pd.Series) -> NDArray[np.bool_]:
    import datetime

    if pd.api.types.is_datetime64_any_dtype(values):
        return (values == values.dt.normalize()).to_numpy()
    return _instances(datetime.date)(values)


_TEXTUAL: dict[str, Callable[[pd.Series], pd.Series]] = {
    "integer": _integers,
    "double": _numbers,
    "boolean": _booleans,
    "timestamp": _timestamps,
    "date": _dates_from_text,
}
_BINARY = {"geometry": _geometries, "blob": _blobs}
_FITS = {
    "string": _instances(str),
    "integer": _whole,
    "double": _finite,
    "boolean": _instances(bool, np.bool_),
    "timestamp": _times,
    "date": _days,
}
