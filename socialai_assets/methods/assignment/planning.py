"""The assignment with most expected benefit, and the one with even caseloads at a price that is said; CP-SAT."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.linear_programs import LinearProgram
from socialai_assets.methods.assignment.problem import NOBODY, AssignmentPlan, AssignmentProblem
from socialai_assets.methods.assignment.ranking import most_benefit_first, taken_in_order

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

OPTIMAL, FEASIBLE = "optimal", "feasible"
# CP-SAT counts in whole numbers: benefits in millionths, caseloads in ten thousandths, money in cents.
_VALUE, _LOAD, _MONEY = 1_000_000, 10_000, 100
_BIG = 2**40
# Two points of caseload more or less are not worth a longer search.
_EVEN_ENOUGH = 200


def best_assignment(
    problem: AssignmentProblem,
    *,
    start: np.ndarray | None = None,
    seconds: float = 60.0,
    gap: float = 1e-3,
    workers: int = 1,
    seed: int = 0,
) -> AssignmentPlan:
    """The options with most expected benefit net of the way; never less than the most valuable options first have.

    Args:
        problem: who can be helped.
        start: (O,) options to start the search from, such as an earlier plan's, where they keep the limits.
        seconds: limit for the search.
        gap: relative gap at which it may end.
        workers: threads; with one and enough seconds, the plan is the same every time.
        seed: of the search.

    Returns:
        A plan that is optimal within the gap, or feasible with its gap.
    """
    simple = most_benefit_first(problem)
    known = [simple.chosen]
    if start is not None and start.shape == simple.chosen.shape and not problem.broken_limits(start):
        known.append(start)
    worthwhile = np.flatnonzero(problem.value > 0)
    if not len(worthwhile):
        return AssignmentPlan(np.zeros(len(problem.person), dtype=bool), OPTIMAL, 0.0)
    ends = time.monotonic() + seconds
    bound, rounded = _relaxed(problem, worthwhile, seconds)
    best = max([*known, rounded], key=lambda chosen: _worth(problem, chosen))
    plan = _judged(problem, best, bound, gap)
    if plan.status == OPTIMAL or time.monotonic() >= ends:
        return plan
    model, taken, value = _model(problem, worthwhile)
    model.maximize(value)
    for column, option in zip(taken, worthwhile, strict=True):
        model.add_hint(column, bool(best[option]))
    solver = _solver(ends - time.monotonic(), gap, workers, seed)
    status = solver.solve(model)
    found = _chosen(problem, solver, status, taken, worthwhile)
    if found is not None or solver.best_objective_bound > 0:
        bound = min(bound, solver.best_objective_bound / _VALUE)
    if found is not None and _worth(problem, found) > _worth(problem, best):
        best = found
    return _judged(problem, best, bound, gap)


def even_assignment(
    problem: AssignmentProblem,
    plan: AssignmentPlan,
    given_up: float,
    *,
    seconds: float = 60.0,
    workers: int = 1,
    seed: int = 0,
) -> AssignmentPlan:
    """The plan with the most even caseloads among those that give up no more than a share of a plan's value.

    Args:
        problem: that the plan is of.
        plan: the most valuable one.
        given_up: share of its value that may be given up, in [0, 1].
        seconds: limit for the search; the plan itself is returned where nothing more even is found.
        workers: threads.
        seed: of the search.

    Raises:
        ValueError: a share outside [0, 1].
    """
    if not 0 <= given_up <= 1:
        raise ValueError(f"A share of {given_up} cannot be given up.")
    worth, spread = _worth(problem, plan.chosen), problem.spread(plan.chosen)
    options = np.flatnonzero(problem.value > 0)
    if not len(options) or spread == 0:
        return plan
    model, taken, value = _model(problem, options)
    model.add(value >= int(np.floor(worth * (1 - given_up) * _VALUE)) - len(options))
    widest = model.new_int_var(0, _LOAD, "")
    model.add(widest <= int(np.ceil(spread * _LOAD)))
    balanced = problem.balanced_helpers()
    for group in np.unique(problem.helper_group[balanced]):
        busiest, least = model.new_int_var(0, _LOAD, ""), model.new_int_var(0, _LOAD, "")
        model.add(busiest - least <= widest)
        for helper in np.flatnonzero(balanced & (problem.helper_group == group)):
            own = np.flatnonzero(problem.helper[options] == helper)
            shares = [
                sum(round(float(part) * _LOAD / float(most)) * taken[one] for part, one in parts)
                for most, parts in (
                    (problem.helper_minutes[helper], [(problem.minutes[options[one]], one) for one in own]),
                    (problem.helper_people[helper], [(1, one) for one in own]),
                )
            ]
            load = model.new_int_var(0, 2 * _LOAD, "")
            model.add_max_equality(load, shares)
            model.add(busiest >= load)
            model.add(least <= load)
    model.minimize(widest)
    for column, option in zip(taken, options, strict=True):
        model.add_hint(column, bool(plan.chosen[option]))
    solver = _solver(seconds, 0.0, workers, seed)
    solver.parameters.absolute_gap_limit = _EVEN_ENOUGH
    status = solver.solve(model)
    found = _chosen(problem, solver, status, taken, options)
    kept = (1 - given_up) * worth * (1 - 1e-9)
    if found is None or problem.spread(found) >= spread or _worth(problem, found) < kept - len(options) / _VALUE:
        return plan
    lost = 1 - _worth(problem, found) / worth if worth > 0 else 0.0
    return replace(plan, chosen=found, given_up=max(0.0, lost))


def price_of_even_caseloads(
    problem: AssignmentProblem, plan: AssignmentPlan, shares: Sequence[float], *, seconds: float = 20.0
) -> pd.DataFrame:
    """What even caseloads cost: the spread that each share of the benefit given up buys.

    Args:
        problem: that the plan is of.
        plan: the most valuable one.
        shares: of its value that may be given up, ascending from 0.
        seconds: limit for each search.

    Returns:
        given_up_at_most, given_up, spread (of caseloads between the busiest and the least busy), helped, benefit.
    """
    rows, last = [], plan
    for share in shares:
        made = even_assignment(problem, plan, share, seconds=seconds)
        # A search that ends by the clock must not make a greater sacrifice look worse than a smaller one.
        last = made if problem.spread(made.chosen) < problem.spread(last.chosen) else last
        rows.append(
            {
                "given_up_at_most": float(share),
                "given_up": last.given_up,
                "spread": problem.spread(last.chosen),
                "helped": len(np.unique(problem.person[last.chosen])),
                "benefit": float(problem.benefit[last.chosen].sum()),
            }
        )
    return pd.DataFrame(rows)


def _relaxed(problem: AssignmentProblem, options: np.ndarray, seconds: float) -> tuple[float, np.ndarray]:
    """What no plan exceeds, by parts of options, and (O,) the options taken in the order of their parts."""
    programme, members = LinearProgram(), problem.person[options]
    taken = programme.add_columns(len(options), upper=1.0, aim=problem.value[options])
    limits = [(members, np.ones(len(options)), np.full(len(problem.risk), float(problem.most_per_person)))]
    if problem.most_per_person > 1:
        _, pair = np.unique(np.column_stack([members, problem.kind[options]]), axis=0, return_inverse=True)
        limits.append((pair.ravel(), np.ones(len(options)), np.ones(int(pair.max()) + 1)))
    helper, service = problem.helper[options], problem.service[options]
    limits += [
        (helper, problem.minutes[options], problem.helper_minutes),
        (helper, np.ones(len(options)), problem.helper_people),
        (service, np.ones(len(options)), problem.places),
    ]
    for numbers, amounts, most in limits:
        rows, own = programme.add_rows(len(most), upper=np.asarray(most, dtype=float)), numbers != NOBODY
        programme.add_entries(rows[numbers[own]], taken[own], np.asarray(amounts, dtype=float)[own])
    if np.isfinite(problem.budget):
        spent = programme.add_rows(1, upper=problem.budget)
        programme.add_entries(np.repeat(spent, len(options)), taken, problem.cost[options])
    found = programme.solve(seconds=seconds)
    part = np.zeros(len(problem.person))
    if found.status != OPTIMAL:
        bound = float(problem.value[options].sum())
    else:
        bound = found.bound
        part[options] = np.round(found.values[taken], 6)
    return bound, taken_in_order(problem, np.lexsort((-problem.value, -part)))


def _worth(problem: AssignmentProblem, chosen: np.ndarray) -> float:
    return float(problem.value[chosen].sum())


def _judged(problem: AssignmentProblem, chosen: np.ndarray, bound: float, gap: float) -> AssignmentPlan:
    worth = _worth(problem, chosen)
    # Rounding each benefit to millionths moves the bound by as much.
    missing = max(0.0, bound - worth - (chosen.sum() + 1) / _VALUE)
    return AssignmentPlan(
        chosen, OPTIMAL if missing <= gap * bound else FEASIBLE, missing / bound if bound > 0 else 0.0
    )


def _model(problem: AssignmentProblem, options: np.ndarray) -> tuple[cp_model.CpModel, list[Any], Any]:
    """The limits, a column for each option, and the value in millionths."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in options]

    def members(numbers: np.ndarray) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for position, number in enumerate(numbers[options].tolist()):
            found.setdefault(number, []).append(position)
        found.pop(NOBODY, None)
        return found

    for own in members(problem.person).values():
        if problem.most_per_person == 1:
            model.add_at_most_one(taken[one] for one in own)
        else:
            model.add(cp_model.LinearExpr.sum([taken[one] for one in own]) <= problem.most_per_person)
            by_kind: dict[int, list[Any]] = {}
            for one in own:
                by_kind.setdefault(int(problem.kind[options[one]]), []).append(taken[one])
            for same in by_kind.values():
                model.add_at_most_one(same)
    for helper, own in members(problem.helper).items():
        columns = [taken[one] for one in own]
        minutes = [int(problem.minutes[options[one]]) for one in own]
        model.add(cp_model.LinearExpr.weighted_sum(columns, minutes) <= int(problem.helper_minutes[helper]))
        model.add(cp_model.LinearExpr.sum(columns) <= int(problem.helper_people[helper]))
    for service, own in members(problem.service).items():
        model.add(cp_model.LinearExpr.sum([taken[one] for one in own]) <= int(problem.places[service]))
    if np.isfinite(problem.budget):
        cents = [int(np.ceil(cost * _MONEY)) for cost in problem.cost[options]]
        spent = cp_model.LinearExpr.weighted_sum(taken, cents)
        model.add(spent <= min(int(np.floor(problem.budget * _MONEY)), _BIG))
    worth = [round(value * _VALUE) for value in problem.value[options]]
    return model, taken, cp_model.LinearExpr.weighted_sum(taken, worth)


def _solver(seconds: float, gap: float, workers: int, seed: int) -> cp_model.CpSolver:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    solver.parameters.num_workers = workers
    # One thread with the whole linear relaxation proves in seconds what eight without it do not in minutes.
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed
    return solver


def _chosen(
    problem: AssignmentProblem, solver: cp_model.CpSolver, status: Any, taken: list[Any], options: np.ndarray
) -> np.ndarray | None:
    """(O,) the options of the solution, or None where there is none or it breaks a limit."""
    if solver.status_name(status) not in ("OPTIMAL", "FEASIBLE"):
        return None
    chosen = np.zeros(len(problem.person), dtype=bool)
    chosen[options] = [solver.boolean_value(column) for column in taken]
    return None if problem.broken_limits(chosen) else chosen
