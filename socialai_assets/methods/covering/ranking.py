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
    places = _places_of(problem)
    left, uncovered = budget, problem.gain.copy()
    chosen = np.zeros(len(problem.cost), dtype=bool)
    worth = np.array([uncovered[own].sum() for own in places]) if places else np.zeros(0)
    heap = [(-worth[one] / problem.cost[one], one) for one in np.flatnonzero(worth > 0)]
    heapq.heapify(heap)
    while heap:
        stated, one = heapq.heappop(heap)
        if problem.cost[one] > left:
            continue
        now = -uncovered[places[one]].sum() / problem.cost[one]
        # Gains only fall, so a candidate whose gain still is the first of the heap is the best there is.
        if heap and now > heap[0][0] and now > stated:
            if now < 0:
                heapq.heappush(heap, (now, one))
            continue
        if now >= 0:
            continue
        chosen[one] = True
        left -= problem.cost[one]
        uncovered[places[one]] = 0.0
    single = np.where(problem.cost <= budget, worth, -1.0)
    if len(single) and single.max() > (problem.gain * problem.covered(chosen)).sum():
        chosen = np.arange(len(single)) == single.argmax()
    return CoverPlan(chosen, "greedy")


def ranked_cover(problem: CoverProblem, score: np.ndarray, budget: float) -> CoverPlan:
    """Take candidates from the highest score down, each that the rest of the budget pays for; NaN is never taken."""
    chosen, left = np.zeros(len(problem.cost), dtype=bool), budget
    known = np.flatnonzero(np.isfinite(score))
    for one in known[np.argsort(-score[known], kind="stable")]:
        if problem.cost[one] <= left:
            chosen[one] = True
            left -= problem.cost[one]
    return CoverPlan(chosen, "ranked")


def _places_of(problem: CoverProblem) -> list[np.ndarray]:
    """Places of each candidate."""
    order = np.argsort(problem.candidate, kind="stable")
    ends = np.cumsum(np.bincount(problem.candidate, minlength=len(problem.cost)))
    return np.split(problem.place[order], ends[:-1]) if len(problem.cost) else []
