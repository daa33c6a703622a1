"""What the platform's policy is held to: the vault's tables and columns, and the commands. Decides nothing.

It is of every domain's, and domains read it, so it stands below them and finds their contracts by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from resources.policy_file import Policy, load_policy
from resources.settings import PROJECT

if TYPE_CHECKING:
    from socialai_assets.ingest.contract import Contract

POLICY_FILE = PROJECT / "socialai_assets" / "access" / "policy.yaml"
COMMANDS = (
    "log",
    "people",
    "forget",
    "acknowledge_flag",
    "review_case",
    "land",
    "score",
    "solve",
    "what_if",
    "override",
    "acknowledge_alert",
    "acknowledge_alarm",
    "trace",
    "platform",
)
"""What can be asked to be done; `platform` is looking at how it runs."""


@cache
def policy() -> Policy:
    """The policy of policy.yaml.

    Raises:
        SettingsError: it names what does not exist; the message has the line.
    """
    return load_policy(POLICY_FILE, vault_columns(), COMMANDS, open_schemas())


@cache
def vault_columns() -> Mapping[str, tuple[str, ...]]:
    """The columns of each of the vault's tables, by `schema.table`."""
    from socialai_assets.ingest.contract import RawContract, describe, is_personal, landed_columns, table_name

    found: dict[str, tuple[str, ...]] = {}
    canonical: dict[str, tuple[str, ...]] = {}
    for contract in (contract for schema in open_schemas() for contract in contracts_of(schema)):
        if not is_personal(contract):
            continue
        name = table_name(contract)
        found[name] = tuple(column.name for column in describe(contract))
        if issubclass(contract, RawContract):
            # A canonical table has the columns of what lands for it.
            canonical[name.replace(".raw_", ".")] = tuple(column.name for column in landed_columns(contract))
    return {**canonical, **found}


@cache
def open_schemas() -> tuple[str, ...]:
    """The schemas of the lake: a package a domain, each with its sources."""
    import socialai_assets as package

    root = PROJECT / "socialai_assets"
    return tuple(
        module.name for module in iter_modules(package.__path__) if (root / module.name / "sources.yaml").is_file()
    )


@cache
def contracts_of(domain: str) -> tuple[type[Contract], ...]:
    """The contracts of all modules of a domain that have any, with or without an asset yet; bases aside."""
    from socialai_assets.ingest.contract import contracts_in

    package = import_module(f"socialai_assets.{domain}")
    names = [module.name for module in iter_modules(package.__path__) if module.name.endswith("contracts")]
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    contracts = [contract for module in modules for contract in contracts_in(module)]
    return tuple(contract for contract in contracts if "." in str(getattr(contract.Config, "name", "")))
