"""Supply of camps: what is short, convoys, decisions and what came of them, who is served worse. Plans nothing."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.route_words import REASONS, change_words, item_lines
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.plan_limits import amount_said
from socialai_assets.serving.dashboard.refugee_reading import BASELINE, DECIDED, camps, cells, decisions, items
from socialai_assets.serving.dashboard.rows import Row, ordered, part_of, rows_if_made
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.what_ifs import form_address

router = APIRouter(include_in_schema=False)
SUPPLY = Page("refugees_supply", "/refugees/supply", "Supply of camps", "Refugees", ("refugees.supply_plan",))
DECISIONS = Page("refugees_decisions", "/refugees/decisions", "Decisions", "Refugees", ("refugees.overrides",))
FAIRNESS = Page(
    "refugees_fairness", "/refugees/fairness", "Who is served worse", "Refugees", ("refugees.fairness_audit",)
)
PAGES = (SUPPLY, DECISIONS, FAIRNESS)
BASES = {"reported": "what camps report", "planned": "what is planned"}


@router.get(SUPPLY.path, name=SUPPLY.name)
def supply(
    request: Request,
    asker: Asking,
    platform: Serving,
    conflict: str = "",
    week: str = "",
    item: str = "",
    sort: str = "",
    descending: str = "",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """What each camp needs, gets and lacks in a week, and the convoys that bring it."""
    gate = platform.gate
    SUPPLY.require(asker, gate)
    every = cells(gate, asker)
    weeks = sorted({row["week_start"] for row in every})
    chosen = next((start for start in weeks if start.isoformat() == week), weeks[0] if weeks else None)
    names = {row["camp_id"]: row["name"] for row in camps(gate, asker)}
    rows = [
        row
        | {
            "camp": names.get(row["camp_id"], row["camp_id"]),
            "link": f"/refugees/camps/{row['camp_id']}?week={chosen}&item={row['item_id']}#decide",
        }
        for row in every
        if row["week_start"] == chosen
        and (not conflict or row["conflict_id"] == conflict)
        and (not item or row["item_id"] == item)
    ]
    rows.sort(key=lambda row: 1.0 if row["met_share"] is None else row["met_share"])
    listed = ordered(rows, sort, bool(descending), ("camp", "item", "needed", "received", "missing", "met_share"))
    if format:
        import pandas as pd

        return exported(pd.DataFrame(listed), format, f"supply_{chosen}")
    known = items(gate, asker)
    context = {
        "weeks": weeks,
        "week": chosen,
        "conflicts": [(code, code) for code in sorted({row["conflict_id"] for row in every})],
        "conflict": conflict,
        "items": [(code, one["name"]) for code, one in known.items() if one["is_carried"]],
        "item": item,
        "part": part_of(listed, page),
        "short": [row for row in rows if row["missing"] > 0.005 * (row["needed"] or 1)],
        "convoys": _convoys(gate, asker, conflict, chosen, names, known),
        "unserved": _unserved(gate, asker, conflict, names),
        "sort": sort,
        "descending": bool(descending),
        "synthetic": any(row["is_synthetic"] for row in every),
        "stale": any(row["is_stale"] for row in every),
        "what_if": form_address(gate, asker, "refugees.supply_plan"),
    }
    return render(request, asker, "refugees_supply.html", context)


@router.get(DECISIONS.path, name=DECISIONS.name)
def decided(
    request: Request, asker: Asking, platform: Serving, page: int = 1, format: ExportFormat | None = None
) -> Response:
    """What people decided, what the plan made of it, and what came of it."""
    gate = platform.gate
    DECISIONS.require(asker, gate)
    rows = decisions(gate, asker)
    if format:
        import pandas as pd

        return exported(pd.DataFrame(rows), format, "decisions")
    summary = rows_if_made(
        gate,
        asker,
        "SELECT decision, decisions, decided_share, delivered_share, met_share, outcomes FROM summary "
        "WHERE camp_id = 'all' ORDER BY decision",
        {"summary": "refugees.override_summary"},
    )
    for row in summary:
        row["said"] = said(DECIDED[row["decision"]], asker.language)
    synthetic = any(row["is_synthetic"] for row in rows)
    context = {"part": part_of(rows, page), "summary": summary, "synthetic": synthetic}
    return render(request, asker, "refugees_decisions.html", context)


@router.get(FAIRNESS.path, name=FAIRNESS.name)
def fairness(
    request: Request, asker: Asking, platform: Serving, basis: str = "reported", format: ExportFormat | None = None
) -> Response:
    """Which groups have less of their needs met, how sure that is, what equality would cost."""
    gate = platform.gate
    FAIRNESS.require(asker, gate)
    language = asker.language
    audit = rows_if_made(
        gate, asker, "SELECT * FROM audit ORDER BY dimension, met_share", {"audit": "refugees.fairness_audit"}
    )
    rows = [row for row in audit if row["basis"] == basis]
    for row in rows:
        row["name"] = f"{said(row['dimension'].replace('_', ' '), language)}: {said(row['group'], language)}"
        worse = "served worse, and that is certain" if row["is_certain"] else "served worse, but that may be chance"
        row["verdict"] = said(worse if row["is_below"] else "not served worse", language)
    if format:
        import pandas as pd

        return exported(pd.DataFrame(rows), format, "fairness")
    plans = rows_if_made(
        gate,
        asker,
        "SELECT * FROM compared WHERE conflict_id = 'all' ORDER BY people_weeks_short",
        {"compared": "refugees.supply_comparison"},
    )
    for row in plans:
        row["name"] = said(row["plan"], language)
    context = {
        "rows": rows,
        "bases": [(code, said(BASES[code], language)) for code in sorted({row["basis"] for row in audit})],
        "basis": basis,
        "cost": rows_if_made(
            gate, asker, "SELECT * FROM cost ORDER BY conflict_id", {"cost": "refugees.fairness_cost"}
        ),
        "plans": plans,
        "synthetic": any(row["is_synthetic"] for row in audit),
        "bars": [
            {"group": row["name"], "share": row["met_share"], "lower": row["lower"], "upper": row["upper"]}
            for row in rows
        ],
    }
    return render(request, asker, "refugees_fairness.html", context)


def _convoys(gate: Gate, asker: Asker, conflict: str, week: object, camps: dict[str, str], known: dict) -> list[Row]:
    """Vehicles of the week with their stops in order."""
    values = {"scenario": BASELINE, "conflict": conflict, "week": week}
    kept = "WHERE scenario = $scenario AND week_start = $week AND ($conflict = '' OR conflict_id = $conflict)"
    rows = rows_if_made(
        gate, asker, f"SELECT * FROM convoys {kept} ORDER BY depot_id, vehicle_id",
        {"convoys": "refugees.convoys"}, values,
    )  # fmt: skip
    stops = rows_if_made(
        gate, asker, f"SELECT * FROM stops {kept} ORDER BY vehicle_id, sequence",
        {"stops": "refugees.convoy_stops"}, values,
    )  # fmt: skip
    names, language = {code: one["name"] for code, one in known.items()}, asker.language
    for row in stops:
        row["place"] = camps.get(row["camp_id"]) or said(row["kind"], language)
        row["goods"] = "; ".join(
            f"{name} {amount_said(text, language)}" for name, text in item_lines(row["items"], names, language)
        )
    own = {vehicle: list(visits) for vehicle, visits in groupby(stops, key=lambda row: row["vehicle_id"])}
    return [row | {"visits": own.get(row["vehicle_id"], [])} for row in rows]


def _unserved(gate: Gate, asker: Asker, conflict: str, camps: dict[str, str]) -> list[Row]:
    rows = rows_if_made(
        gate,
        asker,
        "SELECT * FROM unserved WHERE scenario = $scenario AND ($conflict = '' OR conflict_id = $conflict) "
        "ORDER BY week_start, camp_id",
        {"unserved": "refugees.unserved_convoy_stops"},
        {"scenario": BASELINE, "conflict": conflict},
    )
    spanish = asker.language == "es"
    for row in rows:
        row["place"] = camps.get(row["camp_id"], row["camp_id"])
        row["why"] = REASONS[row["reason"]][spanish] if row["reason"] in REASONS else row["explanation"]
        row["remedy"] = change_words(row, asker.language)
    return rows
