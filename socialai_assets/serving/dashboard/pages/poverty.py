"""Poverty's pages: the map of estimates with their uncertainty, and a district's. Reads tables and computes none."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from fastapi import APIRouter, Request, Response

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, number, render
from socialai_assets.serving.dashboard.map_layers import (
    POVERTY_COLOURS,
    WIDTH_COLOURS,
    area_layer,
    classes_of,
    coloured,
    legend,
)
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of, rows_if_made
from socialai_assets.serving.dashboard.shapes import shapes_address
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate, NotMadeYet
from socialai_assets.serving.traced_rows import trace_address

router = APIRouter(include_in_schema=False)
MAP = Page("poverty_map", "/poverty", "Map of poverty", "Poverty", ("poverty.district_predictions",))
PAGES = (MAP,)
ROWS = 25
Shown = Literal["estimate", "width", "official", "clusters"]
SHOWN: dict[str, str] = {
    "estimate": "Estimated poverty", "width": "Width of the interval", "official": "Official figure",
    "clusters": "Clusters of poverty",
}  # fmt: skip
SORTED = ("name", "admin1_name", "estimate", "official", "width", "poor_people")
# Blue and red of one lightness; what means nothing is pale.
CLUSTERS = {
    "hotspot": ("#b2182b", "poorer than chance would have it"),
    "coldspot": ("#2166ac", "less poor than chance would have it"),
    "not significant": ("#ece9e0", "no cluster"),
    "no neighbours": ("#ece9e0", "no cluster"),
}
DISTRICTS = """
SELECT area_id, name, admin1_name, admin2_name, estimate, lower, upper, upper - lower AS width, official,
       official_lower, official_upper, population, poor_people, is_baseline, is_synthetic
FROM predictions ORDER BY estimate DESC, area_id
"""
# The model in use and the best of the simple ways, on districts of provinces that neither had seen.
QUALITY = """
SELECT model, is_served, max(value) FILTER (metric = 'r2') AS r2, max(value) FILTER (metric = 'mae') AS error,
       max(value) FILTER (metric = 'coverage_90') AS coverage, max(value) FILTER (metric = 'areas') AS areas
FROM scores WHERE "group" = 'all' AND split = 'province' AND (is_served OR is_baseline)
GROUP BY ALL ORDER BY is_served DESC, r2 DESC LIMIT 2
"""


@router.get(MAP.path, name=MAP.name)
def poverty_map(
    request: Request,
    asker: Asking,
    platform: Serving,
    show: Shown = "estimate",
    department: str = "",
    q: str = "",
    sort: str = "estimate",
    descending: str = "1",
    page: int = 1,
    format: ExportFormat | None = None,
) -> Response:
    """Estimates of all districts, or of a department's, on the map and as a table."""
    gate = platform.gate
    MAP.require(asker, gate)
    every = gate.query(asker, DISTRICTS, {"predictions": "poverty.district_predictions"}).to_pandas()
    every["cluster"] = every["area_id"].map(_clusters(gate, asker))
    departments = sorted(every["admin1_name"].unique())
    chosen = every[every["admin1_name"] == department] if department in departments else every
    if q.strip():
        chosen = chosen[chosen["name"].str.contains(q.strip(), case=False, regex=False)]
    if sort in SORTED:
        chosen = chosen.sort_values(sort, ascending=not descending, na_position="last", kind="stable")
    if format:
        return exported(chosen, format, "poverty")
    part = part_of(list(chosen.index), page, ROWS)
    rows = chosen.loc[part.rows]
    return render(
        request,
        asker,
        "poverty_map.html",
        {
            "map": _map(every, chosen, show, gate, asker),
            **vars(part),
            "rows": [
                {**row, "link": f"/poverty/{row['area_id']}"}
                for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
            ],
            "show": show,
            "shown": [(key, said(text, asker.language)) for key, text in SHOWN.items()],
            "departments": [(name, name) for name in departments],
            "department": department,
            "q": q,
            "sort": sort,
            "descending": bool(descending),
            "official": int(chosen["official"].notna().sum()),
            "poor": float(chosen["poor_people"].sum()),
            "hotspots": int((chosen["cluster"] == "hotspot").sum()),
            "width": float(chosen["width"].median()) if len(chosen) else None,
            "is_synthetic": bool(every["is_synthetic"].any()),
            "is_baseline": bool(every["is_baseline"].any()),
            "quality": _quality(gate, asker),
        },
    )


@router.get("/poverty/{area}", name="poverty_district")
def district(request: Request, asker: Asking, platform: Serving, area: str) -> Response:
    """Why a district is estimated as it is, beside the official figure, and its neighbours."""
    gate = platform.gate
    MAP.require(asker, gate)
    language = asker.language
    found = _rows(gate, asker, "SELECT * FROM it WHERE area_id = $area", "district_predictions", area)
    if not found:
        raise NotMadeYet(f"There is no district `{area}`", do="Search for it on the map of poverty.")
    explained = _rows(
        gate,
        asker,
        f"SELECT *, sentence_{language} AS sentence, what_if_{language} AS what_if, caution_{language} AS caution, "
        "(SELECT count(*) FROM it) AS areas FROM it WHERE area_id = $area",
        "district_explanations",
        area,
    )
    reasons = _rows(
        gate,
        asker,
        f"SELECT text_{language} AS text, effect, rank FROM it WHERE area_id = $area ORDER BY rank",
        "district_reasons",
        area,
    )
    near = gate.query(
        asker,
        "SELECT p.area_id, p.name, p.estimate, p.lower, p.upper, p.official FROM predictions p "
        "JOIN neighbours n ON n.neighbour_id = p.area_id WHERE n.area_id = $area ORDER BY p.estimate DESC",
        {"predictions": "poverty.district_predictions", "neighbours": "geography.neighbours"},
        {"area": area},
    ).to_pylist()
    compared = [{**found[0], "this": True}, *near]
    return render(
        request,
        asker,
        "poverty_district.html",
        {
            "district": found[0],
            "explained": explained[0] if explained else None,
            "reasons": reasons,
            "chart": {
                "kind": "bars", "rows": compared, "x": "estimate", "y": "name", "lower": "lower", "upper": "upper",
                "dot": "official", "xLabel": "%",
            },
            "trace": trace_address("poverty.district_predictions", area) if gate.may(asker, "trace") else None,
            "near": [{**row, "link": f"/poverty/{row['area_id']}"} for row in near],
        },
    )  # fmt: skip


def _rows(gate: Gate, asker: Asker, sql: str, table: str, area: str) -> list[dict[str, Any]]:
    """A district's rows of a table of poverty that may not have been made, or may not be granted."""
    name = f"poverty.{table}"
    if not gate.has(name) or not gate.may(asker, name):
        return []
    return gate.query(asker, sql, {"it": name}, {"area": area}).to_pylist()


def _quality(gate: Gate, asker: Asker) -> dict[str, Any] | None:
    """How good the model in use is where it had seen nothing, beside the best simple way; None where no score is."""
    found = rows_if_made(gate, asker, QUALITY, {"scores": "poverty.model_scores"})
    if not found or not found[0]["is_served"]:
        return None
    return {**found[0], "simple": found[1] if len(found) > 1 else None}


def _clusters(gate: Gate, asker: Asker) -> dict[str, str]:
    if not gate.has("poverty.hotspots") or not gate.may(asker, "poverty.hotspots"):
        return {}
    found = gate.query(asker, "SELECT area_id, gi_cluster FROM hotspots", {"hotspots": "poverty.hotspots"})
    return dict(zip(found["area_id"].to_pylist(), found["gi_cluster"].to_pylist(), strict=True))


def _map(every: pd.DataFrame, chosen: pd.DataFrame, show: Shown, gate: Gate, asker: Asker) -> dict[str, Any]:
    """What static/map.js draws; classes are those of all districts, whichever are chosen."""
    language = asker.language
    title = said(SHOWN[show], language)
    if show == "clusters":
        colours = [CLUSTERS.get(cluster, CLUSTERS["not significant"])[0] for cluster in chosen["cluster"]]
        entries = [{"colour": CLUSTERS[key][0], "text": said(CLUSTERS[key][1], language)} for key in list(CLUSTERS)[:3]]
        told = {"title": title, "entries": entries}
    else:
        classes = classes_of(every[show], WIDTH_COLOURS if show == "width" else POVERTY_COLOURS)
        colours = coloured(chosen, show, classes)
        missing = said("no official figure", language) if chosen[show].isna().any() else None
        unit = said("points", language) if show == "width" else "%"
        told = legend(title, classes, unit, missing=missing)
    estimated, official = said("estimated {a} % ({b} to {c} %)", language), said("official {a} %", language)
    open_it = said("Why, and what is around", language)

    def lines(row: Any) -> dict[str, Any]:
        one = [number(figure, 1, language=language) for figure in (row.estimate, row.lower, row.upper)]
        texts = [row.admin1_name, estimated.format(a=one[0], b=one[1], c=one[2])]
        if row.official == row.official:
            texts.append(official.format(a=number(row.official, 1, language=language)))
        return {"lines": texts, "link": {"text": open_it, "address": f"/poverty/{row.area_id}"}}

    return {"layers": [area_layer(chosen, colours, shapes_address(gate, asker), lines)], "legends": [told]}
