"""A maximal covering problem with a budget: places, candidates, which covers which, and what a choice comes to.

Church and ReVelle 1974, The Maximal Covering Location Problem, Papers of the Regional Science Association 32:101-118;
with costs and a budget: Khuller, Moss and Naor 1999, The Budgeted Maximum Coverage Problem, Information Processing
Letters 70:39-45.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class CoverProblem:
    """What can be covered, by what, at what cost.

    Attributes:
        people: (P,) people who gain if the place is covered, expected ones, not negative.
        weight: (P,) what one of them counts, not negative.
        group: (P,) group that a place's people belong to, from 0; -1 for none.
        cost: (C,) cost of each candidate, above 0.
        place: (pairs,) place of each pair.
        candidate: (pairs,) candidate that covers it.
    """

    people: np.ndarray
    weight: np.ndarray
    group: np.ndarray
    cost: np.ndarray
    place: np.ndarray
    candidate: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            ValueError: lengths that differ, a figure missing or negative, or a candidate that costs nothing.
        """
        if not (len(self.people) == len(self.weight) == len(self.group)) or len(self.place) != len(self.candidate):
            raise ValueError("People, weights and groups are of places, and pairs of both their ends.")
        for name, values in (("People", self.people), ("Weights", self.weight), ("Costs", self.cost)):
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"{name} are known and not negative.")
        if not (self.cost > 0).all():
            raise ValueError("Every candidate costs something.")

    @property
    def gain(self) -> np.ndarray:
        """(P,) what covering a place counts."""
        return self.people * self.weight

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.group.max(initial=-1)) + 1

    def covered(self, chosen: np.ndarray) -> np.ndarray:
        """(P,) whether each place is covered by the chosen candidates, (C,) booleans."""
        result = np.zeros(len(self.people), dtype=bool)
        result[self.place[chosen[self.candidate]]] = True
        return result

    def of_groups(self, values: np.ndarray) -> np.ndarray:
        """(groups,) sums of the places' values, (P,)."""
        own = self.group >= 0
        return np.bincount(self.group[own], values[own], self.groups)

    def coverable(self) -> np.ndarray:
        """(groups,) people of each group who would gain if every candidate were taken."""
        return self.of_groups(self.people * self.covered(np.ones(len(self.cost), dtype=bool)))


@dataclass(frozen=True, eq=False)
class CoverPlan:
    """A choice of candidates.

    Attributes:
        chosen: (C,) whether each candidate is taken.
        status: optimal (within the gap asked for), feasible, infeasible, or what made it, such as greedy.
        gap: (bound - gain) / bound; NaN where no bound is known.
        reason: why there is no plan; empty where there is one.
    """

    chosen: np.ndarray
    status: str
    gap: float = float("nan")
    reason: str = ""
