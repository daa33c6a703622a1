"""Poverty's pages: the map of estimates with their uncertainty. Reads tables and computes none."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dependencies import Asking, Serving

router = APIRouter(include_in_schema=False)
MAP = Page("poverty_map", "/poverty", "Map of poverty", "Poverty", ("poverty.district_predictions",))
PAGES = (MAP,)


@router.get(MAP.path, name=MAP.name)
def poverty_map(request: Request, asker: Asking, platform: Serving) -> Response:
    """Estimates of all areas."""
    gate = platform.gate
    MAP.require(asker, gate)
    rows = gate.query(
        asker,
        "SELECT area_id, name, estimate, lower, upper FROM predictions ORDER BY estimate DESC",
        {"predictions": "poverty.district_predictions"},
    ).to_pylist()
    values = {
        row["area_id"]: {
            "colour": "#c2571a" if row["estimate"] > 40 else "#9fc3e8",
            "title": row["name"],
            "lines": [f"{row['estimate']:.1f} %"],
        }
        for row in rows
    }
    drawn = {
        "layers": [{"kind": "areas", "shapes": shapes_address(gate, asker), "values": values, "others": None}],
        "legends": [{"title": "Poverty", "entries": [{"colour": "#c2571a", "text": "> 40 %"}]}],
    }
    return render(request, asker, "poverty_map.html", {"rows": rows[:20], "map": drawn})
