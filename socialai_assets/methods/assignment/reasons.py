"""Why a person who could be helped is not, and what the one chosen was chosen for. Judges no eligibility."""

from __future__ import annotations

import numpy as np

from socialai_assets.methods.assignment.problem import NOBODY, AssignmentPlan, AssignmentProblem

TOO_FAR = "the way is longer than the expected benefit is worth"
HELPERS_FULL = "everybody who could give the help has their hours or children full with those who gain more from it"
PLACES_FULL = "every place within reach is taken by those who gain more from it"
BUDGET_SPENT = "the budget is spent on those who gain more for it"
EVEN_CASELOADS = "somebody has room, and caseloads would be less even"
NOT_FOUND = "somebody has room; the search ended before the best plan was proved, so look at this one by hand"


def reasons_for_unassigned(problem: AssignmentProblem, plan: AssignmentPlan) -> dict[int, str]:
    """The reason of each person with options, none of which is taken, by their number.

    A limit is a reason where an option fails at it, everybody else keeping what they have.

    Args:
        problem: who can be helped.
        plan: of it.
    """
    taken = plan.chosen
    served = np.zeros(len(problem.risk), dtype=bool)
    served[problem.person[taken]] = True
    helper, service = problem.helper, problem.service
    own, at = taken & (helper != NOBODY), taken & (service != NOBODY)
    minutes = problem.helper_minutes - np.bincount(helper[own], problem.minutes[own], len(problem.helper_minutes))
    people = problem.helper_people - np.bincount(helper[own], minlength=len(problem.helper_people))
    places = problem.places - np.bincount(service[at], minlength=len(problem.places))
    helper_full = np.zeros(len(helper), dtype=bool)
    given = helper != NOBODY
    helper_full[given] = (minutes[helper[given]] < problem.minutes[given]) | (people[helper[given]] < 1)
    service_full = np.zeros(len(service), dtype=bool)
    service_full[service != NOBODY] = places[service[service != NOBODY]] < 1
    too_dear = problem.cost > problem.budget - problem.cost[taken].sum()
    worthless = problem.value <= 0
    found: dict[int, str] = {}
    for person in np.unique(problem.person):
        if served[person]:
            continue
        mine = problem.person == person
        if worthless[mine].all():
            found[int(person)] = TOO_FAR
            continue
        mine &= ~worthless
        blocked = helper_full | service_full | too_dear
        if not blocked[mine].all():
            found[int(person)] = EVEN_CASELOADS if plan.given_up > 0 else NOT_FOUND
            continue
        limits = ((helper_full, HELPERS_FULL), (service_full, PLACES_FULL), (too_dear, BUDGET_SPENT))
        found[int(person)] = "; ".join(words for full, words in limits if full[mine].any())
    return found
