"""The domains, their sources and their contracts, by name. The list of domains is here and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from resources.errors import SettingsError
from resources.settings import APPROVED_BY_PEOPLE, PROJECT, Settings, current
from socialai_assets.ingest.sources import Source, load_sources

if TYPE_CHECKING:
    from socialai_assets.factories.experiments import Trainable
    from socialai_assets.ingest.contract import Contract
    from socialai_assets.ingest.decision_contract import DecisionLogContract

DOMAINS = ("geography", "poverty", "water", "aid", "refugees", "children")
# Whose tables a domain reads.
NEEDS = {
    "poverty": ("geography",),
    "aid": ("geography", "poverty", "water"),
    "refugees": ("geography",),
    "water": ("geography", "poverty"),
    "children": ("geography", "poverty"),
}


@cache
def domain_sources(domain: str) -> tuple[Source, ...]:
    """The sources a domain's `sources.yaml` describes."""
    return tuple(load_sources(PROJECT / "socialai_assets" / domain / "sources.yaml", domain))


def enabled_domains(settings: Settings) -> tuple[str, ...]:
    """The domains the settings name, with those whose tables they read, in the order of `DOMAINS`.

    Raises:
        SettingsError: there is no such domain.
    """
    strange = sorted(set(settings.approval) - {*DOMAINS, *APPROVED_BY_PEOPLE})
    if strange:
        raise SettingsError(
            f"Setting `approval` names no domain: {', '.join(strange)}",
            where="SOCIALAI_APPROVAL",
            do=f"Write some of {', '.join(DOMAINS)}, as `poverty=required`, by commas.",
        )
    if settings.domains.strip() == "all":
        return DOMAINS
    named = {name.strip() for name in settings.domains.split(",") if name.strip()}
    unknown = sorted(named - set(DOMAINS))
    if unknown or not named:
        raise SettingsError(
            f"Setting `domains` names no domain: {', '.join(unknown) or 'it is empty'}",
            where="SOCIALAI_DOMAINS",
            do=f"Write `all`, or some of {', '.join(DOMAINS)}, by commas.",
        )
    wanted = named.union(*(NEEDS.get(name, ()) for name in named))
    return tuple(domain for domain in DOMAINS if domain in wanted)


def all_sources(settings: Settings | None = None) -> tuple[Source, ...]:
    """The sources of all domains that are enabled, by default in the current settings."""
    domains = enabled_domains(settings or current())
    return tuple(source for domain in domains for source in domain_sources(domain))


def domain_contracts(domain: str) -> list[type[Contract]]:
    """A domain's contracts that `contracts.py` holds or imports from the domain; those without a table are bases."""
    from socialai_assets.ingest.contract import Contract

    module = import_module(f"socialai_assets.{domain}.contracts")
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Contract)
        and value.__module__.startswith(f"socialai_assets.{domain}.")
    ]
    return [contract for contract in found if "." in str(getattr(contract.Config, "name", ""))]


def decision_logs(domains: Iterable[str]) -> list[type[DecisionLogContract]]:
    """The contracts of the domains' decision logs; a domain that plans nothing has none."""
    from socialai_assets.ingest.decision_contract import DecisionLogContract

    contracts = [contract for domain in domains for contract in domain_contracts(domain)]
    return [contract for contract in contracts if issubclass(contract, DecisionLogContract)]


def attribution(names: Iterable[str]) -> tuple[str, str]:
    """Who published the rows of some sources, and under which licences, as two lines for a map or report.

    Args:
        names: values of a table's column `source`; `sample` is the synthetic country.
    """
    wanted = set(names)
    found = [source for source in all_sources() if source.name in wanted and not source.canonical]
    publishers = list(dict.fromkeys(source.publisher for source in found))
    licences = list(dict.fromkeys(source.licence for source in found))
    others = sorted(wanted - {source.name for source in found} - {"sample"})
    if "sample" in wanted:
        publishers.append("socialai's sample country, synthetic")
        licences.append("CC0")
    return "; ".join([*publishers, *others]) or "none", "; ".join(licences) or "as the data's owner says"


def trainables() -> dict[str, Trainable]:
    """The models that experiments can vary, by name: each domain's `experiments.TRAINABLES`, where it has any."""
    found: dict[str, Trainable] = {}
    for domain in DOMAINS:
        if find_spec(f"socialai_assets.{domain}.experiments") is not None:
            found.update(import_module(f"socialai_assets.{domain}.experiments").TRAINABLES)
    return found
