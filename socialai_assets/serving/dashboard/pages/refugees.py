"""Refugees' first pages: camps on the map, one camp with its arrivals, needs and decisions. Plans nothing."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from resources.errors import ActionRefused, NothingSuch
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.colour_classes import ColourClasses
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, percent, render
from socialai_assets.serving.dashboard.map_layers import bounds_of, ground
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.refugee_reading import camps, cells, decisions, items
from socialai_assets.serving.dashboard.rows import Row, ordered, rows_if_made
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
CAMPS = Page("refugees", "/refugees", "Camps", "Refugees", ("refugees.camps",))
PAGES = (CAMPS,)
_BOUNDS = (0.5, 0.75, 0.9, 1.0)
_COLOURS = ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#8f0000")
_HISTORY = 60


@router.get(CAMPS.path, name=CAMPS.name)
def overview(
    request: Request,
    asker: Asking,
    platform: Serving,
    conflict: str = "",
    sort: str = "",
    descending: str = "",
    format: ExportFormat | None = None,
) -> Response:
    """All camps: how full, how many are expected, what this week lacks."""
    gate = platform.gate
    CAMPS.require(asker, gate)
    every = camps(gate, asker)
    rows = [row for row in every if not conflict or row["conflict_id"] == conflict]
    plan = cells(gate, asker, conflict=conflict)
    week = min((row["week_start"] for row in plan), default=None)
    for row in rows:
        own = [cell for cell in plan if cell["camp_id"] == row["camp_id"] and cell["week_start"] == week]
        worst = min((cell for cell in own if cell["met_share"] is not None), key=lambda c: c["met_share"], default=None)
        row["least"] = worst["met_share"] if worst else None
        row["least_item"] = worst["item"] if worst and worst["met_share"] < 0.995 else None
    listed = ordered(rows, sort, bool(descending), ("name", "people", "filled", "expected", "least"))
    if format:
        import pandas as pd

        return exported(pd.DataFrame(listed), format, "camps")
    context = {
        "rows": listed,
        "conflicts": [(code, code) for code in sorted({row["conflict_id"] for row in every})],
        "conflict": conflict,
        "map": _map(rows, asker, shapes_address(gate, asker, "admin2")),
        "week": week,
        "expected_on": max((row["expected_on"] for row in rows if row["expected_on"]), default=None),
        "people": sum(row["people"] or 0 for row in rows),
        "expected": sum(row["expected"] or 0 for row in rows),
        "full": sum(row["filled"] is not None and row["filled"] >= 1 for row in rows),
        "lacking": sum(row["least_item"] is not None for row in rows),
        "sort": sort,
        "descending": bool(descending),
        "synthetic": any(row["is_synthetic"] for row in rows),
        "stale": any(row["is_stale"] for row in plan),
    }
    return render(request, asker, "refugees.html", context)


@router.get("/refugees/camps/{camp:path}", name="refugees_camp")
def camp_page(
    request: Request, asker: Asking, platform: Serving, camp: str, week: str = "", item: str = "", landed: str = ""
) -> Response:
    """One camp: who is expected, what is sent, what to decide.

    Raises:
        NothingSuch: there is no such camp.
    """
    gate = platform.gate
    CAMPS.require(asker, gate)
    return _camp(request, asker, gate, camp, week, item, landed=landed)


@router.post("/refugees/camps/{camp:path}", name="refugees_decide")
def decide_on(
    request: Request,
    asker: Asking,
    platform: Serving,
    camp: str,
    item: Annotated[str, Form()],
    week: Annotated[str, Form()],
    decision: Annotated[str, Form()] = "",
    quantity: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Land a decision on what the plan recommends; the next run plans around it."""
    from socialai_assets.actions.overrides import Decision, decide, monday_of

    gate = platform.gate
    gate.allow(asker, "override")
    entered = {"item": item, "decision": decision, "quantity": quantity, "reason": reason}
    try:
        if decision not in ("accept", "change", "refuse"):
            raise ActionRefused(said("Choose whether to accept, change or refuse.", asker.language))
        wanted = _units(quantity, asker) if decision == "change" else None
        made = Decision(camp, item, monday_of(week), decision, wanted, reason, asker.role)
        decide(made, gate.lake, platform.settings)
    except ActionRefused as error:
        return _camp(request, asker, gate, camp, week, item, wrong=error.reasons, entered=entered)
    return RedirectResponse(
        f"/refugees/camps/{quote(camp)}?week={quote(week)}&item={quote(item)}&landed={decision}#decide", 303
    )


def _units(text: str, asker: Asker) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise ActionRefused(said("Say how many units are to be sent instead.", asker.language)) from error


def _camp(
    request: Request,
    asker: Asker,
    gate: Gate,
    camp: str,
    week: str,
    item: str,
    *,
    landed: str = "",
    wrong: tuple[str, ...] = (),
    entered: dict[str, str] | None = None,
) -> Response:
    found = next((row for row in camps(gate, asker) if row["camp_id"] == camp), None)
    if found is None:
        raise NothingSuch(f"There is no camp {camp}.", do="Open the list of camps.")
    plan = cells(gate, asker, camp=camp)
    weeks = sorted({row["week_start"] for row in plan})
    chosen = next((start for start in weeks if start.isoformat() == week), weeks[0] if weeks else None)
    now = sorted(
        (row for row in plan if row["week_start"] == chosen),
        key=lambda row: 1.0 if row["met_share"] is None else row["met_share"],
    )
    for row in now:
        row["decide"] = f"{request.url.path}?week={chosen}&item={row['item_id']}#decide"
    picked = next((row for row in now if row["item_id"] == item), now[0] if now else None)
    needs = rows_if_made(
        gate,
        asker,
        "SELECT item_id, needed, minimum, people, people_high, standard FROM needs "
        "WHERE camp_id = $camp AND week_start = $week ORDER BY item_id",
        {"needs": "refugees.needs"},
        {"camp": camp, "week": chosen},
    )
    known = items(gate, asker)
    context = {
        "camp": found,
        "fan": _fan(gate, asker, found),
        "ahead": _ahead(gate, asker, camp),
        "weeks": weeks,
        "week": chosen,
        "plan": now,
        "picked": picked,
        "needs": [
            row | {"item": known[row["item_id"]]["name"], "unit": known[row["item_id"]]["unit"]}
            for row in needs
            if row["item_id"] in known
        ],
        "decisions": decisions(gate, asker, camp),
        "accuracy": rows_if_made(
            gate,
            asker,
            "SELECT horizon, mae, wape, coverage_80, forecasts FROM performance WHERE camp_id = $camp ORDER BY horizon",
            {"performance": "refugees.forecast_performance"},
            {"camp": camp},
        ),
        "past": _past(gate, asker, camp, known),
        "may_decide": gate.may(asker, "override"),
        "landed": landed,
        "wrong": wrong,
        "entered": entered or {},
        "stale": any(row["is_stale"] for row in plan),
    }
    return render(request, asker, "refugees_camp.html", context, status=400 if wrong else 200)


def _past(gate: Gate, asker: Asker, camp: str, known: dict[str, Row]) -> list[Row]:
    rows = rows_if_made(
        gate,
        asker,
        "SELECT item_id, week_start, planned, delivered, needed, met_share FROM past WHERE camp_id = $camp "
        "ORDER BY week_start DESC, item_id LIMIT 20",
        {"past": "refugees.plan_performance"},
        {"camp": camp},
    )
    return [row | {"item": known.get(row["item_id"], {}).get("name", row["item_id"])} for row in rows]


def _ahead(gate: Gate, asker: Asker, camp: str) -> list[Row]:
    return rows_if_made(
        gate,
        asker,
        "SELECT week_start, q025, q100, q500, q900, q975 FROM forecasts WHERE camp_id = $camp ORDER BY week_start",
        {"forecasts": "refugees.population_forecasts"},
        {"camp": camp},
    )


def _fan(gate: Gate, asker: Asker, camp: Row) -> dict[str, object]:
    """People known by week, and the forecast with its intervals beside the capacity."""
    past = rows_if_made(
        gate,
        asker,
        f"SELECT week_start, people FROM population WHERE camp_id = $camp ORDER BY week_start DESC LIMIT {_HISTORY}",
        {"population": "refugees.camp_population"},
        {"camp": camp["camp_id"]},
    )
    text = said("Capacity", asker.language)
    return {
        "kind": "fan",
        "time": True,
        "x": "week_start",
        "y": "q500",
        "bands": [["q025", "q975"], ["q100", "q900"]],
        "observed": "people",
        "rows": [*reversed(past), *_ahead(gate, asker, camp["camp_id"])],
        "limits": [{"value": camp["capacity"], "text": text}] if camp["capacity"] else [],
    }


def _map(rows: list[Row], asker: Asker, shapes: str) -> dict[str, object]:
    language = asker.language
    classes = ColourClasses(_BOUNDS, _COLOURS)
    words = {text: said(text, language) for text in ("People", "Expected", "Capacity", "Open this camp")}
    most = max((row["people"] or 0 for row in rows), default=0) or 1
    points = [
        {
            "at": [row["latitude"], row["longitude"]],
            "colour": classes.colour(row["filled"]),
            "radius": 6 + 14 * ((row["people"] or 0) / most) ** 0.5,
            "title": row["name"],
            "lines": [
                f"{words['People']}: {number(row['people'], language=language)}",
                f"{words['Expected']}: {number(row['expected'], language=language)} "
                f"({number(row['lower'], language=language)} – {number(row['upper'], language=language)})",
                f"{words['Capacity']}: {number(row['capacity'], language=language)} ({row['basis']})",
            ],
            "link": {"text": words["Open this camp"], "address": row["link"]},
        }
        for row in rows
        if row["latitude"] is not None
    ]
    title = said("People for each place the camp has", language)
    legend = classes.legend(title, lambda bound: percent(bound, language=language), said("Not known", language))
    return {
        "fit": bounds_of(point["at"] for point in points),
        "layers": [ground(shapes), {"kind": "points", "points": points}],
        "legends": [legend],
    }
