"""Releases made from counts beside those made before: what is new, through the gate, and registered. Reads no store."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from socialai_assets.children.disclosure_settings import DisclosureSettings, Population
from socialai_assets.children.release_tables import (
    by_codes,
    cell_rows,
    content_hash,
    counts_text,
    group_rows,
    read_releases,
    release_groups,
)
from socialai_assets.methods.disclosure.anonymity import anonymity
from socialai_assets.methods.disclosure.lattice import Release
from socialai_assets.methods.disclosure.publication import Finding, findings, publish


@dataclass(frozen=True)
class Register:
    """All that has been released: the tables children.releases, release_groups and published_cells."""

    releases: pd.DataFrame
    groups: pd.DataFrame
    cells: pd.DataFrame

    def of(self, population: str) -> list[Release]:
        """The releases of a population, oldest first."""
        return read_releases(self.releases, self.groups, self.cells).get(population, [])


def released(
    counts: pd.DataFrame,
    areas: pd.DataFrame,
    before: Register,
    settings: DisclosureSettings,
    keyed: Callable[[str], str],
    today: datetime.date | None = None,
) -> Register:
    """The register with a release more for each population whose counts or groups have changed.

    Args:
        counts: `children.release_counts`.
        areas: `geography.areas`.
        before: the register so far, which is kept as it is.
        settings: populations and the smallest count.
        keyed: turns a hash into one that tells nothing without the vault's key.
        today: day of release.

    Raises:
        Refused: a population cannot be released beside its earlier releases.
        ValueError: people are counted by a code that is in no group.
    """
    after = before
    for name, population in settings.populations.items():
        own = counts[counts["population"] == name]
        if len(own):
            after = _with_release(after, name, population, own, areas, settings, keyed, today or datetime.date.today())
    return after


def told_by(register: Register, settings: DisclosureSettings) -> list[tuple[str, Finding]]:
    """What all that was released gives away, by population; nothing if it is safe."""
    every = read_releases(register.releases, register.groups, register.cells)
    told = []
    for name, releases in every.items():
        population = settings.populations.get(name)
        sensitive = population.sensitive if population else ()
        told += [(name, found) for found in findings(releases, smallest=settings.smallest_count, sensitive=sensitive)]
    return told


def _with_release(
    before: Register,
    name: str,
    population: Population,
    counts: pd.DataFrame,
    areas: pd.DataFrame,
    settings: DisclosureSettings,
    keyed: Callable[[str], str],
    today: datetime.date,
) -> Register:
    groups = release_groups(population, counts, areas)
    version = keyed(counts_text(counts, groups))
    own = before.releases[before.releases["population"] == name]
    if len(own) and own["counts_version"].iloc[-1] == version:
        return before
    release, _ = publish(
        by_codes(counts),
        groups,
        smallest=settings.smallest_count,
        sensitive=population.sensitive,
        earlier=before.of(name),
    )
    number = f"{name}-{len(own) + 1}"
    synthetic = bool(counts["is_synthetic"].any())
    cells = cell_rows(release)
    figures = anonymity(release, tuple(population.sensitive))
    row = {
        "release_id": number,
        "population": name,
        "title": population.title,
        "unit": population.unit,
        "released_on": today,
        "cells": figures.cells,
        "suppressed": figures.withheld,
        "smallest_allowed": settings.smallest_count,
        "k": figures.k,
        "diversity": figures.diversity,
        "state": release.state,
        "history": release.history,
        "counts_version": version,
        "content_hash": content_hash(cells),
        "source": "; ".join(sorted(counts["source"].unique())),
        "is_synthetic": synthetic,
    }
    rows = cells.assign(release_id=number, population=name, is_synthetic=synthetic)
    return Register(
        _appended(before.releases, pd.DataFrame([row])),
        _appended(before.groups, group_rows(release).assign(release_id=number)),
        _appended(before.cells, rows),
    )


def _appended(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[list(table.columns)]
    return pd.concat([table.astype(object), rows.astype(object)], ignore_index=True) if len(table) else rows
