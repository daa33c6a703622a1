"""A problem and its plan as frames, for tables and for the checker. Computes no plan."""

from __future__ import annotations

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
    link, item = (axis.ravel() for axis in np.indices(problem.link_cost.shape))
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
            }
        ),
        "links": pd.DataFrame(
            {
                "depot_id": depots[problem.link_depot[link]],
                "place_id": np.array(problem.places, dtype=object)[problem.link_place[link]],
                "item_id": items[item],
                "cost": problem.link_cost.ravel(),
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
