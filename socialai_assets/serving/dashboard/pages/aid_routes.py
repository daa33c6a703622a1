"""Routes of a day on the map, with vehicles in time, and what is left out. Plans nothing."""

from __future__ import annotations

import datetime
from itertools import groupby

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.driver_sheets import clock
from socialai_assets.publishing.languages import Language
from socialai_assets.publishing.route_pictures import WAY_COLOURS
from socialai_assets.publishing.route_words import item_lines
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.aid_reading import (
    BASELINE,
    day_to_show,
    item_names,
    scenarios,
    unserved,
)
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.map_layers import bounds_of, ground
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.plan_limits import amount_said
from socialai_assets.serving.dashboard.rows import Row, rows_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.vehicle_tracks import step_at, steps_of
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.what_ifs import form_address

router = APIRouter(include_in_schema=False)
ROUTES = Page("aid_routes", "/aid/routes", "Routes", "Aid", ("aid.route_plan",))
PAGES = (ROUTES,)
_DASHES = (None, "9 5", "2 5", "12 4 2 4")
_TABLES = {"routes": "aid.route_plan", "depots": "aid.depots"}


@router.get(ROUTES.path, name=ROUTES.name)
def routes(
    request: Request,
    asker: Asking,
    platform: Serving,
    scenario: str = BASELINE,
    day: str = "",
    vehicle: str = "",
    minute: int = -1,
    format: ExportFormat | None = None,
) -> Response:
    """A day's vehicles: where they are at a time, their stops in order, and what nobody serves."""
    gate = platform.gate
    ROUTES.require(asker, gate)
    every = scenarios(gate, asker, "aid.route_plan")
    state = next((row for row in every if row["scenario"] == scenario), None) or next(iter(every), None)
    scenario = state["scenario"] if state else scenario
    planned = rows_of(
        gate,
        asker,
        "SELECT r.*, coalesce(d.name, r.depot_id) AS depot FROM routes r LEFT JOIN depots d USING (depot_id) "
        "WHERE scenario = $scenario ORDER BY day, vehicle_id",
        _TABLES,
        {"scenario": scenario},
    )
    days = sorted({row["day"] for row in planned})
    shown = day_to_show(days, day, datetime.date.today())
    today = [row for row in planned if row["day"] == shown]
    stops = _stops(gate, asker, scenario, shown)
    if vehicle:
        stops = [row for row in stops if row["vehicle_id"] == vehicle]
    if format:
        import pandas as pd

        return exported(pd.DataFrame(stops), format, f"routes_{shown}")
    own = {name: list(visits) for name, visits in groupby(stops, key=lambda row: row["vehicle_id"])}
    steps = {name: steps_of(visits) for name, visits in own.items()}
    begin = int(min((way[0]["from"] for way in steps.values() if way), default=360)) // 5 * 5
    end = -(-int(max((way[-1]["to"] for way in steps.values() if way), default=1080) + 1) // 5) * 5
    minute = begin if not begin <= minute <= end else minute
    out = unserved(gate, asker, scenario)
    colours = {row["vehicle_id"]: number for number, row in enumerate(today)}
    language = asker.language
    for way in steps.values():
        for step in way:
            step["says"] = _says(step, language)
    vehicles = [
        row
        | {
            "colour": WAY_COLOURS[colours[row["vehicle_id"]] % len(WAY_COLOURS)],
            "type": said(row["vehicle_type"].replace("_", " "), language),
            "leaves": clock(row["starts_minute"]),
            "back": clock(row["ends_minute"]),
            "now": _now(steps[row["vehicle_id"]], minute, language),
            "visits": own[row["vehicle_id"]],
        }
        for row in today
        if row["vehicle_id"] in own
    ]
    context = {
        "scenarios": [
            (row["scenario"], said("Baseline", language) if row["scenario"] == BASELINE else row["scenario"])
            for row in every
        ],
        "scenario": scenario,
        "state": state or {"is_stale": False, "is_synthetic": False},
        "days": days,
        "shown": shown,
        "names": [(row["vehicle_id"], row["vehicle_id"]) for row in today],
        "vehicle": vehicle,
        "vehicles": vehicles,
        "begin": begin,
        "end": end,
        "minute": minute,
        "time": clock(minute),
        "out": out,
        "what_if": form_address(gate, asker, "aid.route_plan"),
        "map": _map(gate, asker, vehicles, steps, out, colours),
        "bars": [
            {
                "vehicle": name,
                "from": _instant(shown, step["from"]),
                "to": _instant(shown, step["to"]),
                "activity": said(step["activity"], language),
                "text": f"{clock(step['from'])} – {clock(step['to'])}: {step['says']}",
            }
            for name, way in steps.items()
            for step in way
        ],
    }
    return render(request, asker, "aid_routes.html", context)


def _stops(gate: Gate, asker: Asker, scenario: str, day: datetime.date | None) -> list[Row]:
    names = item_names(gate, asker)
    rows = rows_of(
        gate,
        asker,
        "SELECT * EXCLUDE (scenario, inputs) FROM stops WHERE scenario = $scenario AND day = $day "
        "ORDER BY vehicle_id, sequence",
        {"stops": "aid.route_stops"},
        {"scenario": scenario, "day": day},
    )
    language = asker.language
    for row in rows:
        row["arrives"], row["leaves"] = clock(row["arrives_minute"]), clock(row["leaves_minute"])
        row["place"] = row["name"] or said(row["kind"], language)
        row["goods"] = "; ".join(
            f"{name} {amount_said(text, language)}" for name, text in item_lines(row["items"], names, language)
        )
    return rows


def _says(step: Row, language: Language) -> str:
    activity, place = step["activity"], step["place"] or ""
    if activity == "driving":
        return said("on the way to {place}", language).format(place=place)
    return said(f"{activity} at {{place}}" if activity != "break" else "break", language).format(place=place)


def _now(steps: list[Row], minute: int, language: Language) -> str:
    step = step_at(steps, minute)
    if step:
        return step["says"]
    return said("not yet left" if steps and minute < steps[0]["from"] else "back", language)


def _instant(day: datetime.date | None, minute: float) -> str:
    start = datetime.datetime.combine(day or datetime.date.today(), datetime.time())
    return (start + datetime.timedelta(minutes=minute)).isoformat() + "Z"


def _map(
    gate: Gate, asker: Asker, vehicles: list[Row], steps: dict[str, list[Row]], out: list[Row], colours: dict[str, int]
) -> dict[str, object]:
    language = asker.language
    lines, points, depots = [], [], {}
    for row in vehicles:
        placed = [visit for visit in row["visits"] if visit["latitude"] is not None]
        lines.append(
            {
                "path": [[visit["latitude"], visit["longitude"]] for visit in placed],
                "colour": row["colour"],
                "dash": _DASHES[colours[row["vehicle_id"]] // len(WAY_COLOURS) % len(_DASHES)],
                "title": row["vehicle_id"],
                "lines": [f"{number(row['km'], language=language)} km, {row['leaves']} – {row['back']}"],
            }
        )
        for visit in placed:
            if visit["kind"] != "stop":
                depots[visit["place_id"]] = visit
                continue
            points.append(
                {
                    "at": [visit["latitude"], visit["longitude"]],
                    "colour": row["colour"],
                    "radius": 5,
                    "title": f"{visit['sequence']}. {visit['place']}",
                    "lines": [f"{row['vehicle_id']}, {visit['arrives']} – {visit['leaves']}", visit["goods"]],
                }
            )
    left = [
        {
            "at": [row["latitude"], row["longitude"]],
            "colour": "#ffffff",
            "radius": 5,
            "title": row["place"],
            "lines": [row["why"], row["remedy"]],
        }
        for row in out
        if row["latitude"] is not None
    ]
    stores = [
        {"at": [at["latitude"], at["longitude"]], "colour": "#111111", "radius": 8, "title": at["place"]}
        for at in depots.values()
    ]
    words = {text: said(text, language) for text in ("Routes", "Stops", "Left out", "Depots", "Vehicles")}
    tracks = [
        {"name": row["vehicle_id"], "colour": row["colour"], "steps": steps[row["vehicle_id"]]} for row in vehicles
    ]
    moving = {
        "kind": "vehicles",
        "name": words["Vehicles"],
        "clock": "clock",
        "tracks": tracks,
        "waits": said("not yet left", language),
        "done": said("back", language),
    }
    spots = [[step["start"] for step in way] for way in steps.values()]
    return {
        "fit": bounds_of(spot for way in spots for spot in way),
        "layers": [
            ground(shapes_address(gate, asker)),
            {"kind": "lines", "name": words["Routes"], "lines": lines},
            {"kind": "points", "name": words["Left out"], "points": left},
            {"kind": "points", "name": words["Stops"], "points": points},
            {"kind": "points", "name": words["Depots"], "points": stores},
            *([moving] if tracks else []),
        ],
        "legends": [
            {
                "title": said("Vehicle", language),
                "entries": [{"colour": row["colour"], "text": row["vehicle_id"]} for row in vehicles],
            },
            {
                "title": "",
                "entries": [
                    {"colour": "#111111", "text": words["Depots"]},
                    {"colour": "#ffffff", "text": words["Left out"]},
                ],
            },
        ],
    }
