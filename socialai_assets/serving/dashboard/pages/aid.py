"""Aid's first pages: what the morning asks for, and stock. Demand, plans and routes have modules of their own."""

from __future__ import annotations

import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.driver_sheets import clock
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.aid_reading import (
    BASELINE,
    day_to_show,
    item_names,
    item_units,
    scenarios,
    unserved,
)
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.plan_limits import limit_said
from socialai_assets.serving.dashboard.rows import Row, rows_if_made, rows_of
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
OVERVIEW = Page("aid", "/aid", "Aid today", "Aid", ("aid.allocation_plan",))
STOCK = Page("aid_stock", "/aid/stock", "Stock and orders", "Aid", ("aid.inventory_policy",))
PAGES = (OVERVIEW, STOCK)


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
        row["items"] = ", ".join(names.get(item) or item for item in row["items"].split())
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
