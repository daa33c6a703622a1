"""Figures that describe how anonymous a published table is: k, l and what is withheld. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from socialai_assets.methods.disclosure.lattice import Lattice, Release


@dataclass(frozen=True)
class Anonymity:
    """Figures of one table.

    Attributes:
        cells: cells of the table.
        withheld: how many of them are withheld.
        k: smallest count told that is not 0 (k-anonymity, Sweeney 2002); missing where none is.
        diversity: fewest parts of a sensitive dimension that somebody may be in, over all groups told that are not
            empty (distinct l-diversity, Machanavajjhala et al. 2007); missing without such a dimension or group.
    """

    cells: int
    withheld: int
    k: int | None
    diversity: int | None


def anonymity(release: Release, sensitive: tuple[str, ...] = ()) -> Anonymity:
    """The figures of a table, from what it tells."""
    told = release.counts[~np.isnan(release.counts) & (release.counts > 0)]
    fewest = [number for name in sensitive if (number := _diversity(release, name)) is not None]
    return Anonymity(
        cells=release.counts.size,
        withheld=int(np.isnan(release.counts).sum()),
        k=int(told.min()) if len(told) else None,
        diversity=min(fewest) if fewest else None,
    )


def _diversity(release: Release, dimension: str) -> int | None:
    lattice = Lattice([release.groups])
    counts = np.full(lattice.size, np.nan)
    counts[lattice.cells_of(release.groups).ravel()] = release.counts.ravel()
    possible = ~(counts[lattice.lines(dimension)] == 0)
    number = possible.sum(axis=1)
    return int(number[number > 0].min()) if (number > 0).any() else None
