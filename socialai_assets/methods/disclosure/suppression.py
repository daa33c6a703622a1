"""Which counts of a table are withheld, so that no small one can be worked out: cell suppression. Publishes nothing.

Small counts are withheld first. Then, while the audit finds a count that gives people away, the cheapest other counts
are withheld that let it vary by as much as the smallest count published: a linear programme over shifts of the whole
table that keep every sum (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001), earlier releases held fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.methods.disclosure import audit
from socialai_assets.methods.disclosure.audit import Attacker, all_alike, exposed
from socialai_assets.methods.disclosure.lattice import Lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNIT = 1e-6


class Refused(ValueError):
    """A table cannot be published beside the earlier releases, whatever of it is withheld."""


@dataclass(frozen=True)
class Suppression:
    """What is withheld of a table.

    Attributes:
        withheld: of each of the table's own cells, whether it is withheld.
        primary: of each, whether it is withheld for its own sake and not for another one's.
        bounds: what can still be worked out of every cell of the lattice.
    """

    withheld: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    bounds: audit.Bounds


def suppressed(
    lattice: Lattice,
    truth: NDArray[np.float64],
    own: NDArray[np.int64],
    *,
    smallest: int,
    sensitive: Sequence[str] = (),
    earlier: NDArray[np.float64] | None = None,
    unsafe: NDArray[np.int64] | None = None,
) -> Suppression:
    """Choose what to withhold.

    Args:
        lattice: the cells of this table and of the earlier ones of the same people.
        truth: count of every cell of the lattice.
        own: flat numbers of the table's cells.
        smallest: counts from 1 to below it are never told, nor known to within it.
        sensitive: dimensions in which it must not be told that everybody of a group is in the same part.
        earlier: counts that are published already, NaN elsewhere; they stay published.
        unsafe: further cells to withhold whatever their count.

    Raises:
        Refused: earlier releases and this one cannot be told together.
    """
    told_before = np.full(lattice.size, np.nan) if earlier is None else earlier
    fixed = ~np.isnan(told_before)
    if (fixed & (told_before != truth)).any():
        raise Refused("an earlier release states other counts of the same people")
    mine = np.zeros(lattice.size, dtype=bool)
    mine[own.ravel()] = True
    held = mine & ~fixed & (truth > 0) & (truth < smallest)
    if unsafe is not None:
        held[unsafe] = True
        held &= mine & ~fixed
    wide = np.zeros(lattice.size, dtype=bool)
    for name in sensitive:
        _open_uniform_lines(lattice, truth, name, mine & ~fixed, held, wide)
    primary = held.copy()
    shifts = _Shifts(lattice, truth, fixed, smallest)
    none = np.zeros(lattice.size, dtype=bool)
    bounds = audit.Bounds(truth.copy(), truth.copy(), none)
    rough = audit.Bounds(truth.copy(), truth.copy(), none)
    shifts.protect(np.flatnonzero(held), held, mine, rough, bounds)
    while True:
        known = np.where(mine & ~held, truth, told_before)
        # What agreed with more counts told agrees with fewer.
        bounds = Attacker(lattice, known).bounds(smallest, bounds)
        at_risk = exposed(bounds, smallest) | (wide & (bounds.width < smallest))
        for name in sensitive:
            at_risk |= _told_alike(lattice, bounds, name, mine & ~fixed)
        risky = np.flatnonzero(at_risk)
        if not len(risky):
            break
        shifts.protect(risky, held, mine, bounds)
    # What can be worked out exactly is no secret: it is published after all, unless it is withheld for its own sake.
    pinned = held & ~primary & bounds.exact & (bounds.width == 0)
    held &= ~pinned
    return Suppression(held[own], (held & primary)[own], bounds)


def _open_uniform_lines(
    lattice: Lattice,
    truth: NDArray[np.float64],
    dimension: str,
    may: NDArray[np.bool_],
    held: NDArray[np.bool_],
    wide: NDArray[np.bool_],
) -> None:
    """Withhold the one filled part of a uniform line and an empty one beside it, which has to stay in doubt."""
    for line in lattice.lines(dimension):
        counts = truth[line]
        if (counts > 0).sum() != 1 or len(line) < 2:
            continue
        empty = line[counts == 0]
        doubtful = empty[held[empty]] if held[empty].any() else empty[may[empty]]
        if len(doubtful):
            held[doubtful[0]] = wide[doubtful[0]] = True
            filled = line[counts > 0]
            held[filled[may[filled]]] = True


def _told_alike(lattice: Lattice, bounds: audit.Bounds, dimension: str, may: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A cell of each line in which all are known to be alike: an empty one, which has to come into doubt."""
    risk = np.zeros(lattice.size, dtype=bool)
    for line in lattice.lines(dimension)[all_alike(lattice, bounds, dimension)]:
        empty = line[bounds.highest[line] == 0]
        risk[empty[np.argmax(may[empty])]] = True
    return risk


class _Shifts:
    """Shifts of a whole table that keep its sums: by the cheapest, a cell is brought into doubt."""

    def __init__(self, lattice: Lattice, truth: NDArray[np.float64], fixed: NDArray[np.bool_], smallest: int) -> None:
        from scipy.sparse import hstack

        sums = lattice.sums()
        self._both = hstack([sums, -sums]).tocsr()
        self._truth, self._fixed, self._smallest = truth, fixed, smallest
        # A large total tells more than a small part, so it costs more to lose.
        self._cost = np.log2(2 + truth)

    def protect(
        self,
        risky: NDArray[np.int64],
        held: NDArray[np.bool_],
        mine: NDArray[np.bool_],
        bounds: audit.Bounds,
        of_whole: audit.Bounds | None = None,
    ) -> None:
        """Withhold more, into `held`, until each risky cell can vary by the smallest count; widens `bounds`.

        With `of_whole`, shifts may part people, which is faster; it is widened to those that do not, and the audit may
        not be content with the others.
        """
        for cell in risky[np.argsort(self._truth[risky], kind="stable")]:
            if bounds.width[cell] >= self._smallest:
                continue
            for shift in self._cheapest(int(cell), held, mine, of_whole is None):
                held |= mine & ~self._fixed & (np.abs(shift) > _UNIT)
                bounds.see(self._truth + shift)
                if of_whole is not None and np.abs(shift - shift.round()).max() < _UNIT:
                    of_whole.see(self._truth + shift.round())

    def _cheapest(
        self, cell: int, held: NDArray[np.bool_], mine: NDArray[np.bool_], whole: bool
    ) -> list[NDArray[np.float64]]:
        """The cheapest shift that moves a cell by the smallest count; two that together do where no single one can."""
        size = len(self._truth)
        price = np.where(mine & ~held, self._cost, _UNIT)
        free = np.concatenate(
            [np.where(self._fixed, 0.0, np.inf), np.where(self._fixed, 0.0, self._truth)],
        )
        for rises, falls in ((cell, cell + size), (cell + size, cell)):
            low, high = np.zeros(2 * size), free.copy()
            low[rises], high[falls] = self._smallest, 0.0
            if low[rises] <= high[rises] and (found := self._solved(price, low, high, whole)):
                return found
        apart = np.zeros(4 * size)
        apart[[cell, cell + size, cell + 2 * size, cell + 3 * size]] = 1, -1, -1, 1
        if found := self._solved(price, np.zeros(4 * size), np.tile(free, 2), whole, apart):
            return found
        raise Refused("what is published already tells a small count together with any part of this table")

    def _solved(
        self,
        price: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        whole: bool,
        apart: NDArray[np.float64] | None = None,
    ) -> list[NDArray[np.float64]]:
        """One shift, or two that end apart, each as what rises and what falls; none if there is no such shift."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import block_diag

        size, number = len(self._truth), len(low) // (2 * len(self._truth))
        rules = [LinearConstraint(block_diag([self._both] * number).tocsr(), 0, 0)]
        if apart is not None:
            rules.append(LinearConstraint(apart, self._smallest, np.inf))
        result = milp(
            np.tile(price, 2 * number),
            integrality=np.full(len(low), int(whole)),
            bounds=Bounds(low, high),
            constraints=rules,
        )
        if result.x is None:
            return []
        shifts = result.x.reshape(number, 2, size)
        return [up - down for up, down in shifts]
