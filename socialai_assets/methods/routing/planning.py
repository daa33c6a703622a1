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
from socialai_assets.methods.routing.splitting import idle_carriers, ranks, with_parts, worth_left
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

    Deliveries larger than any vehicle come in parts for the largest ones. Where some are left out while smaller
    vehicles stand idle, smaller parts are tried too, each time within the same limits; the plan that leaves the least
    out, then the cheapest, is kept.

    Args:
        start: routes to begin from; not used for a problem that is planned in parts.
        reasons: whether to explain every stop left out, which can take longer than the search.

    Raises:
        ValueError: the engine asked for does not know what the problem needs, or a large problem has no coordinates.
    """
    split = settings.constraints.split_deliveries
    best = _searched(prepared(with_parts(problem) if split else problem, settings), settings, start)
    for rank in range(1, ranks(problem) if split else 1):
        if not idle_carriers(best.problem, best.solution):
            break
        other = _searched(prepared(with_parts(problem, rank), settings), settings, start)
        best = min((best, other), key=lambda found: (worth_left(found.problem, found.solution), found.solution.cost))
    explanations = best.explanations() if reasons else ()
    return Plan(best.problem, best.solution, explanations, best.violations)


@dataclass(frozen=True)
class _Searched:
    """A plan without reasons, with those of its pieces, which share no vehicle and no stop."""

    problem: Problem
    solution: Solution
    pieces: tuple[tuple[Problem, Solution], ...]
    violations: tuple[Violation, ...]

    def explanations(self) -> tuple[Explanation, ...]:
        """Of every stop left out."""
        why = {each.stop: each for piece, solution in self.pieces for each in explain(piece, solution)}
        # Stops that no vehicle at all may serve belong to no piece.
        alone = [stop for stop in self.solution.unserved if stop not in why]
        why.update({each.stop: each for each in explain_stops(self.problem, {}, alone)})
        return tuple(why[stop] for stop in self.solution.unserved)


def _searched(problem: Problem, settings: RoutingSettings, start: Sequence[VisitOrder]) -> _Searched:
    parts = independent_parts(problem)
    pieces: list[tuple[Problem, Solution]] = []
    broken: list[Violation] = []
    for part in parts:
        share = len(part.stops) / max(1, len(problem.stops))
        mine = problem if len(parts) == 1 else subset(problem, part.stops, part.vehicles)
        names = {*part.stops, *part.vehicles}
        known = [order for order in start if order.vehicle in names]
        found, wrong = _planned(mine, settings, settings.limits.limits().shared(share), known)
        pieces.append((mine, found))
        broken += wrong
    first = pieces[0][1] if pieces else solve(problem, settings.limits.limits(), engine=settings.engine)
    solution = assemble(
        problem,
        [route for _, found in pieces for route in found.routes],
        engine=first.engine,
        engine_reason=first.engine_reason,
        seconds=sum(found.seconds for _, found in pieces),
        iterations=sum(found.iterations for _, found in pieces),
    )
    return _Searched(problem, solution, tuple(pieces), tuple(broken))


def _planned(
    problem: Problem, settings: RoutingSettings, limits: Limits, start: Sequence[VisitOrder]
) -> tuple[Solution, list[Violation]]:
    """A piece of a problem that shares no vehicle and no stop with the others."""
    if len(problem.stops) > settings.whole_up_to:
        solution = solve_in_parts(problem, limits, engine=settings.engine, seed=settings.seed, part=settings.part_stops)
        return solution, violations_in_parts(problem, solution, settings.part_stops)
    solution = solve(problem, limits, engine=settings.engine, seed=settings.seed, start=start)
    return solution, violations(problem, solution)
