"""From a problem and settings to a plan with reasons: splits, prioritises, chooses how to search, explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from socialai_assets.methods.routing.checking import Violation, violations
from socialai_assets.methods.routing.decomposition import solve_in_parts, violations_in_parts
from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.reasons import Explanation, explain
from socialai_assets.methods.routing.settings import RoutingSettings, prepared
from socialai_assets.methods.routing.solution import Solution, VisitOrder
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.splitting import with_parts


@dataclass(frozen=True)
class Plan:
    """A plan for a problem as the settings made it.

    Attributes:
        explanations: of every stop left out; none where the problem was planned in parts of its own.
        violations: what the independent check found; empty for every plan that may be used.
    """

    problem: Problem
    solution: Solution
    explanations: tuple[Explanation, ...]
    violations: tuple[Violation, ...]


def plan(problem: Problem, settings: RoutingSettings, start: Sequence[VisitOrder] = ()) -> Plan:
    """A checked plan with reasons.

    Args:
        start: routes to begin from; not used for a problem that is planned in parts.

    Raises:
        ValueError: the engine asked for does not know what the problem needs, or a large problem has no coordinates.
    """
    problem = prepared(with_parts(problem) if settings.constraints.split_deliveries else problem, settings)
    limits, large = settings.limits.limits(), len(problem.stops) > settings.whole_up_to
    if large:
        solution = solve_in_parts(problem, limits, engine=settings.engine, seed=settings.seed, part=settings.part_stops)
        broken = violations_in_parts(problem, solution, settings.part_stops)
    else:
        solution = solve(problem, limits, engine=settings.engine, seed=settings.seed, start=start)
        broken = violations(problem, solution)
    return Plan(problem, solution, tuple(explain(problem, solution)), tuple(broken))
