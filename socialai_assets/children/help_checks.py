"""Checks of help for children: tables are what their contracts promise, and a plan keeps what staff and places have."""

import pandas as pd
from dagster import AssetCheckExecutionContext, AssetCheckResult, asset_check

from socialai_assets.children.help_contracts import (
    Assignments,
    BenefitEstimates,
    Flags,
    HelpComparisons,
    OutcomeCells,
    Recommendations,
    SupportOutcomes,
)
from socialai_assets.factories.checks import contract_check
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import asset_key
from socialai_assets.ingest.contract import table_name


def overfull(assignments: pd.DataFrame, staff: pd.DataFrame, services: pd.DataFrame) -> list[str]:
    """What a plan gives more of than there is at all, in words and numbers only; computed without its model.

    Args:
        assignments: `child_id, staff_id, service_id, minutes_week`.
        staff: `staff_id, hours_per_week, most_children`.
        services: `service_id, places`.
    """
    by_staff = assignments.groupby("staff_id").agg(minutes=("minutes_week", "sum"), children=("child_id", "nunique"))
    at = staff.set_index("staff_id")
    most = at.reindex(by_staff.index)
    full = assignments.groupby("service_id")["child_id"].nunique()
    places = services.set_index("service_id")["places"].reindex(full.index)
    counts = {
        "people have more minutes than hours": int((by_staff["minutes"] > most["hours_per_week"] * 60).sum()),
        "people have more children than they can": int((by_staff["children"] > most["most_children"]).sum()),
        "people are not among the staff": int(most["hours_per_week"].isna().sum()),
        "services have more children than places": int((full > places).sum()),
        "services are not known": int(places.isna().sum()),
    }
    return [f"{number} {words}" for words, number in counts.items() if number]


@asset_check(
    asset=asset_key(table_name(Assignments)),
    name="keeps_room",
    blocking=True,
    description="Nobody has more hours or children, and no service more children, than there is room for.",
    additional_deps=[asset_key("children.staff"), asset_key("children.services")],
    required_resource_keys={"io_manager", "vault_io_manager"},
)
@without_values
def keeps_room(context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Count the plan against staff and services once more."""
    services = context.resources.io_manager.lake.read_frame("children.services", ["service_id", "places"])
    with context.resources.vault_io_manager.opened(context.run.run_id, table_name(Assignments)) as tables:
        given = tables.read_frame(table_name(Assignments), ["child_id", "staff_id", "service_id", "minutes_week"])
        staff = tables.read_frame("children.staff", ["staff_id", "hours_per_week", "most_children"])
    found = overfull(given, staff, services)
    return AssetCheckResult(passed=not found, description="; ".join(found) or None, metadata={"assigned": len(given)})


CHECKS = [
    *(
        contract_check(contract)
        for contract in (
            BenefitEstimates,
            HelpComparisons,
            Recommendations,
            SupportOutcomes,
            OutcomeCells,
            Assignments,
            Flags,
        )
    ),
    keeps_room,
]
