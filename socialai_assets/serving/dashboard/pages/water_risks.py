"""Where water fails and may fail: the map of areas and points with their risks, or that these are withheld."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, percent, render
from socialai_assets.serving.dashboard.map_layers import bounds_of, ground
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.spoken import code_words, spoken
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.traced_rows import trace_address

router = APIRouter(include_in_schema=False)
RISKS = Page("water_risks", "/water/risks", "Risk of water systems", "Water", ("water.area_risk",))
PAGES = (RISKS,)
Target = Literal["treatment_fails", "catchment_fails"]
Level = Literal["admin1", "admin2", "admin3", "points"]
STEPS = ((0.1, "#fdf0d5"), (0.25, "#fbc98d"), (0.5, "#e8853f"), (0.75, "#b8441f"), (1.01, "#6e1a0f"))
CLASSES = {"high": "#b8441f", "medium": "#fbc98d", "low": "#2b6cb0"}
WITHHELD = "#9aa3ad"
ROWS = 30


@router.get(RISKS.path, name=RISKS.name)
def risks_page(
    request: Request,
    asker: Asking,
    platform: Serving,
    target: Target = "treatment_fails",
    level: Level = "admin3",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """Expected failures by area, or the risk of each point."""
    gate = platform.gate
    RISKS.require(asker, gate)
    rows = _points(gate, asker, target) if level == "points" else _areas(gate, asker, target, level)
    if format is not None:
        import pandas as pd

        return exported(pd.DataFrame(rows), format, f"water_{target}_{level}")
    models = gate.query(
        asker,
        "SELECT nearest_visits, is_withheld, auc, auc_lower, auc_upper, visits, is_synthetic FROM models "
        "WHERE target = $target ORDER BY visits DESC, nearest_visits",
        {"models": "water.risk_models"},
        {"target": target},
    ).to_pylist()
    table, key = ("water.point_risks", "point_id") if level == "points" else ("water.area_risk", "area_id")
    may_trace = gate.may(asker, "trace")
    for row in rows:
        row["trace"] = trace_address(table, row[key], target) if may_trace else None
    language = asker.language
    shapes = shapes_address(gate, asker, "admin1" if level == "points" else level)
    drawn = _point_map(rows, shapes, language) if level == "points" else _area_map(rows, shapes, language)
    context = {
        **spoken(language),
        "target": target,
        "level": level,
        "map": drawn,
        **vars(part_of(rows, page, ROWS)),
        "withheld": sum(row["is_withheld"] for row in rows),
        "on_visits": sum(row.get("basis") == "visits" for row in rows),
        "models": models,
        "synthetic": any(row["is_synthetic"] for row in rows),
    }
    return render(request, asker, "water_risks.html", context)


def _areas(gate: Gate, asker: Asker, target: Target, level: Level) -> list[dict[str, Any]]:
    return gate.query(
        asker,
        "SELECT risk.area_id, areas.name, areas.admin1_name, points, observed_points, failed_share, expected_share, "
        "lower, upper, people_affected, people_affected_lower, people_affected_upper, basis, "
        "basis = 'withheld' OR expected_share IS NULL AS is_withheld, risk.is_synthetic "
        "FROM risk JOIN areas USING (area_id) WHERE target = $target AND risk.level = $level "
        "ORDER BY expected_share DESC NULLS LAST, risk.area_id",
        {"risk": "water.area_risk", "areas": "geography.areas"},
        {"target": target, "level": level},
    ).to_pylist()


def _points(gate: Gate, asker: Asker, target: Target) -> list[dict[str, Any]]:
    return gate.query(
        asker,
        "SELECT point_id, coalesce(systems.name, system_id) AS name, risks.area_id, risk, lower, upper, risk_class, "
        "risks.is_withheld, observed, days_since_report, systems.lat_deg, systems.lon_deg, risks.is_synthetic "
        "FROM risks JOIN systems USING (system_id) WHERE target = $target ORDER BY risk DESC NULLS LAST, point_id",
        {"risks": "water.point_risks", "systems": "water.systems"},
        {"target": target},
    ).to_pylist()


def _area_map(rows: list[dict[str, Any]], shapes: str, language) -> dict[str, Any]:
    values = {}
    for row in rows:
        if row["is_withheld"]:
            lines = [said("Withheld: no model does better than chance here.", language)]
            colour = WITHHELD
        else:
            lines = [
                said("Expected to fail: {share} of {points} ({lower} to {upper})", language).format(
                    share=percent(row["expected_share"], language=language),
                    points=number(row["points"], language=language),
                    lower=percent(row["lower"], language=language),
                    upper=percent(row["upper"], language=language),
                )
            ]
            colour = next(colour for limit, colour in STEPS if row["expected_share"] < limit)
            if row["basis"] == "visits":
                lines.append(said("It rests on visits alone, not on a model.", language))
        values[row["area_id"]] = {"colour": colour, "title": row["name"], "lines": lines}
    limits = [0.0, *(limit for limit, _ in STEPS)]
    entries = [
        {"colour": colour, "text": f"{100 * low:.0f}–{100 * min(high, 1):.0f} %"}
        for low, (high, colour) in zip(limits, STEPS, strict=False)
    ]
    entries.append({"colour": WITHHELD, "text": said("withheld", language)})
    return {
        "layers": [{"kind": "areas", "shapes": shapes, "values": values, "others": "#f1f3f5"}],
        "legends": [{"title": said("Points expected to fail", language), "entries": entries}],
    }


def _point_map(rows: list[dict[str, Any]], shapes: str, language) -> dict[str, Any]:
    points = []
    for row in rows:
        if row["is_withheld"]:
            line = said("Withheld: no model does better than chance here.", language)
        else:
            line = said("Risk {risk} ({lower} to {upper})", language).format(
                **{name: percent(row[name], language=language) for name in ("risk", "lower", "upper")}
            )
        points.append(
            {
                "at": [row["lat_deg"], row["lon_deg"]],
                "colour": CLASSES.get(row["risk_class"], WITHHELD),
                "radius": 5,
                "title": row["name"],
                "lines": [line],
            }
        )
    entries = [{"colour": colour, "text": code_words(language, "risk_class", name)} for name, colour in CLASSES.items()]
    entries.append({"colour": WITHHELD, "text": said("withheld", language)})
    return {
        "fit": bounds_of(point["at"] for point in points),
        "layers": [ground(shapes), {"kind": "points", "points": points}],
        "legends": [{"title": said("Risk", language), "entries": entries}],
    }
