"""From a problem and settings to a plan with reasons: splits, prioritises, chooses how to search, explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from socialai_assets.methods.routing.checking import Violation, violations
from socialai_assets.methods.routing.decomposition import independent_parts, solve_in_parts, violations_in_parts
from socialai_assets.methods.routing.problem import Problem
from socialai_assets.methods.routing.reasons import Explanation, explain, explain_stops
from socialai_assets.methods.routing.settings import RoutingSettings, prepared
from socialai_assets.methods.routing.solution import Solution, VisitOrder, assemble
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.splitting import with_parts
from socialai_assets.methods.routing.stopping import Limits
from socialai_assets.methods.routing.subsets import subset


@dataclass(frozen=True)
class Plan:
    """A plan for a problem as the settings made it.

    Attributes:
        explanations: of every stop left out.
        violations: what the independent check found; empty for every plan that may be used.
    """

    problem: Problem
    solution: Solution
    explanations: tuple[Explanation, ...]
    violations: tuple[Violation, ...]


def plan(
    problem: Problem, settings: RoutingSettings, start: Sequence[VisitOrder] = (), *, reasons: bool = True
) -> Plan:
    """A checked plan with reasons.

    Args:
        start: routes to begin from; not used for a problem that is planned in parts.
        reasons: whether to explain every stop left out, which can take longer than the search.

    Raises:
        ValueError: the engine asked for does not know what the problem needs, or a large problem has no coordinates.
    """
    problem = prepared(with_parts(problem) if settings.constraints.split_deliveries else problem, settings)
    pieces, found = independent_parts(problem), []
    for piece in pieces:
        whole = len(pieces) == 1
        share = len(piece.stops) / max(1, len(problem.stops))
        mine = problem if whole else subset(problem, piece.stops, piece.vehicles)
        names = {*piece.stops, *piece.vehicles}
        known = [order for order in start if order.vehicle in names]
        found.append((mine, *_planned(mine, settings, settings.limits.limits().shared(share), known, reasons)))
    routes = [route for _, solution, _, _ in found for route in solution.routes]
    first = found[0][1] if found else solve(problem, settings.limits.limits(), engine=settings.engine)
    solution = assemble(
        problem,
        routes,
        engine=first.engine,
        engine_reason=first.engine_reason,
        seconds=sum(each.seconds for _, each, _, _ in found),
        iterations=sum(each.iterations for _, each, _, _ in found),
    )
    why = {each.stop: each for _, _, explanations, _ in found for each in explanations}
    # Stops that no vehicle at all may serve belong to no piece.
    alone = [stop for stop in solution.unserved if stop not in why]
    why.update({each.stop: each for each in explain_stops(problem, {}, alone if reasons else ())})
    broken = [violation for _, _, _, violations_ in found for violation in violations_]
    return Plan(problem, solution, tuple(why[stop] for stop in solution.unserved if stop in why), tuple(broken))


def _planned(
    problem: Problem, settings: RoutingSettings, limits: Limits, start: Sequence[VisitOrder], reasons: bool
) -> tuple[Solution, list[Explanation], list[Violation]]:
    """A piece of a problem that shares no vehicle and no stop with the others."""
    if len(problem.stops) > settings.whole_up_to:
        solution = solve_in_parts(problem, limits, engine=settings.engine, seed=settings.seed, part=settings.part_stops)
        broken = violations_in_parts(problem, solution, settings.part_stops)
    else:
        solution = solve(problem, limits, engine=settings.engine, seed=settings.seed, start=start)
        broken = violations(problem, solution)
    return solution, explain(problem, solution) if reasons else [], broken
