"""Choices without a solver: the best gain for its cost next, or candidates in the order of a score. Proves no bound."""

from __future__ import annotations

import heapq

import numpy as np

from socialai_assets.methods.covering.problem import CoverPlan, CoverProblem


def greedy_cover(problem: CoverProblem, budget: float) -> CoverPlan:
    """Take what adds most for its cost, again and again, or the best single candidate where that gains more.

    Reaches at least (1 - 1/e) / 2 of the optimum (Khuller, Moss and Naor 1999).

    Args:
        problem: whose groups are not looked at.
        budget: in the unit of the costs.
    """
    chosen = np.zeros(len(problem.cost), dtype=bool)
    chosen[_greedy_order(problem, problem.gain, budget)[0]] = True
    alone = np.bincount(problem.candidate, problem.gain[problem.place], len(problem.cost))
    single = np.where(problem.cost <= budget, alone, -1.0)
    if len(single) and single.max() > problem.gain @ problem.covered(chosen):
        chosen = np.arange(len(single)) == single.argmax()
    return CoverPlan(chosen, "greedy")


def even_cover(
    problem: CoverProblem, budget: float, floors: np.ndarray | None = None, start: np.ndarray | None = None
) -> CoverPlan:
    """Give every group its floor, or one share of its coverable people as high as goes; then the best of the rest.

    Each group takes what adds most people for its cost: a good start, and no proof that no choice is better.

    Args:
        problem: its people count unweighted for the groups, weighted for the rest.
        budget: in the unit of the costs.
        floors: (groups,) people of each group who are to gain; one share of what is missing where it costs too much.
        start: (C,) candidates that are taken at any rate, within the budget.
    """
    chosen = np.zeros(len(problem.cost), dtype=bool) if start is None else start.copy()
    left, open_ = budget - float(problem.cost[chosen].sum()), ~problem.covered(chosen)
    wanted = problem.coverable() if floors is None else np.asarray(floors, dtype=float)
    missing = np.maximum(wanted - problem.of_groups(problem.people * ~open_), 0.0)
    paths = []
    for group in np.flatnonzero(missing > 0):
        order, added = _greedy_order(problem, np.where(problem.group == group, problem.people * open_, 0.0), left)
        # The sum of a path may end a rounding below what the group has.
        paths.append((order, np.concatenate([[0.0], np.cumsum(added)]) / missing[group] * (1 + 1e-12)))
    marks = np.unique(np.concatenate([shares for _, shares in paths]).clip(max=1.0)) if paths else np.zeros(1)
    marks = marks[marks <= min((shares[-1] for _, shares in paths), default=0.0)]

    def taken(share: float) -> np.ndarray:
        firsts = [order[: np.searchsorted(shares, share)] for order, shares in paths]
        return np.unique(np.concatenate(firsts)) if firsts else np.zeros(0, dtype=int)

    low, high = 0, len(marks)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if problem.cost[taken(marks[middle])].sum() <= left else (low, middle)
    chosen[taken(marks[low])] = True
    rest = problem.gain * ~problem.covered(chosen)
    chosen[_greedy_order(problem, rest, budget - float(problem.cost[chosen].sum()))[0]] = True
    return CoverPlan(chosen, "even")


def ranked_cover(problem: CoverProblem, score: np.ndarray, budget: float) -> CoverPlan:
    """Take candidates from the highest score down, each that the rest of the budget pays for; NaN is never taken."""
    chosen, left = np.zeros(len(problem.cost), dtype=bool), budget
    known = np.flatnonzero(np.isfinite(score))
    for one in known[np.argsort(-score[known], kind="stable")]:
        if problem.cost[one] <= left:
            chosen[one] = True
            left -= problem.cost[one]
    return CoverPlan(chosen, "ranked")


def _greedy_order(problem: CoverProblem, gain: np.ndarray, budget: float) -> tuple[np.ndarray, np.ndarray]:
    """Candidates in the order in which each adds most of `gain`, (P,), for its cost, and what each adds."""
    gaining = gain[problem.place] > 0
    order = np.argsort(problem.candidate[gaining], kind="stable")
    candidates, starts = np.unique(problem.candidate[gaining][order], return_index=True)
    covering = np.split(problem.place[gaining][order], starts[1:]) if len(candidates) else []
    places = dict(zip(candidates.tolist(), covering, strict=True))
    uncovered, left = gain.astype(float), budget
    heap = [(-float(uncovered[own].sum()) / float(problem.cost[one]), one) for one, own in places.items()]
    heapq.heapify(heap)
    taken, added = [], []
    while heap:
        _, one = heapq.heappop(heap)
        worth, cost = float(uncovered[places[one]].sum()), float(problem.cost[one])
        if cost > left or worth <= 0:
            continue
        # Gains only fall, so what still is ahead of all others' last known worth is the best there is.
        if heap and -worth / cost > heap[0][0]:
            heapq.heappush(heap, (-worth / cost, one))
            continue
        taken.append(one)
        added.append(worth)
        left -= cost
        uncovered[places[one]] = 0.0
    return np.array(taken, dtype=int), np.array(added)
