"""Plans by objective: most people reached, weighted by priority, proportionally fair, max-min. States no reasons.

Amounts that people fixed are kept by all of them. Minimum needs come before every objective: first as much of them is
met as can be, then the objective is maximised among the plans that meet as much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from socialai_assets.methods.allocation.decisions import FixedAmountsError, conflicts
from socialai_assets.methods.allocation.linear_programs import FEASIBLE, INFEASIBLE, OPTIMAL, UNFINISHED, Solution
from socialai_assets.methods.allocation.problem import (
    AllocationProblem,
    Plan,
    attainable_coverage,
    coverage,
)
from socialai_assets.methods.allocation.programme import Programme

PEOPLE, WEIGHTED, PROPORTIONAL, MAX_MIN = "people", "weighted", "proportional", "max_min"
OBJECTIVES = (PEOPLE, WEIGHTED, PROPORTIONAL, MAX_MIN)

# Coverage at which pieces of the logarithm join; closest where it bends most.
_LOG_BREAKS = np.array([0, 0.02, *np.arange(1, 21) / 20])
_LOG_OFFSET = 0.01
# Of two plans that reach as many, the cheaper; the whole cost weighs as much as this share of all people.
_COST_SHARE = 1e-4
# A later programme may fall this far, relatively, below what an earlier one reached, lest rounding make it infeasible.
_SLACK = 1e-6


@dataclass(frozen=True)
class Terms:
    """How a plan is looked for.

    Attributes:
        segments: pieces of the expected demand met, by quantiles of demand; as many as scenarios make it exact.
        minimum_required: a plan that leaves a minimum unmet is no plan; otherwise it is met as far as can be.
        risk_aversion: 0 maximises the mean over scenarios of what `weighted` counts, 1 the mean of the worst ones
            (conditional value at risk; Rockafellar and Uryasev 2000, Journal of Risk 2:21-41).
        tail: share of scenarios that are the worst.
        max_min_rounds: how often the lowest coverage that can still rise is raised; then people are maximised.
        seconds: limit for each programme.
    """

    segments: int = 5
    minimum_required: bool = False
    risk_aversion: float = 0.0
    tail: float = 0.2
    max_min_rounds: int = 2
    seconds: float = 60.0


class Planner:
    """One problem, planned by any objective; what the objectives have in common is computed once.

    Raises:
        FixedAmountsError: amounts that people fixed exceed what there is; it names which, and why.
    """

    def __init__(self, problem: AllocationProblem, terms: Terms | None = None) -> None:
        self.problem, self.terms = problem, terms or Terms()
        refused = conflicts(problem, seconds=self.terms.seconds)
        if refused:
            raise FixedAmountsError(refused)
        self.attainable = attainable_coverage(problem)
        self.minimum_met = self._most_minimum_met()

    def plan(self, objective: str) -> Plan:
        """The plan that maximises an objective.

        Raises:
            ValueError: unknown objective.
            RuntimeError: the solver failed.
        """
        if objective not in OBJECTIVES:
            raise ValueError(f"`{objective}` is no objective; there are {', '.join(OBJECTIVES)}.")
        if self.minimum_met is None:
            return self._nothing(objective)
        programme = self._programme()
        if objective == MAX_MIN:
            floors = self.floors(rounds=self.terms.max_min_rounds)
            return self.plan_with_floors(floors, objective)
        if objective == PROPORTIONAL:
            self._aim_proportional(programme)
        elif objective == WEIGHTED:
            self._aim_weighted(programme)
        else:
            self._aim_people(programme)
        return self._finished(programme, programme.program.solve(seconds=self.terms.seconds), objective)

    def plan_with_floors(self, floors: np.ndarray, objective: str = PEOPLE) -> Plan:
        """Most people reached among the plans that give each place its floor of coverage, (P,)."""
        if self.minimum_met is None:
            return self._nothing(objective)
        programme = self._programme()
        wanted = np.flatnonzero(floors > 0)
        # Every floor was reached by a plan, so only rounding could make them infeasible together.
        rows = self._coverage_rows(programme, wanted, lower=np.maximum(floors[wanted] - _SLACK, 0.0))
        assert len(rows) == len(wanted)
        self._aim_people(programme)
        return self._finished(programme, programme.program.solve(seconds=self.terms.seconds), objective)

    def floors(self, *, rounds: int = 1) -> np.ndarray:
        """(P,) the highest floor of coverage all can have, as a share of what each could attain, raised in rounds.

        Places that share no depot, directly or by others, and no budget have a floor of their own. After each round
        the places that cannot rise keep their floor (their row has a price), and the others' is raised (leximin;
        Ogryczak et al. 2014, Journal of Applied Mathematics, on fair optimisation).
        """
        floors = np.zeros(len(self.problem.places))
        if self.minimum_met is None:
            return floors
        rising = self.attainable > 1e-9
        sharing = self._sharing()
        for number in range(rounds):
            places = np.flatnonzero(rising)
            if not len(places):
                break
            programme = self._programme()
            program = programme.program
            groups, group = np.unique(sharing[places], return_inverse=True)
            level = program.add_columns(len(groups), upper=1.0)
            fixed = np.flatnonzero(~rising & (floors > 0))
            self._coverage_rows(programme, fixed, lower=np.maximum(floors[fixed] - _SLACK, 0.0))
            rows = self._coverage_rows(programme, places, lower=0.0)
            program.add_entries(rows, level[group], -self.attainable[places])
            program.set_aim(level, 1.0)
            solve = program.solve if program.has_whole else program.solve_with_duals
            found = solve(seconds=self.terms.seconds)
            if found.status not in (OPTIMAL, FEASIBLE):
                # The floors of the rounds before hold in any case; the first one is the lowest coverage itself.
                if number:
                    break
                raise RuntimeError(f"No floor of coverage was found: {found.status}; allow more seconds.")
            reached = found.values[level][group] * self.attainable[places]
            floors[places] = np.maximum(floors[places], reached)
            if not len(found.duals):
                break
            stuck = (np.abs(found.duals[rows]) > 1e-9) | (found.values[level][group] >= 1 - 1e-9)
            if not stuck.any():
                break
            rising[places[stuck]] = False
        return floors

    def _sharing(self) -> np.ndarray:
        """(P,) number of the group of places that share depots; one for all where there is a budget."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        places, depots = len(self.problem.places), len(self.problem.depots)
        if np.isfinite(self.problem.budget) or self.minimum_met:
            return np.zeros(places, dtype=int)
        links = coo_matrix(
            (np.ones(len(self.problem.link_place)), (self.problem.link_place, self.problem.link_depot + places)),
            shape=(places + depots, places + depots),
        )
        return connected_components(links, directed=False)[1][:places]

    def _programme(self) -> Programme:
        """The limits, and as much of the minimum needs as can be met."""
        programme = Programme(self.problem, self.terms.segments)
        if self.minimum_met:
            first = np.flatnonzero(programme.is_minimum)
            row = programme.program.add_rows(1, lower=self.minimum_met * (1 - _SLACK))
            programme.program.add_entries(row, programme.segment[first], self._minimum_worth(programme, first))
        return programme

    def _minimum_worth(self, programme: Programme, columns: np.ndarray) -> np.ndarray:
        people = np.maximum(self.problem.people[programme.place[columns]], 1e-3)
        return people / self.problem.people.sum().clip(1e-3) / programme.minimum[columns]

    def _most_minimum_met(self) -> float | None:
        """How much of the minimum needs can be met, by people; None where all must and cannot be."""
        if not (self.problem.minimum > 0).any():
            return 0.0
        programme = Programme(self.problem, 1)
        first = np.flatnonzero(programme.is_minimum)
        worth = self._minimum_worth(programme, first)
        programme.program.set_aim(programme.segment[first], worth)
        found = programme.program.solve(seconds=self.terms.seconds)
        if found.status == UNFINISHED:
            raise RuntimeError("No plan was found within the time limit; allow more seconds.")
        if self.terms.minimum_required and found.objective < float(worth @ programme.width[first]) * (1 - _SLACK):
            return None
        return found.objective

    def _coverage_rows(self, programme: Programme, places: np.ndarray, *, lower: float | np.ndarray) -> np.ndarray:
        rows = programme.program.add_rows(len(places), lower=lower)
        row_of = np.full(len(self.problem.places), -1)
        row_of[places] = rows
        inside = row_of[programme.place] >= 0
        programme.program.add_entries(
            row_of[programme.place[inside]], programme.segment[inside], programme.value[inside]
        )
        return rows

    def _aim(self, programme: Programme, columns: np.ndarray, values: np.ndarray, scale: float) -> None:
        everything = float(self.problem.demand.max(axis=0).sum()) * float(self.problem.link_cost.max(initial=0.0))
        price = _COST_SHARE * scale / everything if everything > 0 else 0.0
        programme.program.set_aim(
            np.concatenate([columns, programme.flow]), np.concatenate([values, -price * programme.flow_cost])
        )

    def _aim_people(self, programme: Programme) -> None:
        people = self.problem.people
        self._aim(programme, programme.segment, people[programme.place] * programme.value, float(people.sum()))

    def _aim_weighted(self, programme: Programme) -> None:
        problem, terms = self.problem, self.terms
        weight = problem.priority_by_scenario * problem.people
        scenarios = len(weight)
        worth = weight[:, programme.place] * programme.slope * programme.unit_value
        mean = worth.mean(axis=0)
        scale = float(weight.mean(axis=0).sum())
        if terms.risk_aversion <= 0:
            self._aim(programme, programme.segment, mean, scale)
            return
        program = programme.program
        mark = program.add_columns(1, lower=-np.inf)
        below = program.add_columns(scenarios)
        rows = program.add_rows(scenarios, lower=0.0)
        # The scenario's total and what it lacks make up at least the mark.
        scenario, column = np.nonzero(worth)
        program.add_entries(rows[scenario], programme.segment[column], worth[scenario, column])
        program.add_entries(rows, below, 1.0)
        program.add_entries(rows, np.repeat(mark, scenarios), -1.0)
        share = terms.risk_aversion
        columns = np.concatenate([programme.segment, mark, below])
        lack = np.full(scenarios, -share / (terms.tail * scenarios))
        self._aim(programme, columns, np.concatenate([(1 - share) * mean, [share], lack]), scale)

    def _aim_proportional(self, programme: Programme) -> None:
        places = np.flatnonzero(self.attainable > 1e-9)
        rows = self._coverage_rows(programme, places, lower=0.0)
        pieces = len(_LOG_BREAKS) - 1
        part = programme.program.add_columns(len(places) * pieces, upper=np.tile(np.diff(_LOG_BREAKS), len(places)))
        programme.program.add_entries(np.repeat(rows, pieces), part, -1.0)
        slope = np.diff(np.log(_LOG_BREAKS + _LOG_OFFSET)) / np.diff(_LOG_BREAKS)
        people = self.problem.people[places]
        self._aim(programme, part, np.outer(people, slope).ravel(), float(people.sum()))

    def _finished(self, programme: Programme, found: Solution, objective: str) -> Plan:
        if found.status in (INFEASIBLE, UNFINISHED):
            raise RuntimeError(f"The solver ended without a plan: {found.status}; allow more seconds or segments.")
        problem = self.problem
        sent = programme.sent(found.values)
        received = np.zeros_like(problem.minimum)
        np.add.at(received, problem.link_place, sent)
        covered = coverage(problem, received)
        return Plan(
            objective=objective,
            status=found.status,
            gap=found.gap,
            sent=sent,
            received=received,
            refused=found.values[programme.refused],
            coverage=covered,
            attainable=self.attainable,
            people_reached=float(np.nansum(covered * problem.people)),
            cost=float((sent * problem.link_cost[:, :, None]).sum()),
        )

    def _nothing(self, objective: str) -> Plan:
        problem = self.problem
        return Plan(
            objective=objective,
            status=INFEASIBLE,
            gap=float("nan"),
            sent=np.zeros((len(problem.link_depot), len(problem.items), problem.periods)),
            received=np.zeros_like(problem.minimum),
            refused=np.zeros(len(problem.batch_quantity)),
            coverage=coverage(problem, np.zeros_like(problem.minimum)),
            attainable=self.attainable,
            people_reached=0.0,
            cost=0.0,
        )


def plan_allocation(problem: AllocationProblem, objective: str = PEOPLE, terms: Terms | None = None) -> Plan:
    """The plan of a problem that maximises an objective, with why it is infeasible where it is.

    Raises:
        FixedAmountsError: amounts that people fixed exceed what there is.
        ValueError: unknown objective.
        RuntimeError: the solver failed, or found no plan within its time.
    """
    from socialai_assets.methods.allocation.reasons import why_infeasible

    made = Planner(problem, terms).plan(objective)
    return made if made.status != INFEASIBLE else replace(made, why_infeasible=why_infeasible(problem, terms))
