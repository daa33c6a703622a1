"""Pictures of sharing plans, one pair a scenario: the price of fairness, and coverage of sites beside stock. Thin."""

from typing import Any

import geopandas as gpd
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.sharing_pictures import coverage_and_stock_map_png, fairness_curve_png


@asset(
    key=asset_key("aid.sharing_pictures"),
    group_name="aid",
    owners=owners("aid"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Price of fairness, and coverage of sites beside the stock of depots, for each scenario.",
    ins=tables(
        plan="aid.allocation_plan",
        curve="aid.fairness_curve",
        policy="aid.inventory_policy",
        sites="aid.sites",
        depots="aid.depots",
        shapes="geography.area_shapes",
    ),
)
def sharing_pictures(
    plan: pd.DataFrame,
    curve: pd.DataFrame,
    policy: pd.DataFrame,
    sites: pd.DataFrame,
    depots: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Draw every scenario into a folder of its own."""
    source, licence = attribution(pd.concat([sites["source"], depots["source"]]))
    notes: dict[str, Any] = {"source_note": f"plans of this platform from {source}", "licence_note": licence}
    outlines = gpd.GeoDataFrame(geometry=shapes["geometry_web"].to_numpy(), crs=shapes.crs)
    folder = current().published / "aid"
    contents: list[bytes] = []
    metadata: dict[str, MetadataValue] = {"scenarios": MetadataValue.int(plan["scenario"].nunique())}
    for scenario, rows in plan.groupby("scenario"):
        synthetic = bool(rows["is_synthetic"].any())
        covered = rows.drop_duplicates("place_id").set_index("place_id")["coverage"]
        drawn = sites[sites["site_id"].isin(covered.index)].copy()
        drawn["coverage"] = drawn["site_id"].map(covered)
        stored = depots.assign(weeks_of_stock=depots["depot_id"].map(weeks_of_stock(rows, policy)))
        pictures = {
            "coverage": coverage_and_stock_map_png(
                drawn,
                stored,
                outlines,
                title=f"Coverage of sites, stock of depots ({scenario})",
                synthetic=synthetic,
                **notes,
            )
        }
        points = curve[curve["scenario"] == scenario]
        if points["least_coverage"].notna().any():
            pictures["price_of_fairness"] = fairness_curve_png(
                points, title=f"The price of fairness ({scenario})", synthetic=synthetic, **notes
            )
        for name, picture in pictures.items():
            contents.append(picture)
            file = write_whole(folder / str(scenario) / f"{name}.png", picture)
            metadata[f"{name}, {scenario}"] = MetadataValue.path(file)
            if scenario == "baseline":
                metadata[name] = shown(picture)
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def weeks_of_stock(plan: pd.DataFrame, policy: pd.DataFrame) -> pd.Series:
    """Weeks that each depot's scarcest item lasts, by `depot_id`: stock on hand over what it sends in a week."""
    own = policy[policy["scenario"] == "baseline"]
    weeks = max(plan["period_start"].nunique(), 1)
    sent = plan.groupby(["depot_id", "item_id"])["quantity"].sum() / weeks
    held = own.set_index(["depot_id", "item_id"])["on_hand"]
    lasts = (held / sent.where(sent > 0)).dropna()
    return lasts.groupby(level="depot_id").min()
