"""What an attacker can work out from published counts: exact bounds of every other count. Withholds nothing.

The attacker knows every published count, how groups add up, and that counts are whole and not negative. The bounds
of a count are its least and greatest value in any table that agrees with all that (the audit of cell suppression,
Fischetti and Salazar 2001); solved by integer programmes (HiGHS), which never claim more than the attacker can prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.methods.disclosure.lattice import Lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW = 10
_IDLE = 4
_FAR = 1


class Contradiction(ValueError):
    """No table of whole counts agrees with what is published."""


@dataclass
class Bounds:
    """Bounds of every cell of a lattice.

    Attributes:
        lowest: least count that some agreeing table has; of a cell that is not exact, the least one found.
        highest: greatest such count.
        exact: whether the two are proven; otherwise the true interval is at least as wide.
    """

    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    exact: NDArray[np.bool_]

    def see(self, table: NDArray[np.float64]) -> None:
        """Widen the bounds to one more table that agrees with what is published."""
        np.minimum(self.lowest, table, out=self.lowest)
        np.maximum(self.highest, table, out=self.highest)

    @property
    def width(self) -> NDArray[np.float64]:
        """Greatest less least count."""
        return self.highest - self.lowest


class Attacker:
    """Works bounds out from what is published.

    Args:
        lattice: the cells and how they add up.
        known: count of each cell, NaN where it is not published.
        most: a bound that no count exceeds; by default ten times the largest one published, and at least 1000.
    """

    def __init__(self, lattice: Lattice, known: NDArray[np.float64], most: float | None = None) -> None:
        self.lattice, self.known = lattice, known
        largest = np.nanmax(known, initial=0.0) if len(known) else 0.0
        self.most = most if most is not None else max(10 * float(largest), 1000.0)
        self._sums = lattice.sums()
        self.unknown = np.flatnonzero(np.isnan(known))

    def bounds(self, smallest: int, seen: Bounds | NDArray[np.float64] | None = None) -> Bounds:
        """Bounds of all cells, exact for every cell whose bounds are closer than a count.

        Args:
            smallest: the count that bounds are compared with.
            seen: counts that agree with what is published, if any are known: one table of them, or bounds of several.

        Raises:
            Contradiction: nothing agrees with what is published.
        """
        if not isinstance(seen, Bounds):
            table = self.any_table() if seen is None else seen
            seen = Bounds(table, table, np.zeros(len(table), dtype=bool))
        found = Bounds(seen.lowest.copy(), seen.highest.copy(), ~np.isnan(self.known))
        draw, idle = np.random.default_rng(0), 0
        while len(open_cells := self._narrow(found, smallest)) > _FEW and idle < _IDLE:
            self._spread(found, open_cells, draw.choice((-1.0, 1.0), len(open_cells)), smallest)
            idle = idle + 1 if len(self._narrow(found, smallest)) == len(open_cells) else 0
        for cell in open_cells:
            # First the bound that would settle it alone.
            for up in (False, True) if found.lowest[cell] >= smallest else (True, False):
                if found.width[cell] < smallest and not (up and found.lowest[cell] >= smallest):
                    one = np.zeros(self.lattice.size)
                    one[cell] = 1.0
                    found.see(self._solved(one, up=up))
            found.exact[cell] = found.width[cell] < smallest
        return found

    def any_table(self) -> NDArray[np.float64]:
        """Some table that agrees with what is published.

        Raises:
            Contradiction: there is none.
        """
        return self._solved(np.zeros(self.lattice.size), up=False)

    def _narrow(self, found: Bounds, smallest: int) -> NDArray[np.int64]:
        return self.unknown[found.width[self.unknown] < smallest]

    def _spread(self, found: Bounds, cells: NDArray[np.int64], signs: NDArray[np.float64], smallest: int) -> None:
        """See one table in which many of some cells are greater, or less, than ever seen."""
        objective = np.zeros(self.lattice.size)
        objective[cells] = signs
        # No cell goes far, so that many go.
        near = found.lowest - _FAR * smallest, found.highest + _FAR * smallest
        found.see(self._solved(objective, up=True, near=near))

    def _solved(
        self,
        objective: NDArray[np.float64],
        *,
        up: bool,
        near: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> NDArray[np.float64]:
        """The agreeing table with the greatest (or least) objective."""
        from scipy.optimize import Bounds as Limits
        from scipy.optimize import LinearConstraint, milp

        told = ~np.isnan(self.known)
        least, greatest = near if near is not None else (0.0, self.most)
        low = np.where(told, self.known, np.maximum(least, 0.0))
        high = np.where(told, self.known, greatest)
        result = milp(
            -objective if up else objective,
            integrality=np.ones(self.lattice.size),
            bounds=Limits(low, high),
            constraints=LinearConstraint(self._sums, 0, 0),
        )
        if result.x is None:
            raise Contradiction(f"nothing agrees with the published counts ({result.message})")
        return np.round(result.x)


def exposed(bounds: Bounds, smallest: int) -> NDArray[np.bool_]:
    """Cells that give people away: there may be some, fewer than `smallest`, and it is known to within `smallest`."""
    narrow = bounds.exact & (bounds.width < smallest)
    return narrow & (bounds.lowest < smallest) & (bounds.highest > 0)


def all_alike(lattice: Lattice, bounds: Bounds, dimension: str) -> NDArray[np.bool_]:
    """Rows of `lattice.lines(dimension)` in which everybody is in the same part, so that who is in the line is told.

    That is so where every part but one is known to be empty and that one may not be, however many people it holds.
    """
    highest = bounds.highest[lattice.lines(dimension)]
    return (highest > 0).sum(axis=1) == 1 if highest.shape[1] > 1 else np.zeros(len(highest), dtype=bool)
