"""Routes in VROOM's JSON and allocations in ours, solved by the platform's methods within a time limit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse

from socialai_assets.methods.allocation.json_format import AllocationRequest
from socialai_assets.methods.routing.vroom_format import VroomRequest
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.problems import BadRequest, responses

router = APIRouter(prefix="/solve", tags=["solving"])
# Reading, reasons and writing take their part of the time an answer may take.
SEARCH_SHARE = 0.5
MOST_STOPS = 1000
# A small problem is solved long before its time is over.
ITERATIONS = 2000
Seconds = Annotated[float | None, Query(gt=0, le=3600, description="Longest search; the service has its own limit.")]
_ROUTES_EXAMPLE = {
    "vehicles": [{"id": 1, "start": [-77.04, -12.05], "end": [-77.04, -12.05], "capacity": [10]}],
    "jobs": [
        {"id": 11, "location": [-77.05, -12.06], "service": 300, "delivery": [4]},
        {"id": 12, "location": [-77.01, -12.01], "service": 300, "delivery": [4]},
    ],
}
_ALLOCATION_EXAMPLE = {
    "items": [{"id": "water"}],
    "places": [{"id": "north", "people": 100}, {"id": "south", "people": 50}],
    "depots": [{"id": "port"}],
    "links": [{"depot": "port", "place": "north"}, {"depot": "port", "place": "south"}],
    "batches": [{"depot": "port", "item": "water", "quantity": 90}],
    "demand": [
        {"place": "north", "item": "water", "quantity": 100},
        {"place": "south", "item": "water", "quantity": 50},
    ],
}


@router.post(
    "/routes",
    responses={200: {"description": "VROOM's output, with a `reason` for each unassigned task."}, **responses(422)},
    response_class=JSONResponse,
)
def routes(
    platform: Serving,
    asker: Asking,
    asked: Annotated[VroomRequest, Body(examples=[_ROUTES_EXAMPLE])],
    seconds: Seconds = None,
) -> JSONResponse:
    """Plan routes: VROOM 1.14's input and output; what is left out has its reason and the cheapest change."""
    from socialai_assets.methods.routing import vroom_input, vroom_output
    from socialai_assets.methods.routing.reasons import explain
    from socialai_assets.methods.routing.solving import solve
    from socialai_assets.methods.routing.stopping import Limits

    platform.gate.allow(asker, "solve")
    stops = len(asked.jobs) + 2 * len(asked.shipments)
    if stops > MOST_STOPS:
        raise BadRequest(
            f"{stops:,} stops are more than one request may have", do=f"Send at most {MOST_STOPS:,}, by region or day."
        )
    limit = _limit(seconds, platform.service.limits.seconds)
    try:
        read = vroom_input.read(asked.model_dump(mode="python", exclude_unset=True))
        found = solve(read.problem, Limits(wall_seconds=limit, iterations=ITERATIONS), start=read.start)
    except ValueError as error:
        raise BadRequest(
            str(error), do="VROOM's API.md describes the format; docs/user-guide.md what differs."
        ) from error
    return JSONResponse(vroom_output.write(read, found, explain(read.problem, found)))


@router.post(
    "/allocation",
    responses={200: {"description": "What is sent where and when, and what it comes to."}, **responses(422)},
    response_class=JSONResponse,
)
def allocation(
    platform: Serving,
    asker: Asking,
    asked: Annotated[AllocationRequest, Body(examples=[_ALLOCATION_EXAMPLE])],
    seconds: Seconds = None,
) -> JSONResponse:
    """Share a stock among places by people reached, priority, proportional fairness or the least covered first."""
    from socialai_assets.methods.allocation.decisions import FixedAmountsError
    from socialai_assets.methods.allocation.json_format import plan_json, problem_of
    from socialai_assets.methods.allocation.planning import Terms, plan_allocation

    platform.gate.allow(asker, "solve")
    terms = Terms(minimum_required=asked.minimum_required, seconds=_limit(seconds, platform.service.limits.seconds))
    try:
        problem = problem_of(asked)
        plan = plan_allocation(problem, asked.objective, terms)
    except (ValueError, FixedAmountsError) as error:
        raise BadRequest(str(error), do="Correct it; /v1/openapi.json describes every part.") from error
    answer: dict[str, Any] = plan_json(problem, plan)
    return JSONResponse(answer)


def _limit(seconds: float | None, most: float) -> float:
    return min(seconds or most, most * SEARCH_SHARE)
