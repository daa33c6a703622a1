"""What the contracts say of tables: which there are, their columns, which are about persons. Reads no table."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socialai_assets.ingest.contract import Contract


@cache
def contracts() -> dict[str, type[Contract]]:
    """Every contract by its table's name."""
    from socialai_assets.catalog import DOMAINS, domain_contracts
    from socialai_assets.ingest.contract_model import table_name

    return {table_name(contract): contract for domain in DOMAINS for contract in domain_contracts(domain)}


@cache
def personal_tables() -> frozenset[str]:
    """The tables of the vault."""
    from socialai_assets.ingest.contract_model import is_personal

    return frozenset(name for name, contract in contracts().items() if is_personal(contract))


@cache
def column_words(table: str) -> dict[str, dict[str, Any]]:
    """What the contract says of each column; nothing where there is no contract."""
    from socialai_assets.ingest.contract import describe

    contract = contracts().get(table)
    if contract is None:
        return {}
    kept = ("dtype", "description", "unit", "nullable", "minimum", "maximum", "allowed")
    return {
        column.name: {name: value for name, value in asdict(column).items() if name in kept and value is not None}
        for column in describe(contract)
    }


@cache
def keys_of(table: str) -> tuple[str, ...]:
    """Columns that together name a row; none where no contract says so."""
    from socialai_assets.ingest.contract_model import unique_keys

    contract = contracts().get(table)
    keys = unique_keys(contract) if contract is not None else []
    return tuple(keys[0]) if keys else ()


def said_of(table: str) -> str:
    """What the contract says a table holds, one paragraph."""
    contract = contracts().get(table)
    return " ".join((contract.__doc__ or "").split()) if contract is not None else ""
