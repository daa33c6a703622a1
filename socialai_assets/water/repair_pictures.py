"""Maps of access before and after each repair plan, as pictures and pages, and its price of fairness. Thin."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.plan_scenarios import BASELINE
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.access_pictures import access_map_png
from socialai_assets.publishing.cartography import department_borders
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.sharing_pictures import fairness_curve_png
from socialai_assets.publishing.webmap import interactive_map_html

SPANISH = {
    "Access to water with the repair plan": "Acceso al agua con el plan de reparación",
    "Access with the plan": "Acceso con el plan",
    "Access today": "Acceso hoy",
    "People looked at": "Personas consideradas",
    "People gaining": "Personas que ganan acceso",
    "Systems repaired": "Sistemas reparados",
    "Points built": "Puntos construidos",
    "Cost, USD": "Costo, USD",
    "Poor, estimated, %": "Pobreza estimada, %",
}
_LISTED = 5


@asset(
    key=asset_key("water.repair_maps"),
    group_name="water",
    owners=owners("water"),
    kinds={"python", "html", "png"},
    tags={"layer": "map"},
    description="Access to water before and after each repair plan, as picture and page, and its price of fairness.",
    ins=tables(
        plan="water.repair_plan",
        gains="water.repair_plan_gains",
        curve="water.repair_fairness",
        systems="water.systems",
        places="geography.places",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def repair_maps(
    plan: pd.DataFrame,
    gains: pd.DataFrame,
    curve: pd.DataFrame,
    systems: pd.DataFrame,
    places: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Draw every scenario into a folder of its own."""
    source, licence = attribution(pd.concat([systems["source"], places["source"]]))
    notes: dict[str, Any] = {"source_note": f"plans of this platform from {source}", "licence_note": licence}
    folder = current().published / "water" / "repair_plan"
    departments = department_borders(areas, shapes) if len(gains) else None
    contents: list[bytes] = []
    metadata: dict[str, Any] = {"scenarios": gains["scenario"].nunique()}
    for scenario, rows in gains.groupby("scenario"):
        actions = plan[(plan["scenario"] == scenario) & plan["is_chosen"]]
        drawn: dict[str, Any] = {**notes, "synthetic": bool(rows["is_synthetic"].any())}
        title = f"Access to water with the repair plan ({scenario})"
        files = {"access.png": access_map_png(rows, actions, departments, title=title, **drawn)}
        by_area = area_access(rows, actions, areas, shapes)
        if len(by_area):
            page = interactive_map_html(
                by_area,
                "after",
                title=title,
                legend="Access with the plan",
                unit="%",
                name="name",
                context=("admin2_name", "admin1_name"),
                comparisons={"before": "Access today"},
                classes=(0, 5, 10, 25, 50, 100),
                colour_map="viridis",
                popup_fields={
                    "people": "People looked at",
                    "people_gaining": "People gaining",
                    "repairs": "Systems repaired",
                    "builds": "Points built",
                    "cost_usd": "Cost, USD",
                    "poverty": "Poor, estimated, %",
                },
                outlines=departments,
                remarks={"en": "done", "es": "done_es"},
                spanish={**SPANISH, title: f"Acceso al agua con el plan de reparación ({scenario})"},
                **drawn,
            )
            files["access.html"] = page.encode()
        points = curve[curve["scenario"] == scenario]
        points = points.rename(columns={"least_share": "least_coverage", "people_gaining": "people_reached"})
        if len(points):
            files["price_of_fairness.png"] = fairness_curve_png(
                points,
                title=f"The price of fairness of repairs ({scenario})",
                level="People who gain where fewest do, % of those who could",
                reached="People who gain",
                **drawn,
            )
        for name, content in files.items():
            contents.append(content)
            file = write_whole(folder / str(scenario) / name, content)
            metadata[f"{name}, {scenario}"] = MetadataValue.path(file)
            if scenario == BASELINE and name.endswith(".png"):
                metadata[name.removesuffix(".png")] = shown(content, smaller=name == "access.png")
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def area_access(
    gains: pd.DataFrame, actions: pd.DataFrame, areas: pd.DataFrame, shapes: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Each smallest area with shape: share of people with access before and after (%), actions and their cost."""
    sums = gains.assign(
        before=gains["people"] * gains["access_before"], after=gains["people"] * gains["access_after"]
    ).groupby("area_id")
    table = sums[["people", "before", "after", "people_gaining"]].sum()
    for column in ("before", "after"):
        table[column] = 100 * table[column] / table["people"].where(table["people"] > 0)
    table["poverty"] = sums["poverty"].first()
    own = actions.groupby("area_id")
    table["repairs"] = (actions["action"] == "repair").groupby(actions["area_id"]).sum()
    table["builds"] = (actions["action"] == "build").groupby(actions["area_id"]).sum()
    table["cost_usd"] = own["cost_usd"].sum()
    table[["repairs", "builds", "cost_usd"]] = table[["repairs", "builds", "cost_usd"]].fillna(0.0)
    most = actions.sort_values("people_gaining", ascending=False).groupby("area_id")
    for column, words in (("done", ("repair", "build")), ("done_es", ("reparar", "construir en"))):
        said: dict[str, str] = {"repair": words[0], "build": words[1]}
        named = {area_id: _listed(rows[["action", "name"]], said) for area_id, rows in most}
        table[column] = [named.get(area_id) for area_id in table.index]
    own_columns = ["area_id", "name", "admin1_name", "admin2_name"]
    table = areas.loc[areas["level"] == "admin3", own_columns].merge(table.reset_index(), on="area_id", how="left")
    web = gpd.GeoDataFrame(shapes[["area_id"]], geometry=shapes["geometry_web"].to_numpy(), crs=shapes.crs)
    merged = web.merge(table, on="area_id")
    return merged.assign(people=np.rint(merged["people"]), people_gaining=np.rint(merged["people_gaining"]))


def _listed(rows: pd.DataFrame, words: dict[str, str]) -> str:
    """The actions of an area that most gain by, a line each."""
    named = [f"{words[action]} {name}" for action, name in rows.head(_LISTED).itertuples(index=False)]
    return "\n".join([*named, *([f"+ {len(rows) - _LISTED}"] if len(rows) > _LISTED else [])])
