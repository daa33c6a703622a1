"""A community's water in plain words: is it safe, what is broken, what happens next, whom to tell. Own areas only."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.community_rows import FIRST, Village, villages
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
COMMUNITY = Page("water_community", "/water/community", "Our water", "Water", ("water.systems",))
PAGES = (COMMUNITY,)
ROWS = 12


@router.get(COMMUNITY.path, name=COMMUNITY.name)
def community_page(
    request: Request, asker: Asking, platform: Serving, area: str = "", state: str = "", page: int = 1
) -> Response:
    """Each water system of the person's areas, what needs somebody first."""
    gate = platform.gate
    COMMUNITY.require(asker, gate)
    areas = gate.query(
        asker,
        "SELECT DISTINCT areas.area_id, areas.name FROM areas JOIN systems USING (area_id) ORDER BY areas.name",
        {"areas": "geography.areas", "systems": "water.systems"},
    ).to_pylist()
    own = {row["area_id"] for row in areas}
    today = datetime.datetime.now(datetime.UTC).date()
    all_of_them = _villages(gate, asker, (area,) if area in own else (), today)
    shown_all = [one for one in all_of_them if state in ("", one.state)]
    context = {
        "areas": [(row["area_id"], row["name"]) for row in areas],
        "area": area if area in own else "",
        "state": state,
        "states": [(one, sum(village.state == one for village in all_of_them)) for one in FIRST],
        **vars(part_of(shown_all, page, ROWS)),
        "synthetic": any(one.is_synthetic for one in all_of_them),
    }
    return render(request, asker, "water_community.html", context)


def _villages(gate: Gate, asker: Asker, areas: tuple[str, ...], today: datetime.date) -> list[Village]:
    def read(table: str, columns: str, where: str = "true"):
        found = gate.query(asker, f"SELECT {columns} FROM own WHERE {where}", {"own": table}, areas=areas)
        return found.to_pandas()

    return villages(
        read("water.systems", "system_id, name, area_id, management, last_report, is_synthetic"),
        read("water.points", "system_id, component, works, state"),
        read("water.supply_failures", "system_id"),
        read("water.repair_plan", "system_id", "scenario = 'baseline' AND is_chosen AND action = 'repair'"),
        read("water.inspection_stops", "system_id, day", "scenario = 'baseline' AND status = 'planned'"),
        today,
    )
