"""Why a place gets less than its minimum, and why a problem has no plan: one limit at a time is lifted.

A limit is the reason where lifting it alone, everybody else keeping what they have, would do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.methods.allocation.linear_programs import FEASIBLE, OPTIMAL
from socialai_assets.methods.allocation.problem import AllocationProblem, FixedAmounts, Plan
from socialai_assets.methods.allocation.programme import Programme

if TYPE_CHECKING:
    from socialai_assets.methods.allocation.planning import Terms

# What each limit is called, in the order in which reasons are given.
LIMITS = {
    "closures": "the roads to it are closed",
    "shelf life": "stock expires before it can be used",
    "arrival": "stock on order arrives too late",
    "storage": "arriving stock finds no room in the depot",
    "vehicles": "the depot's vehicles are full",
    "budget": "the budget is spent",
    "stock": "there is not enough stock at the depots within reach",
    "decisions": "people fixed what is sent",
}
NO_DEPOT = "no depot within reach"
SEVERAL = "more than one limit at once"
CHOICE = "the objective gives it to others"


def lifted(problem: AllocationProblem, limit: str) -> AllocationProblem:
    """The problem without one of `LIMITS`."""
    last = problem.periods - 1
    if limit == "closures":
        return replace(problem, link_open=None)
    if limit == "shelf life":
        return replace(problem, batch_expires=np.maximum(problem.batch_expires, last))
    if limit == "arrival":
        # Storage is a limit of its own, and stock that is there already has its room.
        return replace(problem, batch_arrives=np.zeros_like(problem.batch_arrives))
    if limit == "storage":
        return replace(problem, storage_m3=np.full_like(problem.storage_m3, np.inf))
    if limit == "vehicles":
        free = np.full_like(problem.vehicle_kg, np.inf)
        return replace(problem, vehicle_kg=free, vehicle_m3=free, vehicle_hours=None)
    if limit == "budget":
        return replace(problem, budget=np.inf)
    if limit == "decisions":
        return replace(problem, fixed=FixedAmounts())
    depot, item = (axis.ravel() for axis in np.indices((len(problem.depots), len(problem.items))))
    wanted = np.maximum(problem.minimum, problem.fixed.least_received(problem.minimum.shape))
    enough = wanted.sum(axis=(0, 2))[item] + problem.batch_quantity.sum()
    return replace(
        problem,
        batch_depot=np.concatenate([problem.batch_depot, depot]),
        batch_item=np.concatenate([problem.batch_item, item]),
        batch_quantity=np.concatenate([problem.batch_quantity, enough]),
        batch_arrives=np.concatenate([problem.batch_arrives, np.zeros(len(depot), dtype=int)]),
        batch_expires=np.concatenate([problem.batch_expires, np.full(len(depot), last)]),
    )


def shortfall(problem: AllocationProblem, received: np.ndarray) -> np.ndarray:
    """(P, I, T) units missing to the minimum; rounding aside."""
    missing = problem.minimum - received
    return np.where(missing > 1e-5 * np.maximum(1.0, problem.minimum), missing, 0.0)


def reasons_for_shortfalls(problem: AllocationProblem, plan: Plan, *, seconds: float = 60.0) -> dict[int, str]:
    """The reason of each place that gets less than a minimum, by its number.

    Raises:
        RuntimeError: the solver failed.
    """
    missing = shortfall(problem, plan.received).sum(axis=(1, 2))[:, None]
    return {place: reason for (place, _), reason in _reasons(problem, plan, missing, seconds).items()}


def reasons_by_item(problem: AllocationProblem, plan: Plan, *, seconds: float = 60.0) -> dict[tuple[int, int], str]:
    """The reason of each place and item that gets less than a minimum, by their numbers.

    Raises:
        RuntimeError: the solver failed.
    """
    return _reasons(problem, plan, shortfall(problem, plan.received).sum(axis=2), seconds)


def _reasons(problem: AllocationProblem, plan: Plan, missing: np.ndarray, seconds: float) -> dict[tuple[int, int], str]:
    """Reasons by row and column of `missing`, units missing by place (P, 1) or by place and item (P, I)."""
    short = [(int(place), int(column)) for place, column in np.argwhere(missing > 0)]
    linked = set(problem.link_place.tolist())
    found = {cell: NO_DEPOT for cell in short if cell[0] not in linked}
    removed: dict[tuple[int, int], list[str]] = {cell: [] for cell in short if cell[0] in linked}
    if not removed:
        return found
    kept = np.minimum(plan.received, problem.minimum)
    for limit in ("", *(name for name in LIMITS if has_limit(problem, name))):
        best = _least_shortfall(lifted(problem, limit) if limit else problem, kept, seconds)
        best = best if missing.shape == best.shape else best.sum(axis=1, keepdims=True)
        for cell, limits in removed.items():
            if best[cell] <= 1e-3 * missing[cell] + 1e-6:
                limits.append(limit)
    for cell, limits in removed.items():
        if "" in limits:
            found[cell] = CHOICE
        else:
            found[cell] = "; or ".join(LIMITS[limit] for limit in limits) or SEVERAL
    return found


def why_infeasible(problem: AllocationProblem, terms: Terms | None = None) -> tuple[str, ...]:
    """Which limits stand in the way of all minimum needs: each whose lifting alone makes them possible.

    Where none does alone, it says so; places that no depot reaches are counted first.
    """
    seconds = terms.seconds if terms else 60.0
    wanted = problem.minimum.sum(axis=(1, 2)) > 0
    unlinked = wanted & ~np.isin(np.arange(len(wanted)), problem.link_place)
    told = [f"{int(unlinked.sum())} places: {NO_DEPOT}"] if unlinked.any() else []
    rest = replace(problem, minimum=np.where(unlinked[:, None, None], 0.0, problem.minimum))
    nothing = np.zeros_like(problem.minimum)

    def missing(limit: str) -> float:
        return float(_least_shortfall(lifted(rest, limit) if limit else rest, nothing, seconds).sum())

    mark = 1e-5 * max(1.0, float(rest.minimum.sum()))
    whole = missing("")
    if whole <= mark:
        return tuple(told)
    alone = [limit for limit in LIMITS if has_limit(problem, limit) and missing(limit) <= mark]
    told += [f"{whole:.6g} units missing: {LIMITS[limit]}" for limit in alone]
    return tuple(told if alone else [*told, f"{whole:.6g} units missing: {SEVERAL}"])


def has_limit(problem: AllocationProblem, limit: str) -> bool:
    """Whether the problem has such a limit at all."""
    if limit == "closures":
        return not bool(problem.open_links.all())
    if limit == "shelf life":
        return bool((problem.batch_expires < problem.periods - 1).any())
    if limit == "arrival":
        return bool((problem.batch_arrives > 0).any())
    if limit == "storage":
        return bool(np.isfinite(problem.storage_m3).any())
    if limit == "vehicles":
        hours = problem.vehicle_hours is not None and bool(np.isfinite(problem.vehicle_hours).any())
        return hours or bool((np.isfinite(problem.vehicle_kg) | np.isfinite(problem.vehicle_m3)).any())
    if limit == "decisions":
        return len(problem.fixed) > 0
    return limit == "stock" or bool(np.isfinite(problem.budget))


def _least_shortfall(problem: AllocationProblem, kept: np.ndarray, seconds: float) -> np.ndarray:
    """(P, I) units missing to the minimum at least, in shares, where nobody loses `kept`."""
    programme = Programme(problem, 1)
    minimum = problem.minimum.ravel()
    first = np.flatnonzero(programme.is_minimum)
    cells, cell = np.unique(programme.cell[first], return_inverse=True)
    program = programme.program
    rows = program.add_rows(len(cells), lower=kept.ravel()[cells] * (1 - 1e-6))
    program.add_entries(rows[cell], programme.segment[first], 1.0)
    program.set_aim(programme.segment[first], 1.0 / minimum[cells[cell]])
    found = program.solve(seconds=seconds)
    if found.status not in (OPTIMAL, FEASIBLE):
        raise RuntimeError(f"The reasons were not found: {found.status}; allow more seconds.")
    missing = minimum[cells] - np.bincount(cell, found.values[programme.segment[first]], minlength=len(cells))
    whole = np.zeros(problem.minimum.shape)
    whole.ravel()[cells] = np.maximum(missing, 0.0)
    return whole.sum(axis=2)
