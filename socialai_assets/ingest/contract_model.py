"""What a contract is: a table's columns with their types, rules, units and words. Holds no row to anything.

The contract is the only place a column is described; the UI, dbt and the catalogue all read it from here.
"""

from __future__ import annotations

import datetime
import hashlib
import inspect
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.engines import pandas_engine

from resources.errors import ContractError

PROVENANCE = ("source", "is_synthetic", "file_name", "file_line")
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class _Object(pandas_engine.DataType):
    """A column of Python objects, as pandera knows it; pandera's own initialiser warns about plain objects."""

    def __init__(self) -> None:
        object.__setattr__(self, "type", np.dtype("object"))


class Geometry(_Object):
    """The type of a geometry column: a GeoSeries in EPSG:4326 in memory, GEOMETRY in the lake."""


class Blob(_Object):
    """The type of a column of bytes, such as an image."""


# A call and not a decorator, which would hide the classes' types from a type checker.
pandas_engine.Engine.register_dtype(Geometry)
pandas_engine.Engine.register_dtype(Blob)

_KINDS: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "double",
    bool: "boolean",
    pd.Timestamp: "timestamp",
    datetime.datetime: "timestamp",
    datetime.date: "date",
    Geometry: "geometry",
    Blob: "blob",
}


@dataclass(frozen=True)
class ColumnDescription:
    """One column of a contract, in words and rules.

    `dtype` is one of string, integer, double, boolean, timestamp, date, geometry, blob.
    """

    name: str
    dtype: str
    description: str
    nullable: bool = False
    unique: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str | int, ...] | None = None
    pattern: str | None = None
    personal: bool = False
    identifies: str | None = None


def column(
    description: str,
    *,
    unit: str | None = None,
    unique: bool = False,
    nullable: bool = False,
    ge: float | None = None,
    le: float | None = None,
    isin: Sequence[str | int] | None = None,
    str_matches: str | None = None,
    personal: bool = False,
    identifies: str | None = None,
) -> Any:
    """A column of a contract.

    Args:
        description: what the column says, one sentence; the only place it is written down.
        unit: unit of measure, such as `%`, `km2`, `m`.
        unique: whether no value may occur twice (nulls aside).
        nullable: whether a value may be missing.
        ge: least value allowed.
        le: greatest value allowed.
        isin: the values allowed.
        str_matches: regular expression the whole text must match.
        personal: whether the column says something about a person; the table is then in the vault, and rejected rows
            keep no values.
        identifies: what kind of thing, such as `child`, a landed text is the identifier of; a keyed pseudonym takes its
            place at ingestion, the same in every table. The column is personal.
    """
    rules = {
        "unit": unit,
        "minimum": ge,
        "maximum": le,
        "allowed": tuple(isin) if isin is not None else None,
        "pattern": str_matches,
        "personal": personal or identifies is not None,
        "identifies": identifies,
    }
    return pa.Field(
        ge=ge,
        le=le,
        # pandera takes a tuple for arguments, and one text for its letters.
        isin=list(isin) if isin is not None else None,
        # pandera anchors only the start of a pattern.
        str_matches=f"^(?:{str_matches})$" if str_matches else None,
        unique=unique,
        nullable=nullable,
        description=description,
        metadata=rules,
    )


class Contract(pa.DataFrameModel):
    """A table's promise: its docstring describes it, `Config.name` is `schema.table`, fields are `column(...)`.

    `Config.unique` may list columns that are a key together; rules across columns are `@pa.dataframe_check`
    methods whose docstring states the rule.
    """

    class Config:
        strict = True
        coerce = False


class RawContract(Contract):
    """Rows as a source publishes them; where each came from stands in the last four columns."""

    source: str = column("Name of the source the row was landed as, or `sample` for synthetic rows.")
    is_synthetic: bool = column("Whether the sample generator made the row.")
    file_name: str = column("File the row was read from, below the landing folder.")
    file_line: int = column("Line of the file (record number where the format has no lines).", ge=1)


class SourcedContract(Contract):
    """Where a row of a mart comes from."""

    source: str = column("Source the row comes from.")
    is_synthetic: bool = column("Whether the sample generator made the row.")


class RefusalContract(SourcedContract):
    """Rows that keep their own contract and cannot be used beside the other tables; a domain names its table."""

    input: str = column("Canonical input the row is in, or the source that feeds it.")
    row_key: str = column("Key of the row, its parts joined by `|`.")
    rule: str = column(
        "Whether it names something unknown, stands by itself, or comes twice (then one of the rows is used).",
        isin=("unknown", "unlinked", "repeated"),
    )
    reason: str = column("Why it is left out.")


class QuarantineContract(Contract):
    """Rows that did not pass their source's contract, with the reason; a domain gives it its table's name."""

    source_name: str = column("Name of the source the row was landed as.")
    file_name: str = column("File the row was read from, below the landing folder.")
    file_line: int = column("Line of the file (record number where the format has no lines).", ge=1)
    reason: str = column("Column, value and rule of everything that is wrong with the row.")
    row: str = column("The row as it came, as JSON; missing where it says something about a person.", nullable=True)

    class Config:
        name = "domain.quarantine"


def table_name(contract: type[Contract]) -> str:
    """The table a contract describes, `schema.table`.

    Raises:
        ContractError: `Config.name` is missing or malformed.
    """
    name = str(getattr(contract.Config, "name", None))
    if not _TABLE_NAME.fullmatch(name):
        raise ContractError(
            f"Contract {contract.__name__} does not say which table it describes (it has `{name}`)",
            where=contract.__module__,
            do='Give it `class Config: name = "schema.table"`.',
        )
    return name


def contracts_in(module: ModuleType) -> list[type[Contract]]:
    """The contracts a module defines, in the order they are written; bases starting with `_` are left out."""
    return [
        found
        for name, found in vars(module).items()
        if isinstance(found, type)
        and issubclass(found, Contract)
        and found.__module__ == module.__name__
        and not name.startswith("_")
    ]


def describe(contract: type[Contract]) -> list[ColumnDescription]:
    """Every column of a contract's table, in order; a raw table's provenance comes last.

    Raises:
        ContractError: a field is not made with `column`, or has a type no table can hold.
    """
    return list(_columns(contract))


def landed_columns(contract: type[Contract]) -> list[ColumnDescription]:
    """The columns a landed file must hold: all but a raw table's provenance."""
    provenance = PROVENANCE if issubclass(contract, RawContract) else ()
    return [column for column in _columns(contract) if column.name not in provenance]


def is_personal(contract: type[Contract]) -> bool:
    """Whether any column says something about a person."""
    return any(column.personal for column in _columns(contract))


def contract_version(contract: type[Contract]) -> str:
    """A short hash that changes with any change of columns, types, units or rules, and not with wording."""
    columns = [_rules_of(column) for column in _columns(contract)]
    checks = [inspect.getsource(check._check_fn) for check in contract.__root_checks__]
    text = json.dumps([table_name(contract), columns, unique_keys(contract), checks], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _rules_of(column: ColumnDescription) -> dict[str, object]:
    rules = {**asdict(column), "description": None}
    if column.identifies is None:
        # Versions from before there were identifiers stay what they were.
        del rules["identifies"]
    return rules


@cache
def _columns(contract: type[Contract]) -> tuple[ColumnDescription, ...]:
    found = []
    for annotation, field in contract.__fields__.values():
        rules = field.metadata
        if annotation.arg not in _KINDS or not isinstance(rules, dict) or "personal" not in rules:
            raise ContractError(
                f"Column `{field.name}` of {contract.__name__} is not one a table can hold",
                where=contract.__module__,
                do=f"Write `{field.name}: <type> = column(...)` with a type among "
                f"{', '.join(kind.__name__ for kind in _KINDS)}.",
            )
        kind = _KINDS[annotation.arg]
        found.append(
            ColumnDescription(field.name, kind, field.description or "", bool(field.nullable), field.unique, **rules)
        )
    last = PROVENANCE if issubclass(contract, RawContract) else ()
    return tuple(sorted(found, key=lambda c: last.index(c.name) if c.name in last else -1))


def unique_keys(contract: type[Contract]) -> list[list[str]]:
    """The columns, alone or together, that no two rows may have in common."""
    single = [[c.name] for c in _columns(contract) if c.unique]
    together = getattr(contract.__config__, "unique", None)
    if not together:
        return single
    return [*single, [together] if isinstance(together, str) else list(together)]
