"""An allocation problem and its plan as JSON for other programs, things by their names. Solves nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.methods.allocation.problem import ANY_DEPOT, AllocationProblem, FixedAmounts, Plan

Amount = Annotated[float, Field(ge=0, le=1e12)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Period = Annotated[int, Field(ge=0, le=519)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Item(_Part):
    """Something to share."""

    id: Name
    weight_kg: Amount = 0
    volume_m3: Amount = 0
    whole: bool = Field(False, description="Whether it is sent in whole units only.")
    weight: Amount = Field(1, description="How much it counts in a place's coverage.")


class Place(_Part):
    """Somewhere that is supplied."""

    id: Name
    people: Amount
    priority: Amount = Field(1, description="Weight of a person; used by the objective `weighted` only.")


class Depot(_Part):
    """Somewhere that supplies. What is left out is not limited."""

    id: Name
    storage_m3: Amount | None = None
    vehicle_kg: Amount | None = Field(None, description="Weight its vehicles carry in a period.")
    vehicle_m3: Amount | None = None


class Link(_Part):
    """A way from a depot to a place; only linked places can be served."""

    depot: Name
    place: Name
    cost: Amount = Field(0, description="USD a unit of any item.")


class Batch(_Part):
    """Stock, or what arrives."""

    depot: Name
    item: Name
    quantity: Amount
    arrives: Period = Field(0, description="Period it arrives at the beginning of.")
    expires: Period | None = Field(None, description="Last period it may be handed out in.")


class Wanted(_Part):
    """An amount of an item at a place in a period."""

    place: Name
    item: Name
    period: Period = 0
    quantity: Amount


class Fixed(Wanted):
    """An amount that is decided already."""

    depot: Name | None = Field(None, description="From this depot; else from all together.")


class AllocationRequest(_Part):
    """A problem of sharing a stock among places."""

    objective: Literal["people", "weighted", "proportional", "max_min"] = "people"
    periods: int = Field(1, ge=1, le=520)
    budget_usd: Amount | None = None
    minimum_required: bool = Field(False, description="Whether a plan that leaves a minimum unmet is no plan.")
    items: list[Item] = Field(min_length=1, max_length=1000)
    places: list[Place] = Field(min_length=1, max_length=10_000)
    depots: list[Depot] = Field(min_length=1, max_length=1000)
    links: list[Link] = Field(min_length=1, max_length=100_000)
    batches: list[Batch] = Field([], max_length=100_000)
    demand: list[Wanted] = Field(min_length=1, max_length=100_000)
    minimum: list[Wanted] = Field([], max_length=100_000)
    fixed: list[Fixed] = Field([], max_length=100_000)


def problem_of(asked: AllocationRequest) -> AllocationProblem:
    """The problem.

    Raises:
        ValueError: a name stands there twice or names nothing, or a period is beyond the last; says which.
    """
    places = _numbers("places", [place.id for place in asked.places])
    items = _numbers("items", [item.id for item in asked.items])
    depots = _numbers("depots", [depot.id for depot in asked.depots])
    cells = len(places) * len(items) * asked.periods
    if cells > 2_000_000:
        raise ValueError(f"{cells:,} combinations of place, item and period are more than 2,000,000.")
    shape = (len(places), len(items), asked.periods)
    demand, minimum = np.zeros(shape), np.zeros(shape)
    for name, amounts, wanted in (("demand", demand, asked.demand), ("minimum", minimum, asked.minimum)):
        for one in wanted:
            amounts[_cell(name, one, places, items, asked.periods)] += one.quantity
    fixed = [(_cell("fixed", one, places, items, asked.periods), one) for one in asked.fixed]
    return AllocationProblem(
        places=tuple(places),
        items=tuple(items),
        depots=tuple(depots),
        people=np.array([place.people for place in asked.places], dtype=float),
        demand=demand[np.newaxis],
        minimum=minimum,
        priority=np.array([place.priority for place in asked.places], dtype=float),
        link_depot=_found("links.depot", [link.depot for link in asked.links], depots),
        link_place=_found("links.place", [link.place for link in asked.links], places),
        link_cost=np.repeat(np.array([[link.cost] for link in asked.links], dtype=float), len(items), axis=1),
        batch_depot=_found("batches.depot", [batch.depot for batch in asked.batches], depots),
        batch_item=_found("batches.item", [batch.item for batch in asked.batches], items),
        batch_quantity=np.array([batch.quantity for batch in asked.batches], dtype=float),
        batch_arrives=np.array([batch.arrives for batch in asked.batches], dtype=int),
        batch_expires=np.array(
            [asked.periods if batch.expires is None else batch.expires for batch in asked.batches], dtype=int
        ),
        weight_kg=np.array([item.weight_kg for item in asked.items], dtype=float),
        volume_m3=np.array([item.volume_m3 for item in asked.items], dtype=float),
        vehicle_kg=_unlimited([depot.vehicle_kg for depot in asked.depots], asked.periods),
        vehicle_m3=_unlimited([depot.vehicle_m3 for depot in asked.depots], asked.periods),
        storage_m3=_unlimited([depot.storage_m3 for depot in asked.depots], 1)[:, 0],
        budget=math.inf if asked.budget_usd is None else asked.budget_usd,
        whole=np.array([item.whole for item in asked.items], dtype=bool),
        item_weight=np.array([item.weight for item in asked.items], dtype=float),
        fixed=FixedAmounts(
            place=np.array([cell[0] for cell, _ in fixed], dtype=int),
            item=np.array([cell[1] for cell, _ in fixed], dtype=int),
            period=np.array([cell[2] for cell, _ in fixed], dtype=int),
            quantity=np.array([one.quantity for _, one in fixed], dtype=float),
            depot=np.array(
                [ANY_DEPOT if one.depot is None else _one("fixed.depot", one.depot, depots) for _, one in fixed],
                dtype=int,
            ),
        ),
    )


def plan_json(problem: AllocationProblem, plan: Plan) -> dict[str, Any]:
    """A plan as JSON: what is sent, what it comes to, and why there is none where there is none."""
    sent = [
        {
            "depot": problem.depots[problem.link_depot[link]],
            "place": problem.places[problem.link_place[link]],
            "item": problem.items[item],
            "period": int(period),
            "quantity": float(plan.sent[link, item, period]),
        }
        for link, item, period in np.argwhere(plan.sent > 1e-9)
    ]
    coverage = [
        {"place": place, "coverage": _figure(plan.coverage[number]), "attainable": _figure(plan.attainable[number])}
        for number, place in enumerate(problem.places)
    ]
    return {
        "objective": plan.objective,
        "status": plan.status,
        "gap": _figure(plan.gap),
        "people_reached": _figure(plan.people_reached),
        "cost_usd": _figure(plan.cost),
        "sent": sent,
        "coverage": coverage,
        "why_infeasible": list(plan.why_infeasible),
    }


def _numbers(what: str, names: Sequence[str]) -> dict[str, int]:
    numbers = {name: number for number, name in enumerate(names)}
    if len(numbers) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{twice}` stands twice among the {what}.")
    return numbers


def _one(where: str, name: str, numbers: Mapping[str, int]) -> int:
    if name not in numbers:
        raise ValueError(f"`{where}` names `{name}`, which is not there.")
    return numbers[name]


def _found(where: str, names: Sequence[str], numbers: Mapping[str, int]) -> np.ndarray:
    return np.array([_one(where, name, numbers) for name in names], dtype=int)


def _cell(
    where: str, one: Wanted, places: Mapping[str, int], items: Mapping[str, int], periods: int
) -> tuple[int, int, int]:
    if one.period >= periods:
        raise ValueError(f"`{where}` names period {one.period}; the last of {periods} is {periods - 1}.")
    return _one(f"{where}.place", one.place, places), _one(f"{where}.item", one.item, items), one.period


def _unlimited(values: Sequence[float | None], periods: int) -> np.ndarray:
    figures = np.array([[math.inf if value is None else value] for value in values], dtype=float)
    return np.repeat(figures, periods, axis=1)


def _figure(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
