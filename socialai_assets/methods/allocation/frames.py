"""A problem and its plan as frames, for tables and for the checker. Computes no plan."""

from __future__ import annotations

import datetime
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
