"""Assets of route plans: tables of one scenario at a time, driver's sheets, Gantt chart, map, GeoJSON. Thin.

The routes themselves are made in route_days.py; the rows of other scenarios stay as they are.
"""

import datetime
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import geopandas as gpd
import pandas as pd
from dagster import (
    AssetExecutionContext,
    MaterializeResult,
    MetadataValue,
    Output,
    asset,
    multi_asset,
)
from pydantic import Field

from resources.settings import current
from socialai_assets.aid.plan_contracts import DecisionLog
from socialai_assets.aid.route_contracts import RoutePlan, RouteStops, UnservedStops
from socialai_assets.aid.route_days import plan_days
from socialai_assets.aid.routes import AidTables
from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import ScenarioConfig, plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import BASELINE, inputs_hash
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.methods.routing.settings import parse_settings
from socialai_assets.publishing.driver_sheets import Sheet, driver_sheet_pdf
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.route_pictures import gantt_png, route_map_png, routes_geojson
from socialai_assets.publishing.route_web_map import route_map_html

SHEETS_SHOWN = 20


class RoutesConfig(ScenarioConfig):
    """What the launchpad lets a person change about routes for one run; the rest is in aid/routing.yaml."""

    first_day: str = Field("", description="First day, YYYY-MM-DD; empty: the first day of the sharing plan.")
    days: int = Field(5, ge=1, le=14, description="Days to plan; what one has no room for is planned on the next.")
    settings: dict[str, Any] = Field({}, description="Nested as in aid/routing.yaml, whose values it goes before.")


@multi_asset(
    name="plan_routes",
    outs={
        "route_plan": plan_out(RoutePlan),
        "route_stops": plan_out(RouteStops),
        "unserved_stops": plan_out(UnservedStops),
    },
    ins=tables(
        allocation="aid.allocation_plan",
        sites="aid.sites",
        items="aid.items",
        depots="aid.depots",
        vehicles="aid.vehicles",
        travel_times="aid.travel_times",
        calendar="aid.calendar",
        road_links="aid.road_links",
    ),
    required_resource_keys={"io_manager"},
)
def plan_routes(
    context: AssetExecutionContext,
    config: RoutesConfig,
    allocation: pd.DataFrame,
    sites: pd.DataFrame,
    items: pd.DataFrame,
    depots: pd.DataFrame,
    vehicles: pd.DataFrame,
    travel_times: pd.DataFrame,
    calendar: pd.DataFrame,
    road_links: pd.DataFrame,
) -> Iterator[Output]:
    """Plan the first period of the sharing plan, day by day, and say why stops are left out."""
    wanted, first = first_period(allocation, config.scenario)
    if config.first_day:
        first = datetime.date.fromisoformat(config.first_day)
    days = [first + datetime.timedelta(days=number) for number in range(config.days)]
    text = (files("socialai_assets.aid") / "routing.yaml").read_text("utf-8")
    settings = parse_settings(text, "aid/routing.yaml", config.settings)
    known = AidTables(wanted, sites, items, depots, vehicles, travel_times, calendar, road_links)
    made = plan_days(known, days, settings)
    version = inputs_hash(vars(known))
    lake = context.resources.io_manager.lake
    read = {"sites": sites, "items": items, "depots": depots, "vehicles": vehicles, "travel_times": travel_times}
    read |= {"allocation_plan": allocation, "calendar": calendar, "road_links": road_links}
    if len(made.plan):
        log_decision(
            context,
            DecisionLog,
            RouteStops,
            {f"aid.{name}": frame for name, frame in read.items()},
            status=made.plan["engine_reason"].tolist(),
            parameters={"days": days, **settings.model_dump()},
            scenario=config.scenario,
        )
    reasons = made.unserved["reason"].value_counts()
    summary = {
        "routes": len(made.plan),
        "stops served": int((made.stops["kind"] == "stop").sum()),
        "stops left out": len(made.unserved),
        "cost, USD": round(float(made.plan["cost_usd"].sum()), 2),
        "km": round(float(made.plan["km"].sum()), 1),
        "engine": MetadataValue.text("; ".join(sorted(set(made.plan["engine_reason"])))),
        "travel": MetadataValue.text("; ".join(sorted(set(made.plan["travel_source"])))),
        "reasons": MetadataValue.json({str(reason): int(number) for reason, number in reasons.items()}),
    }
    for frame, contract in ((made.plan, RoutePlan), (made.stops, RouteStops), (made.unserved, UnservedStops)):
        yield scenario_output(lake, [frame], contract, scenario=config.scenario, inputs=version, metadata=summary)


def first_period(allocation: pd.DataFrame, scenario: str) -> tuple[pd.DataFrame, datetime.date]:
    """What the sharing plan sends to each site in its first period, and that period's first day.

    A scenario that only routes know is planned on the baseline's shares.
    """
    known = scenario if (allocation["scenario"] == scenario).any() else BASELINE
    rows = allocation[(allocation["scenario"] == known) & (allocation["quantity"] > 0)]
    if rows.empty:
        return pd.DataFrame(columns=["site_id", "item_id", "quantity"]), datetime.date(1970, 1, 1)
    starts = pd.to_datetime(rows["period_start"])
    rows = rows[starts == starts.min()].rename(columns={"place_id": "site_id"})
    kept = [name for name in ("site_id", "item_id", "quantity", "depot_id") if name in rows]
    return rows[kept], starts.min().date()


@asset(
    key=asset_key("aid.driver_sheets"),
    group_name="aid",
    owners=owners("aid"),
    kinds={"python", "pdf"},
    tags={"layer": "map"},
    description="A sheet for each vehicle and day, printable, in English and Spanish; Gantt chart, maps and GeoJSON.",
    ins=tables(
        plan="aid.route_plan",
        stops="aid.route_stops",
        unserved="aid.unserved_stops",
        sites="aid.sites",
        depots="aid.depots",
        items="aid.items",
        shapes="geography.area_shapes",
    ),
)
def driver_sheets(
    plan: pd.DataFrame,
    stops: pd.DataFrame,
    unserved: pd.DataFrame,
    sites: pd.DataFrame,
    depots: pd.DataFrame,
    items: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Write the files of every scenario into a folder of its own."""
    folder = current().published / "aid" / "routes"
    written = 0
    names = {"en": dict(zip(items["item_id"], items["name"], strict=True))}
    names["es"] = dict(zip(items["item_id"], items["name_es"], strict=True))
    depot_names = dict(zip(depots["depot_id"], depots["name"], strict=True))
    metadata: dict[str, Any] = {}
    for scenario, mine in plan.groupby("scenario"):
        here = folder / str(scenario)
        visits = stops[stops["scenario"] == scenario]
        for row in mine.to_dict("records"):
            own = visits[(visits["day"] == row["day"]) & (visits["vehicle_id"] == row["vehicle_id"])]
            for language in ("en", "es"):
                depot = depot_names[row["depot_id"]]
                sheet = Sheet(pd.Series(row), own.sort_values("sequence"), depot, names[language], shapes)
                file = here / language / f"{row['day']}_{row['vehicle_id']}.pdf".replace("/", "_")
                write_whole(file, driver_sheet_pdf(sheet, language))
                written += 1
        write_whole(here / "routes.geojson", routes_geojson(mine, visits).encode())
        write_whole(here / "route_stops.csv", visits.to_csv(index=False).encode())
        notes = {
            "source_note": "route plan of this platform",
            "licence_note": "that of its inputs, see the data catalogue",
            "synthetic": bool(mine["is_synthetic"].any()),
        }
        # A part of a delivery is named after its site.
        missed = unserved[unserved["scenario"] == scenario].copy()
        missed["site_id"] = missed["site_id"].str.split(r"[#@]", regex=True).str[0]
        missed = missed.merge(sites[["site_id", "latitude", "longitude"]], on="site_id", how="left")
        gantt = gantt_png(visits, title=f"Vehicles by time of day ({scenario})", **notes)
        drawn = route_map_png(visits, shapes, missed, title=f"Routes ({scenario})", **notes)
        metadata[f"Gantt chart, {scenario}"] = MetadataValue.path(write_whole(here / "gantt.png", gantt))
        metadata[f"map, {scenario}"] = MetadataValue.path(write_whole(here / "map.png", drawn))
        titles = {"title": f"Routes ({scenario})", "title_es": f"Rutas ({scenario})"}
        page = route_map_html(mine, visits, missed, shapes, item_names=names, **titles, **notes)
        metadata[f"interactive map, {scenario}"] = MetadataValue.path(write_whole(here / "map.html", page.encode()))
    return MaterializeResult(metadata={**metadata, "sheets": written, "folder": MetadataValue.path(folder)})


ASSETS = [plan_routes, driver_sheets]
