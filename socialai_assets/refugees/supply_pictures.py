"""Pictures of supply plans, for each scenario and conflict: map, shortage by camp and week, price of fairness. Thin."""

from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.sharing_pictures import fairness_curve_png
from socialai_assets.publishing.supply_pictures import shortage_heat_map_png, supply_map_png
from socialai_assets.refugees.supply import DAY, WEEK, closed_on


@asset(
    key=asset_key("refugees.supply_pictures"),
    group_name="refugees",
    owners=owners("refugees"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Map of depots, roads and camps, shortage by camp and week, price of fairness, for each supply plan.",
    ins=tables(
        plan="refugees.supply_plan",
        curve="refugees.supply_fairness_curve",
        items="refugees.relief_items",
        camps="refugees.camps",
        locations="refugees.locations",
        links="refugees.links",
        closures="refugees.closures",
        depots="refugees.relief_depots",
    ),
)
def supply_pictures(
    plan: pd.DataFrame,
    curve: pd.DataFrame,
    items: pd.DataFrame,
    camps: pd.DataFrame,
    locations: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    depots: pd.DataFrame,
) -> MaterializeResult:
    """Draw every plan into a folder of its own."""
    folder = current().published / "refugees"
    places = places_of(camps, locations)
    contents: list[bytes] = []
    metadata: dict[str, Any] = {"plans": plan.groupby(["scenario", "conflict_id"]).ngroups}
    for (scenario, conflict_id), rows in plan.groupby(["scenario", "conflict_id"]):
        own = camps[camps["conflict_id"] == conflict_id]
        source, licence = attribution(pd.concat([own["source"], depots["source"]]))
        notes: dict[str, Any] = {
            "source_note": f"plans of this platform from {source}",
            "licence_note": licence,
            "synthetic": bool(rows["is_synthetic"].any()),
        }
        week = pd.to_datetime(rows["week_start"]).min().date()
        closed = closed_on(closures[closures["conflict_id"] == conflict_id], week, week + WEEK - DAY)
        roads = drawn_roads(links[links["conflict_id"] == conflict_id], closed, places)
        stored = depots[depots["conflict_id"] == conflict_id]
        covered = rows.drop_duplicates("camp_id").set_index("camp_id")[["coverage", "people"]]
        drawn = own.join(covered, on="camp_id", how="inner")
        pictures = {
            "supply_map": supply_map_png(
                drawn,
                stored,
                roads,
                flows(rows, items, stored, own),
                title=f"Relief, {conflict_id} ({scenario})",
                **notes,
            ),
            "shortage": shortage_heat_map_png(
                shortage(rows, own), title=f"Needs not met, {conflict_id} ({scenario})", **notes
            ),
        }
        points = curve[(curve["scenario"] == scenario) & (curve["conflict_id"] == conflict_id)]
        if points["least_coverage"].notna().any():
            title = f"The price of fairness, {conflict_id} ({scenario})"
            pictures["price_of_fairness"] = fairness_curve_png(points, title=title, **notes)
        for name, picture in pictures.items():
            contents.append(picture)
            file = write_whole(folder / str(scenario) / str(conflict_id) / f"{name}.png", picture)
            metadata[f"{name}, {conflict_id}, {scenario}"] = MetadataValue.path(file)
            if scenario == "baseline" and name == "supply_map":
                metadata[f"{conflict_id}"] = shown(picture)
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def places_of(camps: pd.DataFrame, locations: pd.DataFrame) -> pd.DataFrame:
    """`latitude` and `longitude` of camps and locations, by code."""
    named = [camps.rename(columns={"camp_id": "place_id"}), locations.rename(columns={"location_id": "place_id"})]
    columns = ["place_id", "latitude", "longitude"]
    return pd.concat([table[columns] for table in named]).drop_duplicates("place_id").set_index("place_id")


def drawn_roads(links: pd.DataFrame, closed: set[tuple[str, str]], places: pd.DataFrame) -> pd.DataFrame:
    """Ends of each road and whether it is closed."""
    ends = {
        f"{end}_{axis}": links[f"{end}_id"].map(places[axis]).to_numpy()
        for end in ("from", "to")
        for axis in ("latitude", "longitude")
    }
    shut = [pair in closed for pair in zip(links["from_id"], links["to_id"], strict=True)]
    return pd.DataFrame({**ends, "is_closed": shut}).dropna()


def flows(plan: pd.DataFrame, items: pd.DataFrame, depots: pd.DataFrame, camps: pd.DataFrame) -> pd.DataFrame:
    """Ends of each way that something is sent over, and tonnes in all weeks."""
    weight = items.set_index("item_id")["weight_kg"].fillna(0)
    sent = plan[plan["quantity"] > 0]
    sent = sent.assign(tonnes=sent["quantity"] * sent["item_id"].map(weight) / 1000)
    table = sent.groupby(["depot_id", "camp_id"], as_index=False)["tonnes"].sum()
    for end, places, key in (("from", depots, "depot_id"), ("to", camps, "camp_id")):
        for axis in ("latitude", "longitude"):
            table[f"{end}_{axis}"] = table[key].map(places.set_index(key)[axis])
    return table


def shortage(plan: pd.DataFrame, camps: pd.DataFrame) -> pd.DataFrame:
    """Share of needs not met by camp (name, most short first) and week (text), mean over items that are needed."""
    cells = plan.drop_duplicates(["camp_id", "item_id", "week_start"])
    cells = cells[cells["needed"] > 0]
    cells = cells.assign(short=1 - (cells["met"] / cells["needed"]).clip(0, 1), week=cells["week_start"].astype(str))
    table = cells.pivot_table(index="camp_id", columns="week", values="short", aggfunc="mean")
    table = table.loc[table.mean(axis=1).sort_values(ascending=False).index]
    return table.rename(index=camps.set_index("camp_id")["name"])
