"""What is repaired and built within the budget and why, and where crews inspect. Plans are read, never made."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.map_layers import ground
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.spoken import code_words, spoken
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.traced_rows import trace_address
from socialai_assets.serving.what_ifs import form_address

router = APIRouter(include_in_schema=False)
REPAIRS = Page("water_repairs", "/water/repairs", "Repair plan", "Water", ("water.repair_fairness",))
ROUNDS = Page("water_rounds", "/water/inspections", "Inspection rounds", "Water", ("water.inspection_routes",))
PAGES = (REPAIRS, ROUNDS)
COLOURS = {"repair": "#0b5fa5", "build": "#1b7f5c", None: "#9aa3ad"}
CREWS = ("#0b3d73", "#c2571a", "#1b7f5c", "#7a3b8f", "#8a6100", "#4a5460")
ROWS = 30
BASELINE = "baseline"
ALL_AREAS = {"areas": "geography.areas"}


@router.get(REPAIRS.path, name=REPAIRS.name)
def repairs_page(
    request: Request,
    asker: Asking,
    platform: Serving,
    scenario: str = BASELINE,
    area: str = "",
    show: str = "",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """The plan's works in the order of what they gain for their cost, what is left out, and what fairness costs."""
    gate = platform.gate
    REPAIRS.require(asker, gate)
    values = {"scenario": scenario}
    plan = gate.query(
        asker,
        "SELECT action_id, action, is_chosen, coalesce(plan.name, system_id, place_id) AS name, plan.area_id, "
        "areas.name AS area, areas.admin1_id, areas.admin1_name, plan.latitude, plan.longitude, cost_usd, "
        "cost_cautious_usd, people_gaining, people_gaining_cautious, cost_per_person, fails, fails_lower, fails_upper, "
        "reason, budget_usd, status, gap, is_stale, plan.is_synthetic FROM plan LEFT JOIN areas USING (area_id) "
        "WHERE scenario = $scenario ORDER BY is_chosen DESC, cost_per_person NULLS LAST, action_id",
        {"plan": "water.repair_plan", **ALL_AREAS},
        values,
    ).to_pylist()
    may_trace = gate.may(asker, "trace")
    for row in plan:
        row["trace"] = trace_address("water.repair_plan", scenario, row["action_id"]) if may_trace else None
    departments = sorted({(row["admin1_id"], row["admin1_name"]) for row in plan if row["admin1_id"]})
    rows = [row for row in plan if area in ("", row["admin1_id"])]
    chosen = [row for row in rows if row["is_chosen"]]
    listed = chosen if show != "left_out" else [row for row in rows if not row["is_chosen"]]
    if format is not None:
        import pandas as pd

        return exported(pd.DataFrame(listed), format, f"water_repairs_{scenario}")
    context = {
        **spoken(asker.language),
        "scenario": scenario,
        "scenarios": _scenarios(gate, asker, "water.repair_plan"),
        "area": area,
        "departments": departments,
        "show": show,
        "first": plan[0] if plan else None,
        "works": len(chosen),
        "cost": sum(row["cost_usd"] for row in chosen),
        "people": sum(row["people_gaining"] for row in chosen),
        "cautious": sum(row["people_gaining_cautious"] for row in chosen),
        **vars(part_of(listed, page, ROWS)),
        "map": _repair_map(rows, shapes_address(gate, asker, "admin1"), asker.language),
        "fairness": gate.query(
            asker,
            "SELECT share_of_floor, least_share, people_gaining, price_of_fairness FROM fairness "
            "WHERE scenario = $scenario ORDER BY share_of_floor",
            {"fairness": "water.repair_fairness"},
            values,
        ).to_pylist(),
        "comparison": gate.query(
            asker,
            "SELECT method, people_gaining, people_gaining_cautious, poor_people_gaining, least_share, repairs, builds "
            "FROM comparison WHERE scenario = $scenario ORDER BY method <> 'plan', people_gaining DESC",
            {"comparison": "water.repair_comparison"},
            values,
        ).to_pylist(),
        "what_if": form_address(gate, asker, "water.repair_plan"),
        "synthetic": any(row["is_synthetic"] for row in plan),
    }
    return render(request, asker, "water_repairs.html", context)


@router.get(ROUNDS.path, name=ROUNDS.name)
def rounds_page(
    request: Request,
    asker: Asking,
    platform: Serving,
    scenario: str = BASELINE,
    day: str = "",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """The crews' ways by day, and who is not visited and why."""
    gate = platform.gate
    ROUNDS.require(asker, gate)
    values = {"scenario": scenario}
    routes = gate.query(
        asker,
        "SELECT CAST(day AS VARCHAR) AS day, crew, sequence, kind, name, lat_deg, lon_deg, arrives_minute, km, why, "
        "travel_source FROM routes WHERE scenario = $scenario ORDER BY day, crew, sequence",
        {"routes": "water.inspection_routes"},
        values,
    ).to_pylist()
    days = sorted({row["day"] for row in routes})
    chosen = day if day in days else (days[0] if days else "")
    stops = [row for row in routes if row["day"] == chosen]
    for row in stops:
        row["time"] = f"{int(row['arrives_minute']) // 60:02d}:{int(row['arrives_minute']) % 60:02d}"
    if format is not None:
        import pandas as pd

        return exported(pd.DataFrame(stops), format, f"inspections_{chosen or 'none'}")
    left = gate.query(
        asker,
        "SELECT coalesce(name, system_id) AS name, served_population, why, status, reason, rank, is_synthetic "
        "FROM stops WHERE scenario = $scenario ORDER BY rank",
        {"stops": "water.inspection_stops"},
        values,
    ).to_pylist()
    others = [row for row in left if row["status"] != "planned"]
    context = {
        **spoken(asker.language),
        "scenario": scenario,
        "scenarios": _scenarios(gate, asker, "water.inspection_stops"),
        "day_chosen": chosen,
        "days": days,
        "stops": stops,
        "planned": len(left) - len(others),
        **vars(part_of(others, page, ROWS)),
        "map": _round_map(stops, shapes_address(gate, asker, "admin1")),
        "source": stops[0]["travel_source"] if stops else None,
        "synthetic": any(row["is_synthetic"] for row in left),
    }
    return render(request, asker, "water_rounds.html", context)


def _scenarios(gate: Gate, asker: Asker, table: str) -> list[tuple[str, str]]:
    rows = gate.query(asker, "SELECT DISTINCT scenario FROM plan ORDER BY scenario", {"plan": table})
    return [(name, name) for name in rows["scenario"].to_pylist()]


def _repair_map(rows: list[dict[str, Any]], shapes: str, language) -> dict[str, Any]:
    points = []
    # What is chosen lies above what is not.
    for row in reversed(rows):
        kind = row["action"] if row["is_chosen"] else None
        told = said("{people} people gain, {cost} USD", language).format(
            people=number(row["people_gaining"], language=language), cost=number(row["cost_usd"], language=language)
        )
        name = code_words(language, "action", row["action"]) if kind else said("Not in the plan", language)
        points.append(
            {
                "at": [row["latitude"], row["longitude"]],
                "colour": COLOURS[kind],
                "radius": 6 if kind else 4,
                "title": row["name"],
                "lines": [name, told],
            }
        )
    entries = [
        {"colour": COLOURS["repair"], "text": code_words(language, "action", "repair")},
        {"colour": COLOURS["build"], "text": code_words(language, "action", "build")},
        {"colour": COLOURS[None], "text": said("Not in the plan", language)},
    ]
    return {
        "layers": [
            ground(shapes),
            {"kind": "points", "points": points},
        ],
        "legends": [{"title": said("Works", language), "entries": entries}],
    }


def _round_map(stops: list[dict[str, Any]], shapes: str) -> dict[str, Any]:
    lines, points, entries = [], [], []
    for place, crew in enumerate(sorted({row["crew"] for row in stops})):
        own = [row for row in stops if row["crew"] == crew]
        colour = CREWS[place % len(CREWS)]
        lines.append({"path": [[row["lat_deg"], row["lon_deg"]] for row in own], "colour": colour, "title": crew})
        points += [
            {
                "at": [row["lat_deg"], row["lon_deg"]],
                "colour": colour,
                "radius": 6,
                "title": row["name"],
                "lines": [f"{crew}, {row['time']}"],
            }
            for row in own
            if row["kind"] == "stop"
        ]
        entries.append({"colour": colour, "text": crew})
    return {
        "layers": [
            ground(shapes),
            {"kind": "lines", "lines": lines},
            {"kind": "points", "points": points},
        ],
        "legends": [{"title": "", "entries": entries}] if entries else [],
    }
