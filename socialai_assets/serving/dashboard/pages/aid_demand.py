"""Demand by region: forecasts with their intervals on map, chart and table, and what drives them. Forecasts nothing."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.aid_reading import (
    area_names,
    item_names,
    item_units,
)
from socialai_assets.serving.dashboard.colour_classes import ColourClasses
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import Row, ordered, part_of, rows_if_made, rows_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
DEMAND = Page("aid_demand", "/aid/demand", "Demand", "Aid", ("aid.demand_forecasts",))
PAGES = (DEMAND,)
_HISTORY = 40


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


def _place_name(row: Row, areas: dict[str, str], language: Language) -> str:
    if row["level"] == "country":
        return said("Whole country", language)
    return str(row["site"] or areas.get(row["place_id"]) or row["place_id"])


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
