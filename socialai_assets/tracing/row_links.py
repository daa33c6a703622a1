"""Which rows of an input a table's rows rest on, as conditions over `child` and `parent`. Reads no table's rows.

A domain's `row_links.yaml` states it where same-named keys do not; otherwise it follows from the tables' keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from resources.errors import ContractError
from resources.settings import PROJECT
from socialai_assets.catalog import DOMAINS, domain_contracts, domain_sources
from socialai_assets.ingest.contract import Contract, table_name
from socialai_assets.ingest.contract_model import unique_keys

NONE = "none"
ANY_TABLE = "*"
FILE = "row_links.yaml"
SAME = " IS NOT DISTINCT FROM "
PLACES = ("site_id", "camp_id", "depot_id", "location_id", "area_id")
"""Columns that hold the code of one kind of place."""
ANY_PLACE = ("place_id", "store_id", "from_id", "to_id")
"""Columns that hold the code of a place of any kind."""
GENERIC = ("source", "scenario", "is_synthetic", "period", "level", "kind", "name", "model", "split", "rule", "unit")
"""Columns that tell rows apart only beside others; alone they make no row another's origin."""


@dataclass(frozen=True)
class Table:
    """What the rules need to know of a table: its columns with their DuckDB types, its keys, its layer."""

    name: str
    columns: Mapping[str, str]
    keys: tuple[tuple[str, ...], ...] = ()
    layer: str = ""

    def is_time(self, column: str) -> bool:
        """Whether a column is a day or moment, which an input's rows need not share."""
        return self.columns[column].startswith(("DATE", "TIMESTAMP"))


@dataclass(frozen=True)
class Rule:
    """How an input's rows are found.

    Attributes:
        condition: SQL over `child` and `parent`.
        is_final: whether no other rule is tried where this one finds no row.
    """

    condition: str
    is_final: bool = True


class DeclaredLinks:
    """What the domains' `row_links.yaml` state: child table, parent table, condition (or `none`)."""

    def __init__(self, links: Mapping[str, Mapping[str, str]]) -> None:
        self._links = links

    @classmethod
    def of_domains(cls, folder: Path = PROJECT / "socialai_assets") -> DeclaredLinks:
        """Read every domain's file.

        Raises:
            ContractError: a file is not a mapping of tables to mappings of tables to conditions.
        """
        links: dict[str, dict[str, str]] = {}
        for domain in DOMAINS:
            file = folder / domain / FILE
            if not file.is_file():
                continue
            for child, parents in _mapping(yaml.safe_load(file.read_text(encoding="utf-8")), file).items():
                for parent, condition in _mapping(parents, file).items():
                    if not isinstance(condition, str):
                        raise ContractError(f"`{child}: {parent}` has no condition", where=str(file), do="Write SQL.")
                    links.setdefault(child, {})[parent] = " ".join(condition.split())
        return cls(links)

    def between(self, child: str, parent: str) -> str | None:
        """The condition stated for two tables, or None where none is."""
        return self._links.get(child, {}).get(parent) or self._links.get(ANY_TABLE, {}).get(parent)

    def tables(self) -> set[str]:
        """Every table that is named."""
        return {name for child, parents in self._links.items() for name in (child, *parents)} - {ANY_TABLE}


def keys_of_tables() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The unique keys of every table that has a contract; a staging table has its canonical input's.

    Raw tables of publishers have the keys their contracts state, often none.
    """
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for domain in DOMAINS:
        contracts: list[type[Contract]] = [*domain_contracts(domain)]
        contracts += [source.contract for source in domain_sources(domain)]
        for contract in contracts:
            table = table_name(contract)
            found[table] = tuple(tuple(key) for key in unique_keys(contract))
            found.setdefault(table.replace(".raw_", ".stg_"), found[table])
    return found


def rules(child: Table, parent: Table, declared: str | None) -> Iterator[Rule]:
    """Rules by which the parent's rows are found, the best first; none where only the whole table can be named.

    A staging table's rows keep their source, so its raw tables are first asked for rows of that source.
    """
    if declared is not None:
        yield Rule(declared)
        return
    for rule in _by_keys(child, parent):
        if parent.layer in ("raw", "staging") and "source" in child.columns and "source" in parent.columns:
            yield Rule(f"{rule.condition} AND parent.source = child.source", is_final=False)
        yield rule


def _by_keys(child: Table, parent: Table) -> Iterator[Rule]:
    shared = [name for name in parent.columns if name in child.columns]
    for key in (*parent.keys, *child.keys):
        if all(name in shared for name in key) and _tells_rows(key):
            lasting = [name for name in key if not (parent.is_time(name) or child.is_time(name))]
            yield Rule(_same(key), is_final=len(lasting) == len(key) or not _tells_rows(lasting))
            if len(lasting) < len(key) and _tells_rows(lasting):
                yield Rule(_equal(lasting))
            if len(lasting) == len(key) or _tells_rows(lasting):
                return
    for key in parent.keys:
        condition = _by_place(child, key, shared)
        if condition:
            # A site that is no depot has no stock by its place, but perhaps by other columns.
            yield Rule(condition, is_final=len(key) == 1)
    for key in (*parent.keys, *child.keys):
        part = [name for name in key if name in shared and not (parent.is_time(name) or child.is_time(name))]
        if _tells_rows(part):
            yield Rule(_equal(part))
            return
    codes = [name for name in shared if name.endswith("_id")]
    if codes:
        yield Rule(_equal(codes))


def _by_place(child: Table, key: tuple[str, ...], shared: list[str]) -> str | None:
    """The parent's key where the child names the same place in a column of another name."""
    absent = [name for name in key if name not in shared and name in (*PLACES, *ANY_PLACE)]
    if not absent:
        return None
    names = ANY_PLACE if all(name in PLACES for name in absent) else (*ANY_PLACE, *PLACES)
    offered = [name for name in names if name in child.columns and name not in key]
    if not offered:
        return None
    among = f"({', '.join(f'child.{name}' for name in offered)})"
    # The two ends of a way are both known only where two places are.
    both = " AND " if len(offered) >= len(absent) else " OR "
    places = both.join(f"parent.{name} IN {among}" for name in absent)
    same = [name for name in key if name in shared and name.endswith("_id")]
    return " AND ".join([*([_equal(same)] if same else []), f"({places})" if len(absent) > 1 else places])


def _equal(columns: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return " AND ".join(f"parent.{name} = child.{name}" for name in columns)


def _same(key: tuple[str, ...]) -> str:
    """A whole key is the same; one of several columns may lack some, such as the hour of a way that has none."""
    return _equal(key) if len(key) == 1 else " AND ".join(f"parent.{c}{SAME}child.{c}" for c in key)


def _tells_rows(columns: tuple[str, ...] | list[str]) -> bool:
    return any(name not in GENERIC for name in columns)


def _mapping(value: Any, file: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ContractError("The file does not map tables to tables", where=str(file), do="See aid/row_links.yaml.")
    return value
