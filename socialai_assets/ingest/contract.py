"""How rows are held to a contract, and the one module to import contracts from. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from resources.errors import ContractError
from socialai_assets.ingest.casting import (
    CRS,
    EXPECTED,
    MISSING_TOKENS,
    TEXT,
    cast_text,
    cast_typed,
    empty_column,
    settle,
    without_missing,
)
from socialai_assets.ingest.contract_model import (
    PROVENANCE,
    Blob,
    ColumnDescription,
    Contract,
    Geometry,
    QuarantineContract,
    RawContract,
    RefusalContract,
    SourcedContract,
    column,
    contract_version,
    contracts_in,
    describe,
    is_personal,
    landed_columns,
    table_name,
    unique_keys,
)

if TYPE_CHECKING:
    import pandera.pandas as pa
    from numpy.typing import NDArray

__all__ = [
    "PROVENANCE",
    "Blob",
    "ColumnDescription",
    "Contract",
    "Geometry",
    "QuarantineContract",
    "RawContract",
    "RefusalContract",
    "SourcedContract",
    "any_synthetic",
    "apply",
    "column",
    "contract_version",
    "contracts_in",
    "describe",
    "empty",
    "is_personal",
    "landed_columns",
    "shortened",
    "table_name",
    "validate",
]

VALUE_LENGTH = 80
FIRST_ROWS = 3
_REQUIRED = "is missing, and a value is required"


def empty(contract: type[Contract]) -> pd.DataFrame:
    """A frame of no rows with a contract's columns and types."""
    return _assemble({c.name: empty_column(c.dtype) for c in describe(contract)}, describe(contract), None)


def validate(frame: pd.DataFrame, contract: type[Contract]) -> pd.DataFrame:
    """Hold a frame that code has made to a contract.

    Returns:
        The frame with the contract's columns in its order and types, on a fresh index; a GeoDataFrame where
        the contract has a geometry.

    Raises:
        ContractError: a column is missing or unknown, a value has the wrong type or breaks a rule; names the
            column, the first bad rows and their number.
    """
    table, columns = table_name(contract), describe(contract)
    _same_columns(table, list(frame.columns), [c.name for c in columns])
    typed: dict[str, pd.Series] = {}
    problems: list[tuple[str, str, NDArray[np.bool_]]] = []
    for c in columns:
        values = cast("pd.Series", frame[c.name])
        _right_crs(table, c, values)
        typed[c.name], failed = cast_typed(values.reset_index(drop=True), c.dtype)
        if failed.any():
            problems.append((c.name, EXPECTED[c.dtype], failed))
    if not problems:
        problems = list(_violations(pd.DataFrame(typed), contract, columns))
    if problems:
        raise ContractError(
            f"`{table}` is not what its contract promises: "
            + "; ".join(_problem_text(frame, problem, is_personal(contract)) for problem in problems),
            where=table,
            do="Correct what makes the table, or its contract in the domain's contracts.py.",
        )
    return _assemble(typed, columns, None)


def any_synthetic(*frames: pd.DataFrame) -> bool:
    """Whether any row of any table is from the sample generator; tables that do not say are not asked."""
    return any(bool(frame["is_synthetic"].any()) for frame in frames if "is_synthetic" in frame)


def apply(
    rows: pd.DataFrame,
    contract: type[Contract],
    *,
    missing: Sequence[str] = MISSING_TOKENS,
    thousands: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cast rows of text to a contract and part the good from the bad; every row ends on one side.

    Args:
        rows: text columns by the contract's names (bytes for geometries and blobs), on a unique index.
        contract: what each row is held to.
        missing: texts that stand for a missing value.
        thousands: thousands separator of the source's numbers, if it uses one.

    Returns:
        The accepted rows in the contract's types, and the rejected ones as they came with a `reason` that names
        column, value and rule. Both keep the index. Of rows that share a unique key the first is accepted.

    Raises:
        ContractError: `rows` lacks a column of the contract.
    """
    columns = landed_columns(contract)
    absent = [c.name for c in columns if c.name not in rows.columns]
    if absent:
        raise ContractError(f"Rows for `{table_name(contract)}` lack the columns {absent}")
    typed: dict[str, pd.Series] = {}
    reasons = _Reasons(rows, show_values=not is_personal(contract))
    for c in columns:
        text = cast("pd.Series", rows[c.name])
        if c.dtype not in ("geometry", "blob"):
            text = without_missing(text, tuple(missing))
        typed[c.name], failed = cast_text(text, c.dtype, thousands)
        reasons.add(c.name, EXPECTED[c.dtype], failed)
    candidate = pd.DataFrame(typed, index=rows.index)
    for name, rule, failed in _violations(candidate, contract, columns, already=reasons):
        reasons.add(name, rule, failed)
    good = ~reasons.bad
    accepted = _assemble({name: values.loc[good] for name, values in typed.items()}, columns, rows.index[good])
    reason = pd.Series(reasons.texts(), index=rows.index[~good], dtype=TEXT)
    return accepted, rows.loc[~good].assign(reason=reason)


class _Reasons:
    """Why each row is rejected, gathered rule by rule."""

    def __init__(self, rows: pd.DataFrame, show_values: bool) -> None:
        self._rows, self._show_values = rows, show_values
        self._by_row: dict[int, list[str]] = {}
        self.failed: dict[str, NDArray[np.bool_]] = {}
        self.bad = np.zeros(len(rows), dtype=bool)

    def add(self, name: str, rule: str, failed: NDArray[np.bool_]) -> None:
        self.failed[name] = self.failed.get(name, False) | failed
        self.bad |= failed
        shown = self._show_values and name in self._rows and rule != _REQUIRED
        values = self._rows[name].to_numpy(dtype=object) if shown and failed.any() else None
        for position in np.flatnonzero(failed):
            value = "" if values is None else f" {shortened(values[position])}"
            self._by_row.setdefault(int(position), []).append(f"{name}:{value} {rule}")

    def texts(self) -> list[str]:
        return ["; ".join(self._by_row[position]) for position in sorted(self._by_row)]


def _violations(
    frame: pd.DataFrame,
    contract: type[Contract],
    columns: Iterable[ColumnDescription],
    already: _Reasons | None = None,
) -> Iterable[tuple[str, str, NDArray[np.bool_]]]:
    """Column, rule and failing rows of every rule that some row breaks; keys are compared among good rows only."""
    bad = already.bad.copy() if already else np.zeros(len(frame), dtype=bool)
    fields = {field.name: field for _, field in contract.__fields__.values()}
    for c in columns:
        found: list[tuple[str, NDArray[np.bool_]]] = []
        if not c.nullable:
            unread = already.failed[c.name] if already else np.zeros(len(frame), dtype=bool)
            found.append((_REQUIRED, frame[c.name].isna().to_numpy() & ~unread))
        found += [(_rule_text(check, c), _fails(check, frame[c.name])) for check in fields[c.name].checks]
        for rule, failed in found:
            if failed.any():
                bad |= failed
                yield c.name, rule, failed
    for check in contract.__root_checks__:
        failed = _fails(check, frame) & ~bad
        if failed.any():
            bad |= failed
            yield "row", f"breaks the rule: {_one_line(check.description or str(check.name))}", failed
    for key in unique_keys(contract):
        judged = ~bad & frame[key].notna().to_numpy().all(axis=1)
        failed = np.zeros(len(frame), dtype=bool)
        failed[judged] = frame.loc[judged, key].duplicated().to_numpy()
        if failed.any():
            bad |= failed
            yield ", ".join(key), "occurs before in the same source, and must be unique", failed


def _fails(check: pa.Check, values: pd.Series | pd.DataFrame) -> NDArray[np.bool_]:
    if len(values) == 0:
        return np.zeros(0, dtype=bool)
    passed = pd.Series(check(values).check_output, index=values.index).astype("boolean")
    return ~passed.fillna(True).to_numpy(dtype=np.bool_)


def _rule_text(check: pa.Check, c: ColumnDescription) -> str:
    match check.name:
        case "greater_than_or_equal_to":
            return f"is below {c.minimum}"
        case "less_than_or_equal_to":
            return f"is above {c.maximum}"
        case "isin":
            return f"is not one of {', '.join(str(value) for value in c.allowed or ())}"
        case "str_matches":
            return f"does not match {c.pattern}"
        case _:
            return f"breaks the rule: {_one_line(check.description or str(check.name))}"


def _same_columns(table: str, present: list[str], wanted: list[str]) -> None:
    absent = [name for name in wanted if name not in present]
    unknown = [name for name in present if name not in wanted]
    if absent or unknown or len(present) != len(set(present)):
        raise ContractError(
            f"The frame for `{table}` does not have the contract's columns: missing {absent}, unknown {unknown}",
            where=table,
            do="Change what makes the table, or its contract in the domain's contracts.py.",
        )


def _right_crs(table: str, c: ColumnDescription, values: pd.Series) -> None:
    if c.dtype == "geometry" and str(values.dtype) == "geometry":
        crs = getattr(values, "crs", None)
        if crs is None or crs.to_epsg() != 4326:
            raise ContractError(
                f"Column `{c.name}` of `{table}` is in {crs.to_string() if crs else 'no stated CRS'}, not {CRS}",
                where=table,
                do=f"Reproject it first: frame.to_crs({CRS!r}).",
            )


def _problem_text(frame: pd.DataFrame, problem: tuple[str, str, NDArray[np.bool_]], personal: bool) -> str:
    name, rule, failed = problem
    first = np.flatnonzero(failed)[:FIRST_ROWS]
    shown = ", ".join(
        f"{position} ({shortened(frame[name].iat[position])})"
        if name in frame.columns and not personal
        else str(position)
        for position in first
    )
    return f"column `{name}` {rule} in {int(failed.sum())} of {len(failed)} rows, first rows {shown}"


def _assemble(
    typed: dict[str, pd.Series], columns: Sequence[ColumnDescription], index: pd.Index | None
) -> pd.DataFrame:
    final = {c.name: settle(typed[c.name], c.dtype, c.nullable) for c in columns}
    frame = pd.DataFrame(final, index=index)
    shapes = [c.name for c in columns if c.dtype == "geometry"]
    if not shapes:
        return frame
    import geopandas

    return geopandas.GeoDataFrame(frame, geometry=shapes[0], crs=CRS)


def shortened(value: object) -> str:
    """A value as it is shown in reasons: at most 80 characters, bytes by their number."""
    if isinstance(value, np.generic):
        value = value.item()
    text = f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
