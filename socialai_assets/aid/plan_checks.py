"""Checks of sharing plans: each can be carried out when recomputed, and no minimum is missed without a reason."""

import math

import pandas as pd
from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetCheckSeverity, MetadataValue, asset_check

from resources.lake import Lake
from socialai_assets.aid import plan_contracts as contracts
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.factories.tables import asset_key
from socialai_assets.methods.allocation.checker import storage_violations, violations

LISTED = 20
# Batches and weeks are derived here anew from the tables, in SQL, and not by what the plan was made with. Week 0 is the
# first of the plan; what has come by its first day can be sent in it.
_BATCHES = """
SELECT depot_id, item_id, on_hand AS quantity, 0.0 AS refused, 0 AS arrives,
       CAST(coalesce(floor((date_diff('day', DATE '{start}', expires_on::DATE) + 1) / 7) - 1, {weeks}) AS INT)
         AS expires
FROM lake.aid.stock WHERE on_hand > 0 AND item_id IN (SELECT item_id FROM lake.aid.items)
UNION ALL
SELECT depot_id, item_id, on_order, 0.0,
       CAST(greatest(ceil(date_diff('day', DATE '{start}', arrives_on::DATE) / 7), 0) AS INT),
       CAST(coalesce(floor((date_diff('day', DATE '{start}', expires_on::DATE) + 1) / 7) - 1, {weeks}) AS INT)
FROM lake.aid.stock WHERE on_order > 0 AND item_id IN (SELECT item_id FROM lake.aid.items)
"""
_VEHICLES = """
SELECT depots.depot_id, week.week AS period,
       CASE WHEN (SELECT count(*) FROM lake.aid.vehicles) = 0 THEN 'inf'::DOUBLE
            ELSE coalesce(sum(vehicles.capacity_kg * most_trips), 0) * {days} * {share} END AS kg,
       CASE WHEN (SELECT count(*) FROM lake.aid.vehicles) = 0 THEN 'inf'::DOUBLE
            ELSE coalesce(sum(vehicles.capacity_m3 * most_trips), 0) * {days} * {share} END AS m3
FROM lake.aid.depots AS depots CROSS JOIN (SELECT unnest(range({weeks})) AS week) AS week
LEFT JOIN lake.aid.vehicles AS vehicles USING (depot_id) GROUP BY ALL
"""


@asset_check(
    asset=asset_key("aid.allocation_plan"),
    name="can_be_carried_out",
    blocking=True,
    description="Stock, shelf life, room, vehicles' loads and budget hold when recomputed from the tables anew.",
    additional_deps=[asset_key(f"aid.{name}") for name in ("stock", "items", "depots", "vehicles")],
    required_resource_keys={"io_manager"},
)
def can_be_carried_out(context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Recompute every plan that rests on the tables as they are."""
    lake = context.resources.io_manager.lake
    plan = lake.read_frame("aid.allocation_plan")
    wrong = []
    for scenario, rows in plan[~plan["is_stale"]].groupby("scenario"):
        wrong += [f"{scenario}: {text}" for text in plan_violations(lake, rows)]
    return AssetCheckResult(
        passed=not wrong,
        severity=AssetCheckSeverity.ERROR,
        description=f"{len(wrong)} limits are not kept" if wrong else None,
        metadata={"first of them": MetadataValue.json(wrong[:LISTED])} if wrong else {},
    )


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
    can_be_carried_out,
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
    rows_check(
        "aid.fairness_curve",
        "price_rises_with_the_guarantee",
        """
        SELECT * FROM (
          SELECT scenario, share_of_floor, price_of_fairness,
                 lag(price_of_fairness) OVER (PARTITION BY scenario ORDER BY share_of_floor) AS before
          FROM lake.aid.fairness_curve
        ) WHERE price_of_fairness < before - 1e-9
        """,
        "points at which a higher guarantee costs less",
    ),
]
