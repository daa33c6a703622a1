"""Simple rules that give help in an order, to compare a plan with and to start its search from. Solves nothing."""

from __future__ import annotations

import numpy as np

from socialai_assets.methods.assignment.problem import NOBODY, AssignmentPlan, AssignmentProblem

HIGHEST_RISK, MOST_BENEFIT, RANDOM = "highest risk first", "most benefit first", "random order"


def highest_risk_first(problem: AssignmentProblem) -> AssignmentPlan:
    """The people at highest risk first, each by the most valuable of its options that has room."""
    order = np.lexsort((-problem.value, problem.person, -problem.risk[problem.person]))
    return AssignmentPlan(taken_in_order(problem, order), HIGHEST_RISK)


def most_benefit_first(problem: AssignmentProblem) -> AssignmentPlan:
    """The most valuable options first."""
    order = np.argsort(-problem.value, kind="stable")
    return AssignmentPlan(taken_in_order(problem, order), MOST_BENEFIT)


def random_order(problem: AssignmentProblem, seed: int = 0) -> AssignmentPlan:
    """People in random order, each by the most valuable of its options that has room."""
    place = np.random.default_rng(seed).permutation(len(problem.risk))
    order = np.lexsort((-problem.value, place[problem.person]))
    return AssignmentPlan(taken_in_order(problem, order), RANDOM)


def taken_in_order(problem: AssignmentProblem, order: np.ndarray) -> np.ndarray:
    """(O,) the options that are taken, in an order, while there is room for them and they are worth their way."""
    chosen = np.zeros(len(problem.person), dtype=bool)
    minutes, people = problem.helper_minutes.astype(int), problem.helper_people.astype(int)
    places, left = problem.places.astype(int), np.full(len(problem.risk), problem.most_per_person)
    budget, given = problem.budget, set()
    value = problem.value
    for option in order.tolist():
        person, helper, service = problem.person[option], problem.helper[option], problem.service[option]
        kind, cost = (int(person), int(problem.kind[option])), float(problem.cost[option])
        if value[option] <= 0 or not left[person] or kind in given or cost > budget:
            continue
        if helper != NOBODY and (people[helper] < 1 or minutes[helper] < problem.minutes[option]):
            continue
        if service != NOBODY and places[service] < 1:
            continue
        chosen[option] = True
        left[person] -= 1
        given.add(kind)
        budget -= cost
        if helper != NOBODY:
            people[helper] -= 1
            minutes[helper] -= int(problem.minutes[option])
        if service != NOBODY:
            places[service] -= 1
    return chosen
