"""What a plan is worth on demand that came true, beside other ways to plan. Fits no forecast.

Regret is what perfect foresight would have reached and the plan did not. The value of the stochastic solution is what
planning for scenarios reaches more than planning for their mean, both judged by demand neither was made from (Birge and
Louveaux 2011, ch. 4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.planning import PEOPLE, Planner, Terms
from socialai_assets.methods.allocation.problem import AllocationProblem, Plan, attainable_coverage, coverage

SCENARIOS, POINT = "demand scenarios", "point forecast"
SHARES, FORESIGHT = "proportional shares", "perfect foresight"


def proportional_shares(problem: AllocationProblem) -> Plan:
    """The common rule: each depot shares what it has by expected demand, each place served by its cheapest depot.

    Stock is spread over the periods left, by their demand; first expired goes out first; loads and budget cut all
    shares alike. The rule knows no fixed amounts.
    """
    mean = problem.demand.mean(axis=0)
    items, periods = len(problem.items), problem.periods
    ways = [_cheapest_links(problem, period) for period in range(periods)]
    wanted = np.zeros((len(problem.depots), items, periods))
    for period, used in enumerate(ways):
        np.add.at(wanted[:, :, period], problem.link_depot[used], mean[problem.link_place[used], :, period])
    left = problem.batch_quantity.astype(float).copy()
    refused = np.zeros_like(left)
    room = problem.volume_m3[problem.batch_item]
    stored = np.bincount(problem.batch_depot, left * room * (problem.batch_arrives == 0), minlength=len(problem.depots))
    limit = np.maximum(problem.storage_m3, stored)
    sent = np.zeros((len(problem.link_depot), items, periods))
    budget = problem.budget
    for now, own in enumerate(ways):
        depot, place = problem.link_depot[own], problem.link_place[own]
        for batch in np.flatnonzero((problem.batch_arrives == now) & (now > 0)).tolist():
            at = problem.batch_depot[batch]
            fits = min(left[batch], max(limit[at] - stored[at], 0.0) / room[batch]) if room[batch] > 0 else left[batch]
            refused[batch], left[batch] = left[batch] - fits, fits
            stored[at] += fits * room[batch]
        usable = (problem.batch_arrives <= now) & (problem.batch_expires >= now)
        held = np.zeros((len(problem.depots), items))
        np.add.at(held, (problem.batch_depot[usable], problem.batch_item[usable]), left[usable])
        ahead = wanted[:, :, now:].sum(axis=2)
        part = np.divide(held, ahead, out=np.zeros_like(held), where=ahead > 0).clip(max=1.0)
        shares = part[depot] * mean[place, :, now]
        unlimited = np.full_like(problem.vehicle_kg, np.inf)
        hours = unlimited if problem.vehicle_hours is None else problem.vehicle_hours
        for capacity, load in (
            (problem.vehicle_kg, problem.weight_kg),
            (problem.vehicle_m3, problem.volume_m3),
            (hours, problem.unit_hours[own]),
        ):
            loaded = np.bincount(depot, (shares * load).sum(axis=1), minlength=len(problem.depots))
            cut = np.divide(capacity[:, now], loaded, out=np.ones(len(loaded)), where=loaded > capacity[:, now])
            shares *= cut[depot][:, None]
        price = float((shares * problem.link_cost[own]).sum())
        allowed = budget / (periods - now)
        shares *= min(1.0, allowed / price) if price > 0 else 1.0
        shares[:, problem.whole] = np.floor(shares[:, problem.whole] + 1e-9)
        budget -= float((shares * problem.link_cost[own]).sum())
        sent[own, :, now] = shares
        taken = np.zeros_like(held)
        np.add.at(taken, depot, shares)
        for batch in np.flatnonzero(usable)[np.argsort(problem.batch_expires[usable], kind="stable")].tolist():
            key = problem.batch_depot[batch], problem.batch_item[batch]
            used = min(left[batch], taken[key])
            left[batch] -= used
            taken[key] -= used
            stored[key[0]] -= used * room[batch]
    return _plan_of(problem, sent, refused, SHARES)


def compare_on_observed(
    problem: AllocationProblem, observed: np.ndarray, objective: str = PEOPLE, terms: Terms | None = None
) -> pd.DataFrame:
    """Ways to plan, each judged by the demand that came true.

    Args:
        problem: demand as scenarios known on the day of the plan.
        observed: (P, I, T) demand that came true, or (R, P, I, T) outcomes that are judged one by one and averaged.
        objective: what the plans maximise.
        terms: how they are looked for.

    Returns:
        One row a way to plan: plan, people_reached, least_coverage, unmet_units, surplus_units, cost, regret_people,
        regret_share.
    """
    outcomes = observed if observed.ndim == 4 else observed[None]
    terms = terms or Terms()
    mean = problem.demand.mean(axis=0, keepdims=True)
    expected = replace(problem, demand=mean, priority=problem.priority_by_scenario.mean(axis=0))
    plans = {
        SCENARIOS: [Planner(problem, terms).plan(objective)] * len(outcomes),
        POINT: [Planner(expected, terms).plan(objective)] * len(outcomes),
        SHARES: [proportional_shares(problem)] * len(outcomes),
        FORESIGHT: [
            Planner(replace(expected, demand=outcome[None]), replace(terms, segments=1)).plan(objective)
            for outcome in outcomes
        ],
    }
    rows = []
    for name, made in plans.items():
        judged = [_judged(problem, plan, outcome) for plan, outcome in zip(made, outcomes, strict=True)]
        rows.append({"plan": name, **pd.DataFrame(judged).mean().to_dict()})
    frame = pd.DataFrame(rows)
    best = float(frame.loc[frame["plan"] == FORESIGHT, "people_reached"].iloc[0])
    frame["regret_people"] = best - frame["people_reached"]
    frame["regret_share"] = frame["regret_people"] / best if best > 0 else 0.0
    return frame


@dataclass(frozen=True)
class StochasticValue:
    """What planning for scenarios is worth.

    Attributes:
        by_scenarios: people reached on average, on demand drawn anew, by the plan for scenarios.
        by_mean: the same by the plan for their mean.
        value: the difference, in people.
    """

    by_scenarios: float
    by_mean: float

    @property
    def value(self) -> float:
        """People reached more because the plan knows how uncertain demand is."""
        return self.by_scenarios - self.by_mean


def value_of_stochastic_solution(
    problem: AllocationProblem, fresh: np.ndarray, objective: str = PEOPLE, terms: Terms | None = None
) -> StochasticValue:
    """People reached by planning for scenarios and for their mean, on scenarios drawn anew.

    Args:
        problem: with the scenarios the plans are made from.
        fresh: (R, P, I, T) scenarios they are judged by.
        objective: what the plans maximise.
        terms: how they are looked for.
    """
    mean = replace(
        problem,
        demand=problem.demand.mean(axis=0, keepdims=True),
        priority=problem.priority_by_scenario.mean(axis=0),
    )
    plans = [Planner(one, terms).plan(objective) for one in (problem, mean)]
    judge = replace(problem, demand=fresh, priority=problem.priority_by_scenario.mean(axis=0))
    reached = [float(np.nansum(coverage(judge, plan.received) * problem.people)) for plan in plans]
    return StochasticValue(*reached)


def _judged(problem: AllocationProblem, plan: Plan, outcome: np.ndarray) -> dict[str, float]:
    truth = replace(problem, demand=outcome[None], priority=problem.priority_by_scenario.mean(axis=0))
    covered = coverage(truth, plan.received)
    reachable = plan.attainable > 0
    known = reachable & np.isfinite(covered)
    return {
        "people_reached": float(np.nansum(covered * problem.people)),
        "least_coverage": float(covered[known].min()) if known.any() else float("nan"),
        "unmet_units": float(np.maximum(outcome - plan.received, 0.0).sum()),
        "surplus_units": float(np.maximum(plan.received - outcome, 0.0).sum()),
        "cost": plan.cost,
    }


def _cheapest_links(problem: AllocationProblem, period: int) -> np.ndarray:
    """(P',) the cheapest link open in a period of each place that has one."""
    usable = np.flatnonzero(problem.open_links[:, period])
    order = usable[np.lexsort((problem.link_cost[usable].sum(axis=1), problem.link_place[usable]))]
    _, first = np.unique(problem.link_place[order], return_index=True)
    return order[first]


def _plan_of(problem: AllocationProblem, sent: np.ndarray, refused: np.ndarray, name: str) -> Plan:
    received = np.zeros_like(problem.minimum)
    np.add.at(received, problem.link_place, sent)
    covered = coverage(problem, received)
    return Plan(
        objective=name,
        status="feasible",
        gap=float("nan"),
        sent=sent,
        received=received,
        refused=refused,
        coverage=covered,
        attainable=attainable_coverage(problem),
        people_reached=float(np.nansum(covered * problem.people)),
        cost=float((sent * problem.link_cost[:, :, None]).sum()),
    )
