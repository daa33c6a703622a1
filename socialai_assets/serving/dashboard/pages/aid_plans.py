"""Aid's plans on pages: who gets what, routes with vehicles in time, how deliveries went. Solves nothing."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.aid_reading import BASELINE, area_names, item_names, scenarios
from socialai_assets.serving.dashboard.colour_classes import GOOD_IS_DARK, ColourClasses
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, percent, render
from socialai_assets.serving.dashboard.map_layers import ground
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.plan_limits import limit_said
from socialai_assets.serving.dashboard.rows import Row, ordered, part_of, rows_if_made, rows_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.what_ifs import form_address

router = APIRouter(include_in_schema=False)
PLAN = Page("aid_plan", "/aid/plan", "Who gets what", "Aid", ("aid.allocation_plan",))
DELIVERIES = Page("aid_deliveries", "/aid/deliveries", "Deliveries made", "Aid", ("aid.delivery_performance",))
PAGES = (PLAN, DELIVERIES)
PLAN_TABLE = "aid.allocation_plan"
_BOUNDS = (0.25, 0.5, 0.75, 0.95)


@router.get(PLAN.path, name=PLAN.name)
def plan(
    request: Request,
    asker: Asking,
    platform: Serving,
    scenario: str = BASELINE,
    item: str = "",
    show: str = "",
    sort: str = "people",
    descending: str = "1",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """The sharing plan: places, groups, what fairness costs, and what-ifs beside the baseline."""
    gate = platform.gate
    PLAN.require(asker, gate)
    every = scenarios(gate, asker, PLAN_TABLE)
    chosen = next((row for row in every if row["scenario"] == scenario), None) or next(iter(every), None)
    scenario = chosen["scenario"] if chosen else scenario
    rows = _places(gate, asker, scenario, item)
    kept = [row for row in rows if not show or row["why"]]
    listed = ordered(kept, sort, bool(descending), ("place", "people", "met_share", "coverage", "shortfall"))
    if format:
        import pandas as pd

        return exported(pd.DataFrame(listed), format, f"plan_{scenario}")
    names, areas = item_names(gate, asker), area_names(gate, asker)
    groups = rows_if_made(
        gate,
        asker,
        'SELECT group_kind, "group", people, coverage, reference_coverage, gain_points FROM groups '
        "WHERE scenario = $scenario ORDER BY group_kind, coverage",
        {"groups": "aid.allocation_groups"},
        {"scenario": scenario},
    )
    for row in groups:
        row["kind"] = said(row["group_kind"], asker.language)
        said_so = areas.get(row["group"]) or said(row["group"], asker.language)
        row["name"] = f"{row['kind']} {said_so}" if said_so.isdigit() else said_so
    curve = rows_if_made(
        gate,
        asker,
        "SELECT share_of_floor, least_coverage, people_reached, price_of_fairness, gini, cost_usd FROM curve "
        "WHERE scenario = $scenario ORDER BY share_of_floor",
        {"curve": "aid.fairness_curve"},
        {"scenario": scenario},
    )
    context = {
        "scenarios": [(row["scenario"], _scenario_said(row["scenario"], asker)) for row in every],
        "scenario": scenario,
        "items": sorted(names.items(), key=lambda pair: pair[1]),
        "item": item,
        "show": show,
        "state": chosen or {"is_stale": False, "is_synthetic": False},
        "short": [row for row in rows if row["why"]],
        "map": _coverage_map(gate, asker, rows),
        "part": part_of(listed, page, 20),
        "sort": sort,
        "descending": bool(descending),
        "groups": groups,
        "curve": curve,
        "compared": _compared(gate, asker),
        "past": rows_if_made(
            gate,
            asker,
            "SELECT plan, people_reached, least_coverage, unmet_units, cost_usd, regret_share FROM past "
            "WHERE scenario = $scenario ORDER BY people_reached DESC",
            {"past": "aid.plan_comparison"},
            {"scenario": scenario},
        ),
        "what_if": form_address(gate, asker, PLAN_TABLE),
    }
    for row in context["past"]:
        row["name"] = said(row["plan"], asker.language)
    return render(request, asker, "aid_plan.html", context)


@router.get(DELIVERIES.path, name=DELIVERIES.name)
def deliveries(
    request: Request,
    asker: Asking,
    platform: Serving,
    item: str = "",
    since: str = "",
    format: ExportFormat | None = None,
) -> Response:
    """How much of what was planned arrived, how late, at what cost, by carrier."""
    gate = platform.gate
    DELIVERIES.require(asker, gate)
    # Means of shares weigh each row by what it is a share of.
    figures = (
        "sum(deliveries) AS deliveries, sum(delivered) AS delivered, "
        "sum(delivered_quantity) FILTER (planned_quantity > 0) / nullif(sum(planned_quantity), 0) AS fulfilment, "
        "sum(on_time_share * timed) / nullif(sum(timed) FILTER (on_time_share IS NOT NULL), 0) AS on_time, "
        "sum(mean_minutes_late * timed) / nullif(sum(timed) FILTER (mean_minutes_late IS NOT NULL), 0) AS late, "
        "sum(cost_usd) AS cost_usd, sum(people_reached) AS people, bool_or(is_synthetic) AS is_synthetic"
    )
    tables = {"performance": "aid.delivery_performance"}
    kept = "WHERE ($item = '' OR item_id = $item) AND ($since = '' OR year::VARCHAR >= $since)"
    values = {"item": item, "since": since}
    carriers = rows_of(
        gate,
        asker,
        f"SELECT provider, {figures} FROM performance {kept} GROUP BY provider ORDER BY deliveries DESC",
        tables,
        values,
    )
    months = rows_of(
        gate,
        asker,
        f"SELECT provider, year, month, {figures} FROM performance {kept} AND month IS NOT NULL "
        "GROUP BY provider, year, month ORDER BY year, month",
        tables,
        values,
    )
    if format:
        import pandas as pd

        return exported(pd.DataFrame(months or carriers), format, "deliveries")
    known = rows_of(gate, asker, "SELECT DISTINCT item_id, year FROM performance ORDER BY 1, 2", tables)
    names = item_names(gate, asker)
    context = {
        "carriers": [row | {"provider": row["provider"] or said("Not known", asker.language)} for row in carriers],
        "items": sorted({(row["item_id"], names.get(row["item_id"]) or "") for row in known}, key=lambda pair: pair[1]),
        "years": [(str(year), str(year)) for year in sorted({row["year"] for row in known if row["year"]})],
        "item": item,
        "since": since,
        "lines": [
            {
                "carrier": row["provider"],
                "month": datetime.date(int(row["year"]), int(row["month"]), 1),
                "share": round(100 * row["on_time"], 1),
            }
            for row in months
            if row["on_time"] is not None
        ],
        "synthetic": any(row["is_synthetic"] for row in carriers),
    }
    return render(request, asker, "aid_deliveries.html", context)


def _places(gate: Gate, asker: Asker, scenario: str, item: str) -> list[Row]:
    """A row a place over the plan's periods."""
    rows = rows_of(
        gate,
        asker,
        # A place and item and period has a row for each depot, which repeat what the place gets in all.
        "SELECT place_id, any_value(p.name) AS place, any_value(p.people) AS people, any_value(coverage) AS coverage, "
        "sum(met) / nullif(sum(demand), 0) AS met_share, sum(shortfall) AS shortfall, any_value(reason) AS reason, "
        "any_value(latitude) AS latitude, any_value(longitude) AS longitude FROM ("
        "SELECT DISTINCT ON (place_id, item_id, period_start) * FROM plan "
        "WHERE scenario = $scenario AND ($item = '' OR item_id = $item)) p "
        "LEFT JOIN sites s ON s.site_id = p.place_id GROUP BY place_id ORDER BY place_id",
        {"plan": PLAN_TABLE, "sites": "aid.sites"},
        {"scenario": scenario, "item": item},
    )
    return [row | {"why": limit_said(row["reason"], asker.language)} for row in rows]


def _compared(gate: Gate, asker: Asker) -> list[Row]:
    """A row a scenario, the baseline first."""
    rows = rows_of(
        gate,
        asker,
        "SELECT scenario, any_value(status) AS status, max(gap) AS gap, any_value(budget_usd) AS budget_usd, "
        "sum(met) FILTER (is_first) / nullif(sum(demand) FILTER (is_first), 0) AS met_share, "
        "count(DISTINCT place_id) FILTER (shortfall > 0) AS short, sum(cost_usd) AS cost_usd, "
        "bool_or(is_stale) AS is_stale FROM ("
        "SELECT *, row_number() OVER (PARTITION BY scenario, place_id, item_id, period_start ORDER BY depot_id) = 1 "
        "AS is_first FROM plan) GROUP BY scenario ORDER BY scenario <> $baseline, scenario",
        {"plan": PLAN_TABLE},
        {"baseline": BASELINE},
    )
    language = asker.language
    for row in rows:
        row["name"] = _scenario_said(row["scenario"], asker)
        row["state"] = said(row["status"], language)
        row["age"] = said("older than its data" if row["is_stale"] else "up to date", language)
    return rows


def _scenario_said(scenario: str, asker: Asker) -> str:
    return said("Baseline", asker.language) if scenario == BASELINE else scenario


def _coverage_map(gate: Gate, asker: Asker, rows: list[Row]) -> dict[str, object]:
    language = asker.language
    classes = ColourClasses(_BOUNDS, GOOD_IS_DARK)
    covered = said("Need covered", language)
    points = [
        {
            "at": [row["latitude"], row["longitude"]],
            "colour": classes.colour(row["met_share"]),
            "radius": 5,
            "title": row["place"],
            "lines": [
                f"{covered}: {percent(row['met_share'], language=language)}",
                f"{said('People', language)}: {number(row['people'], language=language)}",
                *([row["why"]] if row["why"] else []),
            ],
        }
        for row in rows
        if row["latitude"] is not None
    ]
    legend = classes.legend(covered, lambda bound: percent(bound, language=language))
    return {"layers": [ground(shapes_address(gate, asker)), {"kind": "points", "points": points}], "legends": [legend]}
