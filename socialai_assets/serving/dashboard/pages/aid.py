"""Aid's first pages: what the morning asks for, demand by region, stock. Plans and routes are in aid_plans.py."""

from __future__ import annotations

import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.driver_sheets import clock
from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.aid_reading import (
    BASELINE,
    area_names,
    day_to_show,
    item_names,
    item_units,
    scenarios,
    unserved,
)
from socialai_assets.serving.dashboard.colour_classes import ColourClasses
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.plan_limits import limit_said
from socialai_assets.serving.dashboard.rows import Row, ordered, part_of, rows_if_made, rows_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
OVERVIEW = Page("aid", "/aid", "Aid today", "Aid", ("aid.allocation_plan",))
DEMAND = Page("aid_demand", "/aid/demand", "Demand", "Aid", ("aid.demand_forecasts",))
STOCK = Page("aid_stock", "/aid/stock", "Stock and orders", "Aid", ("aid.inventory_policy",))
PAGES = (OVERVIEW, DEMAND, STOCK)
_HISTORY = 40


@router.get(OVERVIEW.path, name=OVERVIEW.name)
def overview(request: Request, asker: Asking, platform: Serving) -> Response:
    """What leaves, what is short, what cannot be served, what to order."""
    gate = platform.gate
    OVERVIEW.require(asker, gate)
    baseline = {"scenario": BASELINE}
    routes = rows_if_made(
        gate,
        asker,
        "SELECT r.*, coalesce(d.name, r.depot_id) AS depot FROM routes r LEFT JOIN depots d USING (depot_id) "
        "WHERE scenario = $scenario ORDER BY day, starts_minute, vehicle_id",
        {"routes": "aid.route_plan", "depots": "aid.depots"},
        baseline,
    )
    day = day_to_show(sorted({row["day"] for row in routes}), None, datetime.date.today())
    # A plan's first period is what is handed out next.
    short = rows_of(
        gate,
        asker,
        "SELECT place_id, any_value(name) AS name, any_value(people) AS people, min(coverage) AS coverage, "
        "string_agg(DISTINCT item_id, ' ') AS items, any_value(reason) AS reason, bool_or(is_stale) AS is_stale "
        "FROM plan WHERE scenario = $scenario AND shortfall > 0 "
        "AND period_start = (SELECT min(period_start) FROM plan WHERE scenario = $scenario) "
        "GROUP BY place_id ORDER BY people DESC, place_id",
        {"plan": "aid.allocation_plan"},
        baseline,
    )
    for row in routes:
        row["clock"], row["back"] = clock(row["starts_minute"]), clock(row["ends_minute"])
        row["type"] = said(row["vehicle_type"].replace("_", " "), asker.language)
        row["link"] = f"/aid/routes?{urlencode({'day': row['day'], 'vehicle': row['vehicle_id']})}"
    orders = _levels(gate, asker, only_to_order=True)
    names = item_names(gate, asker)
    for row in short:
        row["items"] = ", ".join(names.get(item, item) for item in row["items"].split())
        row["why"] = limit_said(row["reason"], asker.language)
    state = scenarios(gate, asker, "aid.allocation_plan")
    return render(
        request,
        asker,
        "aid.html",
        {
            "plan_day": day,
            "is_today": day == datetime.date.today(),
            "leaving": [row for row in routes if row["day"] == day],
            "short": short,
            "orders": orders,
            "unserved": unserved(gate, asker, BASELINE),
            "state": state[0] if state else {"is_stale": False, "is_synthetic": False},
        },
    )


@router.get(DEMAND.path, name=DEMAND.name)
def demand(
    request: Request,
    asker: Asking,
    platform: Serving,
    item: str = "",
    place: str = "",
    week: str = "",
    sort: str = "q500",
    descending: str = "1",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """Forecasts by region and item, with their intervals, and what drives them."""
    gate = platform.gate
    DEMAND.require(asker, gate)
    names, units, areas = item_names(gate, asker), item_units(gate, asker), area_names(gate, asker)
    forecasts = {"forecasts": "aid.demand_forecasts"}
    items = [
        row["item_id"]
        for row in rows_of(gate, asker, "SELECT DISTINCT item_id FROM forecasts ORDER BY item_id", forecasts)
    ]
    item = item if item in items else (items[0] if items else "")
    rows = rows_of(
        gate,
        asker,
        "SELECT f.place_id, f.level, f.period, f.period_start, f.model, f.is_baseline, f.is_synthetic, "
        "f.q025, f.q100, f.q500, f.q900, f.q975, s.name AS site FROM forecasts f "
        "LEFT JOIN sites s ON f.level = 'site' AND s.site_id = f.place_id WHERE f.item_id = $item "
        "ORDER BY f.period, f.period_start, f.level, f.place_id",
        {**forecasts, "sites": "aid.sites"},
        {"item": item},
    )
    for row in rows:
        row["name"] = _place_name(row, areas, asker.language)
        row["kind"] = _level_said(row, asker.language)
        row["link"] = _fan_address(request, item, row["place_id"])
    weeks = sorted({row["period_start"] for row in rows})
    chosen = next((start for start in weeks if start.isoformat() == week), weeks[0] if weeks else None)
    wide = {row["place_id"]: row for row in rows if row["level"] != "site"}
    place = (
        place
        if any(row["place_id"] == place for row in rows)
        else next((code for code, row in wide.items() if row["level"] == "country"), next(iter(wide), ""))
    )
    now = [row for row in rows if row["period_start"] == chosen]
    listed = ordered(now, sort, bool(descending), ("name", "q500", "q900"))
    if format:
        import pandas as pd

        return exported(pd.DataFrame(listed).drop(columns=["link"], errors="ignore"), format, f"demand_{item}")
    levels = {row["place_id"]: row["level"] for row in rows}
    regions = [(code, f"{row['name']} ({row['kind']})") for code, row in wide.items()]
    if levels.get(place) == "site":
        regions.append((place, next(row["name"] for row in rows if row["place_id"] == place)))
    drivers = rows_if_made(
        gate,
        asker,
        "SELECT driver, kind, value, unit FROM drivers WHERE item_id = $item ORDER BY value DESC",
        {"drivers": "aid.demand_drivers"},
        {"item": item},
    )
    context = {
        "items": [(code, names.get(code, code)) for code in items],
        "item": item,
        "item_name": names.get(item, item),
        "unit": said(units.get(item, ""), asker.language),
        "place": place,
        "place_name": next((row["name"] for row in rows if row["place_id"] == place), place),
        "regions": regions,
        "weeks": weeks,
        "week": chosen,
        "fan": _fan(gate, asker, item, place, levels.get(place, ""), rows),
        "forecast": [row for row in rows if row["place_id"] == place],
        "map": _demand_map(gate, asker, now),
        "part": part_of(listed, page),
        "sort": sort,
        "descending": bool(descending),
        "importance": [
            {"driver": said(row["driver"], asker.language), "value": round(row["value"], 3)}
            for row in drivers
            if row["kind"] == "importance" and row["value"] is not None and row["value"] >= 0.01
        ],
        "season": [
            {"month": int(row["driver"].removeprefix("month ")), "value": row["value"]}
            for row in sorted(drivers, key=lambda row: row["driver"])
            if row["kind"] == "season"
        ],
        "trend": [row for row in drivers if row["kind"] == "trend"],
        "synthetic": any(row["is_synthetic"] for row in rows),
        "is_baseline": any(row["is_baseline"] for row in rows if row["place_id"] == place),
    }
    return render(request, asker, "aid_demand.html", context)


@router.get(STOCK.path, name=STOCK.name)
def stock(
    request: Request,
    asker: Asking,
    platform: Serving,
    depot: str = "",
    item: str = "",
    order: str = "",
    format: ExportFormat | None = None,
) -> Response:
    """What is at each depot, what is to be ordered, what expires."""
    gate = platform.gate
    STOCK.require(asker, gate)
    every = _levels(gate, asker)
    kept = [
        row
        for row in every
        if (not depot or row["depot_id"] == depot)
        and (not item or row["item_id"] == item)
        and (not order or row["order_quantity"] > 0)
    ]
    if format:
        import pandas as pd

        return exported(pd.DataFrame(kept), format, "stock")
    batches = rows_if_made(
        gate,
        asker,
        "SELECT s.*, coalesce(d.name, s.depot_id) AS depot FROM stock s LEFT JOIN depots d USING (depot_id) "
        "WHERE ($depot = '' OR depot_id = $depot) AND ($item = '' OR item_id = $item) "
        "ORDER BY coalesce(expires_on, arrives_on) NULLS LAST, depot_id, item_id, batch",
        {"stock": "aid.stock", "depots": "aid.depots"},
        {"depot": depot, "item": item},
    )
    names = item_names(gate, asker)
    for row in batches:
        row["item"] = names.get(row["item_id"], row["item_id"])
    context = {
        "rows": kept,
        "batches": batches,
        "depots": sorted({(row["depot_id"], row["depot"]) for row in every}, key=lambda pair: pair[1]),
        "items": sorted({(row["item_id"], row["item"]) for row in every}, key=lambda pair: pair[1]),
        "depot": depot,
        "item": item,
        "order": order,
        "counted_on": max((row["as_of"] for row in batches), default=None),
        "bars": [
            {"place": f"{row['depot']}: {row['item']}", "share": round(row["position"] / row["reorder_point"], 3)}
            for row in kept
            if row["reorder_point"]
        ],
        "synthetic": any(row["is_synthetic"] for row in every),
        "stale": any(row["is_stale"] for row in every),
    }
    return render(request, asker, "aid_stock.html", context)


def _levels(gate: Gate, asker: Asker, only_to_order: bool = False) -> list[Row]:
    rows = rows_if_made(
        gate,
        asker,
        "SELECT p.*, coalesce(d.name, p.depot_id) AS depot, p.on_hand + p.on_order AS position FROM policy p "
        "LEFT JOIN depots d USING (depot_id) WHERE scenario = $scenario "
        "AND (NOT $to_order OR order_quantity > 0) ORDER BY position / nullif(reorder_point, 0), depot, item_id",
        {"policy": "aid.inventory_policy", "depots": "aid.depots"},
        {"scenario": BASELINE, "to_order": only_to_order},
    )
    names, units = item_names(gate, asker), item_units(gate, asker)
    return [
        row
        | {
            "item": names.get(row["item_id"], row["item_id"]),
            "unit": said(units.get(row["item_id"], ""), asker.language),
        }
        for row in rows
    ]


def _place_name(row: Row, areas: dict[str, str], language: Language) -> str:
    if row["level"] == "country":
        return said("Whole country", language)
    return row["site"] or areas.get(row["place_id"], row["place_id"])


def _level_said(row: Row, language: Language) -> str:
    return said(
        {"area": "district", "admin1": "department", "admin2": "province", "country": "country"}.get(
            row["level"], "site"
        ),
        language,
    )


def _fan_address(request: Request, item: str, place: str) -> str:
    return f"{request.url.path}?{urlencode({'item': item, 'place': place})}#fan"


def _fan(gate: Gate, asker: Asker, item: str, place: str, level: str, rows: list[Row]) -> dict[str, object]:
    """What was reported, and the forecast with its intervals."""
    own = {"site": "place_id", "area": "area_id", "admin2": "admin2_id", "admin1": "admin1_id"}.get(level)
    # The column is one of ours above; without one, all places count.
    condition = f"{own} = $place" if own else "$place = $place"
    past = rows_if_made(
        gate,
        asker,
        "SELECT period_start AS start, sum(quantity) AS reported FROM features "
        f"WHERE item_id = $item AND {condition} AND quantity IS NOT NULL GROUP BY period_start "
        f"ORDER BY period_start DESC LIMIT {_HISTORY}",
        {"features": "aid.demand_features"},
        {"item": item, "place": place},
    )
    ahead = [
        {
            "start": row["period_start"],
            "middle": row["q500"],
            "q025": row["q025"],
            "q100": row["q100"],
            "q900": row["q900"],
            "q975": row["q975"],
        }
        for row in rows
        if row["place_id"] == place
    ]
    return {
        "kind": "fan",
        "time": True,
        "x": "start",
        "y": "middle",
        "bands": [["q025", "q975"], ["q100", "q900"]],
        "observed": "reported",
        "rows": [*reversed(past), *ahead],
    }


def _demand_map(gate: Gate, asker: Asker, now: list[Row]) -> dict[str, object]:
    language = asker.language
    districts = [row for row in now if row["level"] == "area"]
    classes = ColourClasses.of([row["q500"] for row in districts])
    words = {text: said(text, language) for text in ("Expected (median)", "80 % interval", "Forecast of this place")}

    decimals = 0 if max((row["q500"] or 0 for row in districts), default=0) >= 20 else 1

    def write(value: float | None) -> str:
        return number(value, decimals, language=language)

    values = {
        row["place_id"]: {
            "colour": classes.colour(row["q500"]),
            "title": row["name"],
            "lines": [
                f"{words['Expected (median)']}: {write(row['q500'])}",
                f"{words['80 % interval']}: {write(row['q100'])} – {write(row['q900'])}",
            ],
            "link": {"text": words["Forecast of this place"], "address": row["link"]},
        }
        for row in districts
    }
    legend = classes.legend(words["Expected (median)"], write, said("No demand recorded", language))
    return {
        "layers": [{"kind": "areas", "shapes": shapes_address(gate, asker), "values": values, "others": "#d9dde2"}],
        "legends": [legend] if districts else [],
    }
