"""The domains, their sources and their contracts, by name. The list of domains is here and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from resources.settings import PROJECT
from socialai_assets.ingest.sources import Source, load_sources

if TYPE_CHECKING:
    from socialai_assets.ingest.contract import Contract

DOMAINS = ("geography", "poverty", "aid")


@cache
def domain_sources(domain: str) -> tuple[Source, ...]:
    """The sources a domain's `sources.yaml` describes."""
    return tuple(load_sources(PROJECT / "socialai_assets" / domain / "sources.yaml", domain))


def all_sources() -> tuple[Source, ...]:
    """The sources of all domains."""
    return tuple(source for domain in DOMAINS for source in domain_sources(domain))


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
