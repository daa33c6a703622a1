"""Checks of sharing plans: each can be carried out when recomputed, and no minimum is missed without a reason."""

import math

import pandas as pd

from resources.lake import Lake
from socialai_assets.aid import plan_contracts as contracts
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.factories.plan_checks import batches_sql, limits_check, price_check
from socialai_assets.methods.allocation.checker import storage_violations, violations

_BATCHES = batches_sql("aid.stock", "item_id IN (SELECT item_id FROM lake.aid.items)")
_VEHICLES = """
SELECT depots.depot_id, week.week AS period,
       CASE WHEN (SELECT count(*) FROM lake.aid.vehicles) = 0 THEN 'inf'::DOUBLE
            ELSE coalesce(sum(vehicles.capacity_kg * most_trips), 0) * {days} * {share} END AS kg,
       CASE WHEN (SELECT count(*) FROM lake.aid.vehicles) = 0 THEN 'inf'::DOUBLE
            ELSE coalesce(sum(vehicles.capacity_m3 * most_trips), 0) * {days} * {share} END AS m3
FROM lake.aid.depots AS depots CROSS JOIN (SELECT unnest(range({weeks})) AS week) AS week
LEFT JOIN lake.aid.vehicles AS vehicles USING (depot_id) GROUP BY ALL
"""


def plan_violations(lake: Lake, plan: pd.DataFrame) -> list[str]:
    """What is wrong with the rows of one scenario of `aid.allocation_plan`, by the tables in the lake."""
    day = pd.to_datetime(plan["period_start"])
    start, weeks = day.min().date(), int((day.max() - day.min()).days // 7) + 1
    sent = plan[plan["quantity"] > 0]
    shipments = sent.assign(period=(pd.to_datetime(sent["period_start"]) - day.min()).dt.days // 7)
    # Ways are those that were used, at their cost; whether others exist is no limit.
    links = sent.assign(cost=sent["cost_usd"] / sent["quantity"]).drop_duplicates(["depot_id", "place_id", "item_id"])
    cursor = lake.cursor()
    first = plan.iloc[0]
    arguments = {"start": start, "weeks": weeks, "days": first["delivery_days"], "share": first["load_share"]}
    batches = cursor.execute(_BATCHES.format(**arguments)).df()
    vehicles = cursor.execute(_VEHICLES.format(**arguments)).df()
    items = cursor.execute(
        "SELECT item_id, coalesce(weight_kg, 0) AS weight_kg, coalesce(volume_m3, 0) AS volume_m3, false AS is_whole "
        "FROM lake.aid.items"
    ).df()
    depots = cursor.execute(
        "SELECT depot_id, coalesce(capacity_m3, 'inf'::DOUBLE) AS storage_m3 FROM lake.aid.depots"
    ).df()
    cursor.close()
    every = pd.DataFrame({"depot_id": sorted(set(batches["depot_id"]) | set(sent["depot_id"])), "storage_m3": math.inf})
    budget = float(first["budget_usd"]) if pd.notna(first["budget_usd"]) else math.inf
    wrong = violations(
        shipments, batches[batches["arrives"] < weeks], items, every, vehicles, links, periods=weeks, budget=budget
    )
    # What is refused is not in the table, so room is judged apart, and by the items that the plan is about.
    planned = batches[batches["item_id"].isin(plan["item_id"])]
    return wrong + storage_violations(shipments, planned, items, depots, periods=weeks)


CHECKS = [
    *(
        contract_check(contract)
        for contract in (
            contracts.AllocationPlan,
            contracts.FairnessCurve,
            contracts.AllocationGroups,
            contracts.PlanComparison,
            contracts.InventoryPolicy,
            contracts.InventorySimulation,
        )
    ),
    limits_check(
        "aid.allocation_plan",
        ["aid.stock", "aid.items", "aid.depots", "aid.vehicles"],
        "Stock, shelf life, room, vehicles' loads and budget hold when recomputed from the tables anew.",
        plan_violations,
    ),
    rows_check(
        "aid.allocation_plan",
        "every_shortfall_has_a_reason",
        """
        SELECT scenario, place_id, item_id, period_start, minimum, received FROM lake.aid.allocation_plan
        WHERE received < minimum * (1 - 1e-4) - 1e-4 AND coalesce(reason, '') = '' ORDER BY ALL
        """,
        "places below their minimum without a reason",
        blocking=True,
    ),
    price_check("aid.fairness_curve"),
]
