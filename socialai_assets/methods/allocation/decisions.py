"""Which amounts that people fixed cannot be sent, and why. Plans around those that can are made in `planning`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from socialai_assets.methods.allocation.linear_programs import FEASIBLE, OPTIMAL
from socialai_assets.methods.allocation.problem import ANY_DEPOT, AllocationProblem, FixedAmounts
from socialai_assets.methods.allocation.programme import Programme
from socialai_assets.methods.allocation.reasons import LIMITS, NO_DEPOT, SEVERAL, has_limit, lifted

CONTRADICTED = "another decision on the same amount says otherwise"


@dataclass(frozen=True)
class Conflict:
    """A fixed amount that cannot be sent.

    Attributes:
        number: which of the fixed amounts.
        lacking: units of it that cannot be sent.
        reason: the limits each of which stands in the way.
        text: all of that in words.
    """

    number: int
    lacking: float
    reason: str
    text: str


class FixedAmountsError(ValueError):
    """Fixed amounts exceed what there is; `conflicts` names which."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("Fixed amounts cannot be kept: " + "; ".join(conflict.text for conflict in conflicts) + ".")
        self.conflicts = tuple(conflicts)


def conflicts(problem: AllocationProblem, *, seconds: float = 60.0) -> list[Conflict]:
    """The fixed amounts that cannot be sent together with the others, by number; none where all can.

    As little as possible is lacking, in shares of each amount; of amounts that compete, later ones rather than earlier
    ones are named, so that whoever decided first is not overruled by whoever decided last.

    Raises:
        RuntimeError: the solver failed.
    """
    fixed = problem.fixed
    if not len(fixed):
        return []
    lacking = _lacking(problem, seconds)
    named = np.flatnonzero(lacking > 1e-6 * np.maximum(1.0, fixed.quantity))
    if not len(named):
        return []
    without = {
        limit: _lacking(lifted(problem, limit), seconds)
        for limit in LIMITS
        if limit != "decisions" and has_limit(problem, limit)
    }
    found = []
    for number in named.tolist():
        place, item, period = (int(axis[number]) for axis in fixed.cell)
        depot = int(fixed.depot[number])
        reach = (problem.link_place == place) & ((problem.link_depot == depot) | (depot == ANY_DEPOT))
        alone = [limit for limit, rest in without.items() if rest[number] <= 1e-3 * lacking[number]]
        if not reach.any():
            reason = NO_DEPOT
        elif alone:
            reason = "; or ".join(LIMITS[limit] for limit in alone)
        else:
            same = np.logical_and.reduce([axis == axis[number] for axis in fixed.cell])
            reason = CONTRADICTED if same.sum() > 1 else SEVERAL
        by = "" if depot == ANY_DEPOT else f" by {problem.depots[depot]}"
        text = (
            f"{fixed.quantity[number]:g} {problem.items[item]} to {problem.places[place]} in period {period}{by}: "
            f"{lacking[number]:.6g} too many ({reason})"
        )
        found.append(Conflict(number, float(lacking[number]), reason, text))
    return found


def without_conflicts(problem: AllocationProblem, found: Sequence[Conflict]) -> AllocationProblem:
    """The problem without the fixed amounts that some conflicts name; the others can be kept together."""
    kept = np.setdiff1d(np.arange(len(problem.fixed)), [conflict.number for conflict in found])
    fixed = problem.fixed
    return replace(
        problem,
        fixed=FixedAmounts(
            fixed.place[kept], fixed.item[kept], fixed.period[kept], fixed.quantity[kept], fixed.depot[kept]
        ),
    )


def _lacking(problem: AllocationProblem, seconds: float) -> np.ndarray:
    """(F,) units missing to each fixed amount where as little as possible is missing."""
    fixed = problem.fixed
    programme = Programme(problem, 1, keeps_fixed=False)
    earliness = 1 + np.arange(len(fixed), 0, -1) / len(fixed)
    programme.program.set_aim(programme.fixed_lacking, -earliness / np.maximum(fixed.quantity, 1.0))
    found = programme.program.solve(seconds=seconds)
    if found.status not in (OPTIMAL, FEASIBLE):
        raise RuntimeError(f"Whether fixed amounts can be kept was not found: {found.status}; allow more seconds.")
    return found.values[programme.fixed_lacking]
