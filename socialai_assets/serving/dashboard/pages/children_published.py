"""What is published about children: counts that passed disclosure control, and the report on them. No person.

Withheld counts are shown as withheld; nothing here adds up what could give one away.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from socialai_assets.children.outcome_report import report_name, words
from socialai_assets.children.release_tables import whole_period
from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.spoken import spoken
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate, NotMadeYet

router = APIRouter(include_in_schema=False)
RELEASES, CELLS = "children.releases", "children.published_cells"
PUBLISHED = Page("children_published", "/children/published", "Published counts", "Children", (CELLS,))
PAGES = (PUBLISHED,)
SPLITS = ("area", "sex", "age", "period")
ALL = "all"


@router.get(PUBLISHED.path, name=PUBLISHED.name)
def published(
    request: Request,
    asker: Asking,
    platform: Serving,
    release: str = "",
    by: Literal["area", "sex", "age", "period"] = "area",
    area: str = "",
    format: ExportFormat | None = None,
) -> Response:
    """The counts of a release, split by one thing."""
    gate = platform.gate
    PUBLISHED.require(asker, gate)
    releases = gate.query(
        asker, "SELECT * FROM releases ORDER BY released_on DESC, release_id DESC", {"releases": RELEASES}
    ).to_pylist()
    chosen = next((row for row in releases if row["release_id"] == release), releases[0] if releases else None)
    cells = _cells(gate, asker, chosen["release_id"]) if chosen else []
    categories = list(dict.fromkeys(cell["category"] for cell in cells))
    # Where a release splits its areas no further, all of it is all there is.
    areas = _areas(gate, asker, {cell["area_id"] for cell in cells})
    rows = split(cells, by, area or ALL, dict(areas))
    if format is not None:
        import pandas as pd

        return exported(pd.DataFrame(rows), format, f"children_{chosen['release_id'] if chosen else 'none'}_{by}")
    context = {
        **spoken(asker.language),
        "releases": [
            {**row, "title": _told(row["title"], asker.language), "unit": _told(row["unit"], asker.language)}
            for row in releases
        ],
        "chosen": chosen,
        "title": _told(chosen["title"], asker.language) if chosen else "",
        "categories": [(name, _told(name, asker.language)) for name in categories],
        "rows": rows,
        "by": by,
        "splits": SPLITS,
        "area": area,
        "areas": [(code, name) for code, name in areas if code != ALL],
        "limits": words()["limits"][asker.language],
        "withheld_note": words()["withheld_note"][asker.language].format(
            smallest=chosen["smallest_allowed"] if chosen else 0
        ),
        "has_report": _report(platform.settings.home, asker.language).is_file(),
    }
    return render(request, asker, "children_published.html", context)


@router.get("/children/published/report.pdf")
def report(asker: Asking, platform: Serving) -> Response:
    """The report for officials, in the reader's language."""
    PUBLISHED.require(asker, platform.gate)
    file = _report(platform.settings.home, asker.language)
    if not file.is_file():
        raise NotMadeYet("The report has not been made yet", do="Run `socialai run`.")
    return FileResponse(file, media_type="application/pdf", filename=file.name)


def split(
    cells: list[dict[str, Any]],
    by: Literal["area", "sex", "age", "period"],
    area: str,
    names: dict[str, str],
) -> list[dict[str, Any]]:
    """Rows of a table: a group each, a column for each category; withheld counts say so.

    Args:
        cells: of one release.
        by: what the rows are.
        area: of which area; all areas of a level where rows are areas: those below are kept apart by their code.
        names: of areas, by code.
    """
    if not cells:
        return []
    whole = whole_period([cell["period"] for cell in cells])
    dimension = "area_id" if by == "area" else by
    fixed = {"area_id": area, "sex": ALL, "age": ALL, "period": whole}
    fixed.pop(dimension)
    kept = [cell for cell in cells if all(cell[name] == value for name, value in fixed.items())]
    found: dict[str, dict[str, Any]] = {}
    for cell in kept:
        code = cell[dimension]
        row = found.setdefault(code, {"group": names.get(code, code) if by == "area" else code, "code": code})
        row[cell["category"]] = "withheld" if cell["is_suppressed"] else cell["count"]
    last = whole if by == "period" else ALL
    return sorted(found.values(), key=lambda row: (row["code"] != last, row["code"]))


def _cells(gate: Gate, asker: Asker, release: str) -> list[dict[str, Any]]:
    return gate.query(
        asker,
        "SELECT area_id, period, sex, age, category, count, is_suppressed FROM cells WHERE release_id = $release "
        "ORDER BY category",
        {"cells": CELLS},
        {"release": release},
    ).to_pylist()


def _areas(gate: Gate, asker: Asker, codes: set[str]) -> list[tuple[str, str]]:
    rows = gate.query(
        asker,
        "SELECT area_id, name FROM areas WHERE area_id IN (SELECT unnest($codes)) ORDER BY area_id",
        {"areas": "geography.areas"},
        {"codes": sorted(codes) or [""]},
    ).to_pylist()
    return [(ALL, ALL), *((row["area_id"], row["name"]) for row in rows)]


def _told(text: str, language: Language) -> str:
    return words()["spanish"].get(text, text) if language == "es" else text


def _report(home, language: Language):
    return home / "published" / "children" / "outcomes" / report_name(language, "pdf")
