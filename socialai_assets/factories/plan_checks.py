"""Checks that plans of sharing stock have in every domain; what a domain's limits are is said in its own module."""

from collections.abc import Callable, Sequence

import pandas as pd
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    MetadataValue,
    asset_check,
)

from resources.lake import Lake
from socialai_assets.factories.checks import rows_check
from socialai_assets.factories.tables import asset_key

LISTED = 20


def limits_check(
    table: str,
    reads: Sequence[str],
    description: str,
    violations: Callable[[Lake, pd.DataFrame], list[str]],
    *,
    by: Sequence[str] = ("scenario",),
) -> AssetChecksDefinition:
    """A blocking check that recomputes every plan of a table that rests on the tables as they are.

    Args:
        table: `schema.table` of the plans.
        reads: tables that the limits are in.
        description: what is held to.
        violations: what is wrong with the rows of one plan.
        by: columns that tell plans apart.
    """

    @asset_check(
        asset=asset_key(table),
        name="can_be_carried_out",
        blocking=True,
        description=description,
        additional_deps=[asset_key(name) for name in reads],
        required_resource_keys={"io_manager"},
    )
    def can_be_carried_out(context: AssetCheckExecutionContext) -> AssetCheckResult:
        lake = context.resources.io_manager.lake
        plan = lake.read_frame(table)
        wrong = []
        for key, rows in plan[~plan["is_stale"]].groupby(list(by)):
            wrong += [f"{', '.join(map(str, key))}: {text}" for text in violations(lake, rows)]
        return AssetCheckResult(
            passed=not wrong,
            severity=AssetCheckSeverity.ERROR,
            description=f"{len(wrong)} limits are not kept" if wrong else None,
            metadata={"first of them": MetadataValue.json(wrong[:LISTED])} if wrong else {},
        )

    return can_be_carried_out


def batches_sql(table: str, condition: str = "true") -> str:
    """Batches of a stock table by weeks of a plan; `{start}` and `{weeks}` are filled in by who asks.

    Weeks are derived here anew, in SQL, and not by what plans are made with. Week 0 is the first of the plan; what has
    come by its first day can be sent in it.
    """
    weeks_kept = (
        "CAST(coalesce(floor((date_diff('day', DATE '{start}', expires_on::DATE) + 1) / 7) - 1, {weeks}) AS INT)"
    )
    arrives = "CAST(greatest(ceil(date_diff('day', DATE '{start}', arrives_on::DATE) / 7), 0) AS INT)"
    return f"""
SELECT depot_id, item_id, on_hand AS quantity, 0.0 AS refused, 0 AS arrives, {weeks_kept} AS expires
FROM lake.{table} WHERE on_hand > 0 AND {condition}
UNION ALL
SELECT depot_id, item_id, on_order, 0.0, {arrives}, {weeks_kept}
FROM lake.{table} WHERE on_order > 0 AND {condition}
"""


def price_check(table: str, by: str = "scenario") -> AssetChecksDefinition:
    """A check that a higher guarantee never costs fewer people than a lower one.

    Args:
        table: `schema.table` of the curve.
        by: columns that tell curves apart, by commas.
    """
    return rows_check(
        table,
        "price_rises_with_the_guarantee",
        f"""
        SELECT * FROM (
          SELECT {by}, share_of_floor, price_of_fairness,
                 lag(price_of_fairness) OVER (PARTITION BY {by} ORDER BY share_of_floor) AS before
          FROM lake.{table}
        ) WHERE price_of_fairness < before - 1e-9
        """,
        "points at which a higher guarantee costs less",
    )
