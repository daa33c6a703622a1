"""A problem and its plan as frames, for tables and for the checker. Computes no plan."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from socialai_assets.methods.allocation.problem import AllocationProblem, Plan


def shipments(problem: AllocationProblem, plan: Plan) -> pd.DataFrame:
    """What is sent: depot_id, place_id, item_id, period, quantity, cost; nothing where nothing is sent."""
    link, item, period = np.nonzero(plan.sent)
    quantity = plan.sent[link, item, period]
    return pd.DataFrame(
        {
            "depot_id": np.array(problem.depots, dtype=object)[problem.link_depot[link]],
            "place_id": np.array(problem.places, dtype=object)[problem.link_place[link]],
            "item_id": np.array(problem.items, dtype=object)[item],
            "period": period,
            "quantity": quantity,
            "cost": quantity * problem.link_cost[link, item],
        }
    )


def plan_rows(
    problem: AllocationProblem,
    plan: Plan,
    missing: np.ndarray,
    reasons: Mapping[tuple[int, int], str],
    starts: Sequence[datetime.date],
) -> pd.DataFrame:
    """A plan as rows: one a place, item and period with demand, minimum or delivery, times the depots that send to it.

    Args:
        problem: what was planned for.
        plan: the plan.
        missing: units missing to the minimum, by place, item and period.
        reasons: why a place lacks of an item, by the numbers of both.
        starts: first day of each period.

    Returns:
        Columns `place` and `link` (numbers in the problem), `place_id`, `item_id`, `depot_id`, `start`, `quantity`,
        `cost_usd`, `received`, `demand`, `met`, `met_probability`, `minimum`, `shortfall`, `coverage`, `reason`,
        `objective`, `status`, `gap`; without link and depot where nothing is sent.
    """
    from socialai_assets.methods.allocation.problem import expected_served

    link, item, period = np.nonzero(plan.sent)
    quantity = plan.sent[link, item, period]
    sent = pd.DataFrame(
        {
            "link": pd.array(link, dtype="Int64"),
            "place": problem.link_place[link],
            "item": item,
            "period": period,
            "depot_id": np.array(problem.depots, dtype=object)[problem.link_depot[link]],
            "quantity": quantity,
            "cost_usd": quantity * problem.link_cost[link, item],
        }
    )
    mean, met = problem.demand.mean(axis=0), expected_served(problem, plan.received)
    probability = (problem.demand <= plan.received * (1 + 1e-9) + 1e-9).mean(axis=0)
    at = np.nonzero((mean > 0) | (problem.minimum > 0) | (plan.received > 0))
    cells = pd.DataFrame(
        {
            "place": at[0],
            "item": at[1],
            "period": at[2],
            "received": plan.received[at],
            "demand": mean[at],
            "met": met[at],
            "met_probability": probability[at],
            "minimum": problem.minimum[at],
            "shortfall": missing[at],
            "coverage": plan.coverage[at[0]],
        }
    )
    cells["reason"] = [
        reasons.get((place, item)) if short > 0 else None
        for place, item, short in cells[["place", "item", "shortfall"]].itertuples(index=False)
    ]
    rows = cells.merge(sent, on=["place", "item", "period"], how="left")
    rows["quantity"], rows["cost_usd"] = rows["quantity"].fillna(0.0), rows["cost_usd"].fillna(0.0)
    rows["depot_id"] = rows["depot_id"].astype(object).where(rows["depot_id"].notna(), None)
    rows["place_id"] = np.array(problem.places, dtype=object)[rows["place"].to_numpy()]
    rows["item_id"] = np.array(problem.items, dtype=object)[rows["item"].to_numpy()]
    rows["start"] = np.array(starts, dtype=object)[rows["period"].to_numpy()]
    rows["gap"] = pd.Series(plan.gap if np.isfinite(plan.gap) else None, index=rows.index, dtype=float)
    return rows.assign(objective=plan.objective, status=plan.status).drop(columns=["item", "period"])


def checkable(problem: AllocationProblem, plan: Plan) -> dict[str, Any]:
    """The arguments of `checker.violations`."""
    depots, items = np.array(problem.depots, dtype=object), np.array(problem.items, dtype=object)
    depot, period = (axis.ravel() for axis in np.indices(problem.vehicle_kg.shape))
    link, item, when = np.nonzero(np.repeat(problem.open_links[:, None, :], len(problem.items), axis=1))
    hours = np.inf if problem.vehicle_hours is None else problem.vehicle_hours.ravel()
    return {
        "shipments": shipments(problem, plan),
        "batches": pd.DataFrame(
            {
                "depot_id": depots[problem.batch_depot],
                "item_id": items[problem.batch_item],
                "quantity": problem.batch_quantity,
                "refused": plan.refused,
                "arrives": problem.batch_arrives,
                "expires": problem.batch_expires,
            }
        ),
        "items": pd.DataFrame(
            {
                "item_id": items,
                "weight_kg": problem.weight_kg,
                "volume_m3": problem.volume_m3,
                "is_whole": problem.whole,
            }
        ),
        "depots": pd.DataFrame({"depot_id": depots, "storage_m3": problem.storage_m3}),
        "vehicles": pd.DataFrame(
            {
                "depot_id": depots[depot],
                "period": period,
                "kg": problem.vehicle_kg.ravel(),
                "m3": problem.vehicle_m3.ravel(),
                "hours": hours,
            }
        ),
        "links": pd.DataFrame(
            {
                "depot_id": depots[problem.link_depot[link]],
                "place_id": np.array(problem.places, dtype=object)[problem.link_place[link]],
                "item_id": items[item],
                "period": when,
                "cost": problem.link_cost[link, item],
                "hours": problem.unit_hours[link, item],
            }
        ),
        "fixed": fixed_amounts(problem),
        "periods": problem.periods,
        "budget": problem.budget,
    }


def fixed_amounts(problem: AllocationProblem) -> pd.DataFrame:
    """What is fixed: place_id, item_id, period, depot_id (missing where all depots together send it), quantity."""
    fixed, depots = problem.fixed, (*problem.depots, None)
    return pd.DataFrame(
        {
            "place_id": np.array(problem.places, dtype=object)[fixed.place],
            "item_id": np.array(problem.items, dtype=object)[fixed.item],
            "period": fixed.period,
            # `ANY_DEPOT` is the last one, None.
            "depot_id": np.array(depots, dtype=object)[fixed.depot],
            "quantity": fixed.quantity,
        }
    )


def stock_batches(
    stock: pd.DataFrame, depots: pd.DataFrame, items: pd.DataFrame, day: datetime.date, weeks: int
) -> pd.DataFrame:
    """Batches on hand and on order: numbers of depot and item, quantity, first and last week of use.

    What arrives within a week can be sent from the next one on; a batch can be sent in weeks that end by its last day.

    Args:
        stock: depot_id, item_id, on_hand, on_order, arrives_on, expires_on.
        depots: depot_id, in the order of the problem's depots.
        items: item_id, in the order of the problem's items.
        day: first day of the first week.
        weeks: number of weeks.
    """
    depot = stock["depot_id"].map({name: row for row, name in enumerate(depots["depot_id"])})
    item = stock["item_id"].map({name: row for row, name in enumerate(items["item_id"])})
    last = (pd.to_datetime(stock["expires_on"]) - pd.Timestamp(day)).dt.days
    expires = np.floor((last + 1) / 7).sub(1).fillna(weeks).clip(-1, weeks)
    wait = (pd.to_datetime(stock["arrives_on"]) - pd.Timestamp(day)).dt.days
    arrives = np.ceil(wait / 7).fillna(0).clip(lower=0)
    parts = [
        pd.DataFrame({"depot": depot, "item": item, "quantity": stock["on_hand"], "arrives": 0, "expires": expires}),
        pd.DataFrame(
            {"depot": depot, "item": item, "quantity": stock["on_order"], "arrives": arrives, "expires": expires}
        ),
    ]
    every = pd.concat(parts, ignore_index=True).dropna()
    return every[(every["quantity"] > 0) & (every["arrives"] < weeks)].reset_index(drop=True)
