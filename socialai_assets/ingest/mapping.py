"""How a `mapping.yaml` beside a landed file turns the file's own shape into a contract's. Casts and checks nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from resources.errors import LandingError
from socialai_assets.ingest.casting import MISSING_TOKENS, cast_text, text_column, without_missing
from socialai_assets.ingest.contract import landed_columns
from socialai_assets.ingest.expressions import evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from socialai_assets.ingest.contract import Contract

KEYS = ("source", "file", "columns", "constants", "expressions", "units", "unpivot")
UNPIVOT_KEYS = ("names_to", "values_to", "columns")

# Exact by definition (BIPM SI brochure, 9th edition; international foot, yard agreement of 1959).
CONVERSIONS: dict[tuple[str, str], float] = {
    ("ha", "km2"): 0.01,
    ("m2", "km2"): 1e-6,
    ("acre", "km2"): 0.0040468564224,
    ("mi2", "km2"): 2.589988110336,
    ("ft", "m"): 0.3048,
    ("km", "m"): 1000.0,
    ("m", "km"): 0.001,
    ("mi", "km"): 1.609344,
    ("share", "%"): 100.0,
    ("per_mille", "%"): 0.1,
    ("thousands", "people"): 1000.0,
    ("people/mi2", "people/km2"): 1 / 2.589988110336,
    ("l", "m3"): 0.001,
}


@dataclass(frozen=True)
class Unpivot:
    """Columns of a wide file that become rows: `names_to` holds each column's name, `values_to` its value."""

    names_to: str
    values_to: str
    columns: MappingType[str, str]


@dataclass(frozen=True)
class Mapping:
    """What a `mapping.yaml` says.

    Attributes:
        path: the file, for messages.
        source: name of the publisher, kept in each row's `source`.
        columns: column of the contract to column of the file.
        constants: column of the contract to one value for every row.
        expressions: column of the contract to a SQL expression over the file's columns, all of them text.
        units: column of the contract to the unit the file has it in.
        unpivot: columns of a wide file to be made rows first.
        file: options of reading the file that override the source's, such as `encoding` or `decimal`.
    """

    path: str
    source: str | None = None
    columns: MappingType[str, str] = field(default_factory=dict)
    constants: MappingType[str, str] = field(default_factory=dict)
    expressions: MappingType[str, str] = field(default_factory=dict)
    units: MappingType[str, str] = field(default_factory=dict)
    unpivot: Unpivot | None = None
    file: MappingType[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapped:
    """Rows in a contract's columns.

    Attributes:
        frame: columns of the contract, on a fresh index.
        origin: for each row, the position of the file's row it comes from.
        failed: for each expression, the rows (by position in `frame`) it could not be computed for.
        used: columns of the file that were used.
        notes: what was left out, such as empty cells of a wide file.
    """

    frame: pd.DataFrame
    origin: NDArray[np.int64]
    failed: MappingType[str, NDArray[np.int64]]
    used: frozenset[str]
    notes: tuple[str, ...] = ()


def load_mapping(path: Path) -> Mapping:
    """Read and validate a `mapping.yaml`; whether its columns exist shows when it is applied.

    Raises:
        LandingError: it is not valid YAML, or a key is unknown or malformed; names the key.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LandingError(f"The mapping cannot be read: {error}", where=str(path), do="Correct the file.") from error
    content = {} if content is None else content
    if not isinstance(content, dict):
        raise LandingError("The mapping does not map keys to values", where=str(path), do=f"Its keys are {KEYS}.")
    unknown = [key for key in content if key not in KEYS]
    if unknown:
        raise LandingError(f"The mapping has unknown keys {unknown}", where=str(path), do=f"Its keys are {KEYS}.")
    source = content.get("source")
    if source is not None and not isinstance(source, str):
        raise _wrong(path, "source", "is not text")
    texts = {key: _texts(content, key, path) for key in ("columns", "constants", "expressions", "units")}
    for target in (target for key in ("constants", "expressions") for target in texts[key]):
        holders = [key for key in ("columns", "constants", "expressions") if target in texts[key]]
        if len(holders) > 1:
            raise _wrong(path, f"{holders[1]}.{target}", f"is given in `{holders[0]}` too; keep one")
    unpivot = _unpivot(content.get("unpivot"), path)
    return Mapping(str(path), source, **texts, unpivot=unpivot, file=_file(content.get("file") or {}, path))


def apply_mapping(
    rows: pd.DataFrame,
    mapping: Mapping | None,
    contract: type[Contract],
    *,
    missing: tuple[str, ...] = MISSING_TOKENS,
    thousands: str | None = None,
    decimal: str | None = None,
) -> Mapped:
    """Bring a file's rows into a contract's columns; columns of the same name need no mapping.

    Args:
        rows: the file's text columns, on a fresh index.
        mapping: what the `mapping.yaml` says, or None.
        contract: whose columns are wanted.
        missing: texts that stand for a missing value.
        thousands: thousands separator of the file's numbers.
        decimal: decimal separator of the file's numbers, where it is not a point. Expressions see them as written.

    Raises:
        LandingError: a column the contract declares is neither in the file nor in the mapping, or the mapping names
            a column, unit or function that there is not; names the key.
    """
    wanted = {c.name: c for c in landed_columns(contract)}
    mapping = mapping or Mapping("no mapping.yaml")
    for key in ("columns", "constants", "expressions", "units"):
        for target in getattr(mapping, key):
            if target not in wanted:
                raise _wrong(mapping.path, f"{key}.{target}", "is no column of the contract", list(wanted))
    origin = np.arange(len(rows), dtype=np.int64)
    notes: tuple[str, ...] = ()
    used: set[str] = set()
    if mapping.unpivot:
        used |= set(mapping.unpivot.columns)
        rows, origin, left_out = _long(rows, mapping, missing)
        notes = (f"{left_out} empty cells of the wide file became no row",) if left_out else ()
    written_otherwise = decimal is not None or "thousands" in mapping.file
    result: dict[str, pd.Series] = {}
    failed: dict[str, NDArray[np.int64]] = {}
    for target in wanted:
        if target in mapping.constants:
            result[target] = text_column(pd.Series([mapping.constants[target]] * len(rows), index=rows.index))
        elif target in mapping.expressions:
            result[target], failed[target] = evaluate(
                mapping.expressions[target], rows, f"{mapping.path}, key `expressions.{target}`"
            )
            used |= {
                name for name in rows if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", mapping.expressions[target])
            }
        else:
            name = mapping.columns.get(target, target)
            if name not in rows.columns and target in mapping.columns:
                raise _wrong(mapping.path, f"columns.{target}", f"names `{name}`, no column of the file", list(rows))
            if name not in rows.columns:
                continue
            used.add(name)
            result[target] = cast("pd.Series", rows[name])
            if written_otherwise and wanted[target].dtype in ("integer", "double"):
                result[target] = with_points(result[target], decimal or ".", thousands)
    absent = [name for name in wanted if name not in result]
    if absent:
        raise LandingError(
            f"The file lacks the columns {absent}",
            where=f"columns found: {list(rows.columns)}",
            do="Land the right file, or say in a mapping.yaml beside it which of its columns they are.",
        )
    for target, unit in mapping.units.items():
        result[target] = _converted(result[target], unit, wanted[target].unit, target, mapping.path, missing, thousands)
    return Mapped(pd.DataFrame(result, index=rows.index), origin, failed, frozenset(used), notes)


def with_points(values: pd.Series, decimal: str, thousands: str | None) -> pd.Series:
    """Numbers written with another decimal separator, written with a point.

    What is no number in that way of writing, such as 1.5 where a comma is the separator, is made no number in any:
    whether one and a half or fifteen was meant is not guessed.
    """
    whole = r"\d+" if thousands is None else rf"(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)"
    written = re.compile(rf"([+-]?{whole})(?:{re.escape(decimal)}(\d*))?((?:[eE][+-]?\d+)?)")

    def point(text: object) -> object:
        if not isinstance(text, str):
            return text
        found = written.fullmatch(text.strip())
        if found:
            digits = found[1].replace(thousands, "") if thousands else found[1]
            return digits + (f".{found[2]}" if found[2] else "") + found[3]
        return f"{text} (not written with {decimal})" if re.fullmatch(r"[\d\s.,+'-]+", text) else text

    return text_column(pd.Series([point(value) for value in values], index=values.index, dtype=object))


def _long(
    rows: pd.DataFrame, mapping: Mapping, missing: tuple[str, ...]
) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
    """A wide frame made long, row by row; empty cells become no row and are counted."""
    unpivot = mapping.unpivot
    assert unpivot is not None
    for name in unpivot.columns:
        if name not in rows.columns:
            raise _wrong(mapping.path, f"unpivot.columns.{name}", "is no column of the file", list(rows))
    kept = rows.drop(columns=list(unpivot.columns))
    parts = [
        kept.assign(**{unpivot.names_to: label, unpivot.values_to: rows[name]})
        for name, label in unpivot.columns.items()
    ]
    whole = pd.concat(parts).sort_index(kind="stable")
    present = without_missing(cast("pd.Series", whole[unpivot.values_to]), missing).notna().to_numpy()
    long = whole.loc[present]
    origin = long.index.to_numpy(dtype=np.int64)
    return long.reset_index(drop=True), origin, int((~present).sum())


def _converted(
    values: pd.Series,
    unit: str,
    wanted: str | None,
    target: str,
    path: str,
    missing: tuple[str, ...],
    thousands: str | None,
) -> pd.Series:
    """Numbers in another unit; a text that is no number stays as it is, for the contract to reject."""
    if unit == wanted:
        return values
    factor = CONVERSIONS.get((unit, wanted or ""))
    if factor is None:
        known = [origin for origin, to in CONVERSIONS if to == wanted]
        raise _wrong(path, f"units.{target}", f"`{unit}` cannot be made `{wanted}`", known)
    numbers, _ = cast_text(without_missing(values, missing), "double", thousands)
    converted = pd.Series([repr(float(number)) for number in numbers * factor], index=values.index)
    return text_column(values.where(numbers.isna().to_numpy(), text_column(converted)))


def _file(entry: Any, path: Path) -> dict[str, Any]:
    from resources.errors import SettingsError
    from socialai_assets.ingest.sources import option_values

    if isinstance(entry, dict) and "rename" in entry:
        raise _wrong(path, "file.rename", "is not needed", ["columns"])
    try:
        return option_values(entry, f"{path}, key `file`")
    except SettingsError as error:
        raise LandingError(error.what, where=error.where, do=error.do) from error


def _unpivot(entry: Any, path: Path) -> Unpivot | None:
    if entry is None:
        return None
    if not isinstance(entry, dict) or set(entry) != set(UNPIVOT_KEYS):
        raise _wrong(path, "unpivot", "is not complete", list(UNPIVOT_KEYS))
    for key in ("names_to", "values_to"):
        if not isinstance(entry[key], str):
            raise _wrong(path, f"unpivot.{key}", "is not text")
    columns = _texts(entry, "columns", path)
    if not columns:
        raise _wrong(path, "unpivot.columns", "names no column of the file")
    return Unpivot(entry["names_to"], entry["values_to"], columns)


def _texts(content: dict[str, Any], key: str, path: Path) -> dict[str, str]:
    entry = content.get(key) or {}
    if not isinstance(entry, dict):
        raise _wrong(path, key, "does not map names to texts")
    for name, value in entry.items():
        if not isinstance(name, str) or isinstance(value, dict | list) or value is None:
            raise _wrong(path, f"{key}.{name}", "is not one text", None)
    return {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value) for name, value in entry.items()
    }


def _wrong(path: Path | str, key: str, problem: str, known: list[str] | None = None) -> LandingError:
    do = f"Choose among {known}." if known else "Correct it in the mapping."
    return LandingError(f"`{key}` {problem}", where=f"{path}, key `{key}`", do=do)
