"""The best choice within a budget, by an integer programme, also with a share guaranteed to every group."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.fairness import price_of_fairness
from socialai_assets.methods.allocation.linear_programs import INFEASIBLE, OPTIMAL, UNFINISHED, LinearProgram, Solution
from socialai_assets.methods.covering.problem import CoverPlan, CoverProblem
from socialai_assets.methods.covering.ranking import even_cover, greedy_cover

FEASIBLE = "feasible"
# What the solver may spend, as a share of the budget: where its tolerance spends more than there is, it tries again.
_SPENT = (1.0, 1 - 1e-6)
_SAME = 1e-9
# Parts of candidates take seconds, of which a busy machine makes many; the search itself has its own limit.
_BOUND_SECONDS = 300.0


def maximal_cover(
    problem: CoverProblem,
    budget: float,
    *,
    floors: np.ndarray | None = None,
    seconds: float = 60.0,
    gap: float = 1e-3,
) -> CoverPlan:
    """The candidates with most gain that the budget pays for; never less gain than the greedy choice has.

    Args:
        problem: what can be covered.
        budget: in the unit of the costs, not negative.
        floors: (groups,) people of each group who gain at least; None: no guarantee.
        seconds: limit for the search.
        gap: relative gap at which it may end.

    Returns:
        A plan that is optimal within the gap, feasible with its gap, or infeasible with the reason and nothing chosen.

    Raises:
        ValueError: a negative budget, or floors that are not one a group.
    """
    if not budget >= 0:
        raise ValueError(f"A budget of {budget} is none.")
    if floors is not None and len(floors) != problem.groups:
        raise ValueError(f"{len(floors)} floors for {problem.groups} groups.")
    none = np.zeros(len(problem.cost), dtype=bool)
    wanted = np.zeros(problem.groups) if floors is None else np.asarray(floors, dtype=float)
    beyond = wanted > problem.coverable() + _SAME
    if beyond.any():
        reason = f"{int(beyond.sum())} groups are guaranteed more people than any choice reaches"
        return CoverPlan(none, INFEASIBLE, reason=reason)
    candidates = _affordable(problem, budget)
    simple = [greedy_cover(problem, budget), *([even_cover(problem, budget, wanted)] if wanted.any() else [])]
    plans = [plan for plan in simple if (_reached(problem, plan) >= wanted * (1 - _SAME)).all()]
    if not len(candidates):
        if not plans:
            return CoverPlan(none, INFEASIBLE, reason="the budget pays for no candidate")
        return CoverPlan(plans[0].chosen, OPTIMAL, 0.0)
    bound, start = _relaxed(problem, candidates, budget, wanted)
    rounded = even_cover(problem, budget, wanted, start)
    if (_reached(problem, rounded) >= wanted * (1 - _SAME)).all():
        plans.append(rounded)
    best = max(plans, key=lambda plan: _gain(problem, plan), default=None)
    # On large problems a simple choice is often within the gap, and parts of candidates prove it in a second.
    if best is None or not _is_within(gap, _gain(problem, best), bound):
        found, chosen = _solved(problem, candidates, budget, wanted, seconds, gap)
        if found.status == INFEASIBLE and best is None:
            spoken = f"the budget of {budget:,.0f} does not pay for what the {int((wanted > 0).sum())} groups"
            return CoverPlan(none, INFEASIBLE, reason=f"{spoken} are guaranteed")
        if found.status != INFEASIBLE:
            bound = min(bound, found.bound)
        if chosen is not None:
            plans.append(CoverPlan(chosen, found.status))
        if not plans:
            return CoverPlan(none, UNFINISHED, reason=f"no choice was found in {seconds:g} s")
        best = max(plans, key=lambda plan: _gain(problem, plan))
    value = _gain(problem, best)
    status = OPTIMAL if _is_within(gap, value, bound) else FEASIBLE
    return CoverPlan(best.chosen, status, max(0.0, bound - value) / bound if bound > 0 else 0.0)


def _is_within(gap: float, value: float, bound: float) -> bool:
    return bound - value <= (gap + _SAME) * bound


def _solved(
    problem: CoverProblem, candidates: np.ndarray, budget: float, floors: np.ndarray, seconds: float, gap: float
) -> tuple[Solution, np.ndarray | None]:
    """What the solver found, and the candidates it takes, (C,), where these are within the budget."""
    found = Solution(UNFINISHED, np.zeros(0), -np.inf, np.inf)
    for spent in _SPENT:
        programme, taken, _ = _programme(problem, candidates, budget * spent, floors)
        found = programme.solve(seconds=seconds, gap=gap)
        if not len(found.values):
            return found, None
        chosen = np.zeros(len(problem.cost), dtype=bool)
        chosen[candidates] = found.values[taken] > 0.5
        if problem.cost[chosen].sum() <= budget:
            return found, chosen
    return found, None


def highest_floor(problem: CoverProblem, budget: float, *, seconds: float = 60.0, gap: float = 1e-3) -> float:
    """The greatest share of its coverable people that every group can have at once, found within the time.

    The better of the programme's choice and the even one, so that some choice gives it.
    """
    candidates, coverable = _affordable(problem, budget), problem.coverable()
    own = np.flatnonzero(coverable > 0)
    if not len(candidates) or not len(own):
        return 0.0
    shares = [_least_share(problem, even_cover(problem, budget))]
    bound, start = _relaxed_floor(problem, candidates, budget)
    shares.append(_least_share(problem, even_cover(problem, budget, bound * coverable, start)))
    if max(shares) < bound * (1 - gap):
        programme, taken = _floor_programme(problem, candidates, budget)
        found = programme.solve(seconds=seconds, gap=gap)
        if len(found.values):
            chosen = np.zeros(len(problem.cost), dtype=bool)
            chosen[candidates] = found.values[taken] > 0.5
            if problem.cost[chosen].sum() <= budget:
                shares.append(_least_share(problem, CoverPlan(chosen, found.status)))
    return max(shares)


def _relaxed_floor(problem: CoverProblem, candidates: np.ndarray, budget: float) -> tuple[float, np.ndarray]:
    """The share that no choice exceeds in every group, by parts of candidates, and the candidates taken whole then."""
    programme, taken = _floor_programme(problem, candidates, budget, whole=False)
    found = programme.solve(seconds=_BOUND_SECONDS)
    if found.status != OPTIMAL:
        return 1.0, np.zeros(len(problem.cost), dtype=bool)
    return min(found.bound, 1.0), _whole_ones(problem, candidates, found.values[taken], budget)


def _floor_programme(
    problem: CoverProblem, candidates: np.ndarray, budget: float, *, whole: bool = True
) -> tuple[LinearProgram, np.ndarray]:
    """The programme of the highest share that every group can have, and its columns of candidates."""
    coverable = problem.coverable()
    own = np.flatnonzero(coverable > 0)
    programme, taken, covered = _programme(problem, candidates, budget, np.zeros(problem.groups), whole=whole)
    level = programme.add_columns(1, upper=1.0)
    rows = programme.add_rows(len(own), lower=0.0)
    number = np.full(problem.groups, -1)
    number[own] = np.arange(len(own))
    merged = _merged(problem, candidates)
    counts = (merged.group >= 0) & (number[merged.group] >= 0)
    programme.add_entries(
        rows[number[merged.group[counts]]], covered[counts], merged.people[counts] / coverable[merged.group[counts]]
    )
    programme.add_entries(rows, np.repeat(level, len(own)), -1.0)
    programme.set_aim(level, 1.0)
    return programme, taken


def _least_share(problem: CoverProblem, plan: CoverPlan) -> float:
    """Share of its coverable people that the group with least has; 1 without groups."""
    coverable = problem.coverable()
    own = coverable > 0
    return float((_reached(problem, plan)[own] / coverable[own]).min(initial=1.0))


def cover_fairness_curve(
    problem: CoverProblem, budget: float, shares: Sequence[float], *, seconds: float = 60.0, gap: float = 1e-3
) -> pd.DataFrame:
    """People who gain as every group is guaranteed more: from no guarantee to the highest that all can have.

    Args:
        problem: what can be covered; people count as they are, unweighted.
        budget: in the unit of the costs.
        shares: of the highest floor, ascending from 0 in [0, 1].
        seconds: limit for each search.
        gap: relative gap at which each may end.

    Returns:
        share_of_floor, least_share (of its coverable people that the worst group has), people_gaining,
        price_of_fairness, cost, status, gap.
    """
    plain = dataclasses.replace(problem, weight=np.ones_like(problem.weight))
    highest, coverable = highest_floor(plain, budget, seconds=seconds, gap=gap), plain.coverable()
    best: CoverPlan | None = None
    rows = []
    # From the strictest guarantee down: a choice that keeps one keeps every weaker one too, so that a search that ends
    # within its gap never makes a weaker guarantee look dearer.
    for share in sorted(shares, reverse=True):
        floors = share * highest * coverable * (1 - 1e-9) if share > 0 else None
        plan = maximal_cover(plain, budget, floors=floors, seconds=seconds, gap=gap)
        if best is None or _people(plain, plan) >= _people(plain, best):
            best = plan
        rows.append(
            {
                "share_of_floor": float(share),
                "least_share": _least_share(plain, best),
                "people_gaining": _people(plain, best),
                "cost_usd": plan_cost(plain, best),
                "status": plan.status,
                "gap": plan.gap,
            }
        )
    curve = pd.DataFrame(rows[::-1])
    efficient = float(curve["people_gaining"].max())
    curve["price_of_fairness"] = [price_of_fairness(efficient, people) for people in curve["people_gaining"]]
    return curve


def _gain(problem: CoverProblem, plan: CoverPlan) -> float:
    """What a plan gains, weighted."""
    return float(problem.gain @ problem.covered(plan.chosen))


def _reached(problem: CoverProblem, plan: CoverPlan) -> np.ndarray:
    """(groups,) people of each group who gain by a plan."""
    return problem.of_groups(problem.people * problem.covered(plan.chosen))


def _people(problem: CoverProblem, plan: CoverPlan) -> float:
    """People who gain by a plan."""
    return float(problem.people @ problem.covered(plan.chosen))


def _affordable(problem: CoverProblem, budget: float) -> np.ndarray:
    """Candidates that the budget pays for and by which somebody gains."""
    gains = np.bincount(problem.candidate, problem.gain[problem.place], len(problem.cost)) > 0
    return np.flatnonzero((problem.cost <= budget) & gains)


def plan_cost(problem: CoverProblem, plan: CoverPlan) -> float:
    """What the chosen candidates cost together."""
    return float(problem.cost[plan.chosen].sum())


def _merged(problem: CoverProblem, candidates: np.ndarray) -> CoverProblem:
    """The same with places of one group that the same candidates cover made one; others' pairs are left out."""
    kept = np.isin(problem.candidate, candidates) & (problem.people[problem.place] > 0)
    order = np.lexsort((problem.candidate[kept], problem.place[kept]))
    reached, starts = np.unique(problem.place[kept][order], return_index=True)
    number = np.full(len(problem.cost), -1)
    number[candidates] = np.arange(len(candidates))
    covering = np.split(number[problem.candidate[kept][order]], starts[1:]) if len(reached) else []
    sets: dict[tuple[int, tuple[int, ...]], int] = {}
    keys = [(int(problem.group[one]), tuple(own.tolist())) for one, own in zip(reached, covering, strict=True)]
    named = np.array([sets.setdefault(key, len(sets)) for key in keys], dtype=int)
    people = np.bincount(named, problem.people[reached], len(sets))
    return CoverProblem(
        people=people,
        weight=np.bincount(named, problem.gain[reached], len(sets)) / people,
        group=np.array([group for group, _ in sets], dtype=int),
        cost=problem.cost[candidates],
        place=np.repeat(np.arange(len(sets)), [len(own) for _, own in sets]),
        candidate=np.array([one for _, own in sets for one in own], dtype=int),
    )


def _programme(
    problem: CoverProblem, candidates: np.ndarray, budget: float, floors: np.ndarray, *, whole: bool = True
) -> tuple[LinearProgram, np.ndarray, np.ndarray]:
    """The programme, its columns of candidates, and those of merged places, whole by themselves where these are."""
    merged = _merged(problem, candidates)
    programme = LinearProgram()
    taken = programme.add_columns(len(candidates), upper=1.0, whole=whole)
    covered = programme.add_columns(len(merged.people), upper=1.0, aim=merged.gain)
    spent = programme.add_rows(1, upper=1.0)
    programme.add_entries(np.repeat(spent, len(taken)), taken, merged.cost / max(budget, 1e-9))
    rows = programme.add_rows(len(merged.people), lower=0.0)
    programme.add_entries(rows[merged.place], taken[merged.candidate], 1.0)
    programme.add_entries(rows, covered, -1.0)
    guaranteed = np.flatnonzero(floors > 0)
    if len(guaranteed):
        number = np.full(len(floors), -1)
        number[guaranteed] = np.arange(len(guaranteed))
        least = programme.add_rows(len(guaranteed), lower=floors[guaranteed] / floors[guaranteed])
        counts = (merged.group >= 0) & (number[merged.group] >= 0)
        programme.add_entries(
            least[number[merged.group[counts]]],
            covered[counts],
            merged.people[counts] / floors[merged.group[counts]],
        )
    return programme, taken, covered


def _relaxed(
    problem: CoverProblem, candidates: np.ndarray, budget: float, floors: np.ndarray
) -> tuple[float, np.ndarray]:
    """What no choice exceeds, by parts of candidates, and the candidates taken whole then, (C,)."""
    programme, taken, _ = _programme(problem, candidates, budget, floors, whole=False)
    found = programme.solve(seconds=_BOUND_SECONDS)
    if found.status != OPTIMAL:
        return float(problem.gain.sum()), np.zeros(len(problem.cost), dtype=bool)
    return found.bound, _whole_ones(problem, candidates, found.values[taken], budget)


def _whole_ones(problem: CoverProblem, candidates: np.ndarray, parts: np.ndarray, budget: float) -> np.ndarray:
    """(C,) the candidates of which a relaxed programme takes all; none where the solver's tolerance overspends."""
    chosen = np.zeros(len(problem.cost), dtype=bool)
    chosen[candidates] = parts > 1 - 1e-6
    return chosen & (problem.cost[chosen].sum() <= budget)
