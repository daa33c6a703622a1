"""What children's policy is held to: the vault's tables and columns, and the commands. Decides nothing."""

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

POLICY_FILE = PROJECT / "socialai_assets" / "children" / "policy.yaml"
COMMANDS = ("log", "people", "forget")


@cache
def policy() -> Policy:
    """The policy of policy.yaml.

    Raises:
        SettingsError: it names what does not exist; the message has the line.
    """
    return load_policy(POLICY_FILE, vault_columns(), COMMANDS)


@cache
def vault_columns() -> Mapping[str, tuple[str, ...]]:
    """The columns of each of the vault's tables, by `schema.table`."""
    from socialai_assets.ingest.contract import RawContract, describe, is_personal, landed_columns, table_name

    found: dict[str, tuple[str, ...]] = {}
    canonical: dict[str, tuple[str, ...]] = {}
    for contract in children_contracts():
        if not is_personal(contract):
            continue
        name = table_name(contract)
        found[name] = tuple(column.name for column in describe(contract))
        if issubclass(contract, RawContract):
            # A canonical table has the columns of what lands for it.
            canonical[name.replace(".raw_", ".")] = tuple(column.name for column in landed_columns(contract))
    return {**canonical, **found}


@cache
def children_contracts() -> tuple[type[Contract], ...]:
    """The contracts of all of the package's modules that have any, with or without an asset yet; bases aside."""
    import socialai_assets.children as package
    from socialai_assets.ingest.contract import contracts_in

    names = [module.name for module in iter_modules(package.__path__) if module.name.endswith("contracts")]
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    contracts = [contract for module in modules for contract in contracts_in(module)]
    return tuple(contract for contract in contracts if "." in str(getattr(contract.Config, "name", "")))
