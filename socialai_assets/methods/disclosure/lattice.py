"""Every count that published tables say something about, and the sums that tie them together. Decides nothing.

Tables of the same people, published at different times and by different groups, are put on one lattice: per dimension
the groups any of them uses and the parts these cut the dimension into, so that a sum over one table and a difference
between two are equations of one system.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

Group = frozenset[str]
Groups = Mapping[str, Group]


@dataclass(frozen=True)
class Release:
    """One published table: every combination of its groups, with a count or, where it is withheld, NaN.

    Attributes:
        groups: by dimension, by the group's name, the base codes it sums over; the dimensions in the table's order.
        counts: people or cases, one axis a dimension in that order, one place a group; NaN where withheld.
        state: number of the state of the records it was counted from; releases of one state count the same people.
        history: how the records changed since the states before: `first`, `grew` (people were only added), `shrank`
            (only taken away) or `changed`. Taken to be known by everybody.
    """

    groups: Mapping[str, Groups]
    counts: NDArray[np.float64]
    state: int = 0
    history: str = "first"


class Lattice:
    """The cells of some tables of the same people, and the parts their groups cut these people into.

    Args:
        tables: by dimension the groups of each table; all tables have the same dimensions.

    Raises:
        ValueError: tables with different dimensions.
    """

    def __init__(self, tables: Sequence[Mapping[str, Groups]]) -> None:
        self.dimensions = tuple(tables[0])
        if any(tuple(table) != self.dimensions for table in tables):
            raise ValueError(f"tables of the same people have the same dimensions, here {self.dimensions}")
        self.nodes: list[list[Group]] = []
        self.parts: list[int] = []
        for name in self.dimensions:
            given = list(dict.fromkeys(group for table in tables for group in table[name].values()))
            parts = _parts(given)
            self.parts.append(len(parts))
            self.nodes.append(parts + sorted((g for g in given if g not in parts), key=lambda g: (len(g), sorted(g))))
        self.shape = tuple(len(nodes) for nodes in self.nodes)
        self.size = math.prod(self.shape)
        self._at = [{group: number for number, group in enumerate(nodes)} for nodes in self.nodes]

    def axis(self, dimension: str) -> int:
        """The place of a dimension."""
        return self.dimensions.index(dimension)

    def cells_of(self, groups: Mapping[str, Groups]) -> NDArray[np.int64]:
        """Flat numbers of a table's cells, in the table's shape."""
        places = [[self._at[axis][g] for g in groups[name].values()] for axis, name in enumerate(self.dimensions)]
        return np.ravel_multi_index(np.ix_(*places), self.shape)

    def summed(self, counts: Mapping[tuple[str, ...], float]) -> NDArray[np.float64]:
        """Every cell's count from counts by base codes.

        Args:
            counts: by base codes, in the order of the dimensions.

        Raises:
            ValueError: a base code that no group holds.
        """
        base = [
            {code: part for part, group in enumerate(nodes[:n]) for code in group}
            for nodes, n in zip(self.nodes, self.parts, strict=True)
        ]
        whole = np.zeros(self.parts)
        for codes, count in counts.items():
            try:
                whole[tuple(base[axis][code] for axis, code in enumerate(codes))] += count
            except KeyError as error:
                raise ValueError("counted people are in no group of the table; add the code to a group") from error
        for axis, (nodes, n) in enumerate(zip(self.nodes, self.parts, strict=True)):
            member = np.array([[part <= node for part in nodes[:n]] for node in nodes], dtype=float)
            whole = np.moveaxis(np.tensordot(member, whole, axes=(1, axis)), 0, axis)
        return whole.ravel()

    def sums(self) -> csr_matrix:
        """The equations `sums() @ counts == 0`: each cell of a compound group less the cells it is made of."""
        from scipy.sparse import csr_matrix

        made_of = [
            {at: self._made_of(axis, at) for at in range(n, len(nodes))}
            for axis, (nodes, n) in enumerate(zip(self.nodes, self.parts, strict=True))
        ]
        number = np.arange(self.size).reshape(self.shape)
        rows, columns, values, row = [], [], [], 0
        # A cell is taken apart along the first dimension in which it is compound: one equation a cell says it all.
        for axis, n in enumerate(self.parts):
            for at in range(n, self.shape[axis]):
                before = [range(self.parts[other]) for other in range(axis)]
                after = [range(self.shape[other]) for other in range(axis + 1, len(self.shape))]
                whole = number[np.ix_(*before, [at], *after)].ravel()
                count = len(whole)
                rows.append(row + np.arange(count))
                columns.append(whole)
                values.append(np.ones(count))
                for piece in made_of[axis][at]:
                    rows.append(row + np.arange(count))
                    columns.append(number[np.ix_(*before, [piece], *after)].ravel())
                    values.append(-np.ones(count))
                row += count
        if not rows:
            return csr_matrix((0, self.size))
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return csr_matrix(entries, shape=(row, self.size))

    def lines(self, dimension: str) -> NDArray[np.int64]:
        """Flat numbers of the cells along a dimension's parts, one row for each combination of the other groups."""
        axis = self.axis(dimension)
        number = np.moveaxis(np.arange(self.size).reshape(self.shape), axis, -1)
        return number.reshape(-1, self.shape[axis])[:, : self.parts[axis]]

    def _made_of(self, axis: int, at: int) -> list[int]:
        """The largest groups that together are one, or its parts where no such groups are it exactly."""
        nodes, n = self.nodes[axis], self.parts[axis]
        left, pieces = set(nodes[at]), []
        for other in sorted((o for o in range(len(nodes)) if nodes[o] < nodes[at]), key=lambda o: -len(nodes[o])):
            if nodes[other] <= left:
                left -= nodes[other]
                pieces.append(other)
        return pieces if not left else [p for p in range(n) if nodes[p] <= nodes[at]]


def published(lattice: Lattice, releases: Iterable[Release]) -> NDArray[np.float64]:
    """What is known of each cell of a lattice: the published count, NaN where there is none.

    Raises:
        ValueError: two releases publish different counts of the same cell.
    """
    known = np.full(lattice.size, np.nan)
    for release in releases:
        cells, counts = lattice.cells_of(release.groups).ravel(), release.counts.ravel()
        told = ~np.isnan(counts)
        before = known[cells[told]]
        if (~np.isnan(before) & (before != counts[told])).any():
            raise ValueError("two releases publish different counts of the same people; count each state apart")
        known[cells[told]] = counts[told]
    return known


def _parts(groups: Sequence[Group]) -> list[Group]:
    """The parts that groups cut what they cover into: codes that are in the same groups are one part."""
    whole = frozenset().union(*groups)
    by_membership: dict[tuple[bool, ...], set[str]] = {}
    for code in sorted(whole):
        by_membership.setdefault(tuple(code in group for group in groups), set()).add(code)
    return [frozenset(codes) for codes in by_membership.values()]


def with_total(groups: Groups, total: str = "all") -> dict[str, Group]:
    """Groups behind one that holds all of them; as they are where one does already."""
    whole = frozenset(itertools.chain.from_iterable(groups.values()))
    return dict(groups) if whole in groups.values() else {total: whole, **groups}
