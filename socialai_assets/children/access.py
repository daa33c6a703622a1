"""What children's policy is held to: the vault's tables and columns, and the commands. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from resources.policy_file import Policy, load_policy
from resources.settings import PROJECT

POLICY_FILE = PROJECT / "socialai_assets" / "children" / "policy.yaml"
COMMANDS = ("log", "people", "forget")


@cache
def policy() -> Policy:
    """The policy of policy.yaml.

    Raises:
        SettingsError: it names what does not exist; the message has the line.
    """
    return load_policy(POLICY_FILE, vault_columns(), COMMANDS)


def vault_columns() -> Mapping[str, tuple[str, ...]]:
    """The columns of each of the vault's tables, by `schema.table`."""
    from socialai_assets.catalog import domain_contracts
    from socialai_assets.ingest.contract import RawContract, describe, is_personal, landed_columns, table_name

    found: dict[str, tuple[str, ...]] = {}
    for contract in domain_contracts("children"):
        if is_personal(contract):
            name = table_name(contract)
            found[name] = tuple(column.name for column in describe(contract))
            if issubclass(contract, RawContract):
                # A canonical table has the columns of what lands for it.
                canonical = name.replace(".raw_", ".")
                found.setdefault(canonical, tuple(column.name for column in landed_columns(contract)))
    return found
