"""Shapes of areas for the pages' maps, packed and kept by the browser for as long as the lake's table is the same."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
from typing import Literal

from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.leaflet_page import packed_polygons
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
SHAPES, AREAS = "geography.area_shapes", "geography.areas"
_DISTRICTS = "SELECT area_id, ST_AsWKB(geometry_web) AS shape FROM shapes WHERE level = 'admin3'"
# The lake keeps the shapes of districts; larger areas are made of them.
_TOGETHER = """
SELECT areas.{level}_id AS area_id, ST_AsWKB(ST_Union_Agg(geometry_web)) AS shape
FROM shapes JOIN areas USING (area_id, level) GROUP BY ALL
"""
Level = Literal["admin1", "admin2", "admin3"]
KEPT = 32
_KEPT: dict[tuple[Level, str, int], bytes] = {}


def shapes_address(gate: Gate, asker: Asker, level: Level = "admin3") -> str:
    """Where the shapes of a level are; the address changes with the table and with what is granted of it."""
    return f"/shapes/{level}.json?v={_mark(gate, asker)}"


@router.get("/shapes/{level}.json")
def shapes(request: Request, level: Level, platform: Serving, asker: Asking) -> Response:
    """Shapes by code of area: polygons, rings, and steps of 1e-5 degrees from point to point."""
    if level == "admin3":
        rows = platform.gate.query(asker, _DISTRICTS, {"shapes": SHAPES})
    else:
        rows = platform.gate.query(asker, _TOGETHER.format(level=level), {"shapes": SHAPES, "areas": AREAS})
    key = (level, _mark(platform.gate, asker), rows.num_rows)
    if key not in _KEPT:
        if len(_KEPT) >= KEPT:
            _KEPT.clear()
        # Packing a country takes longer than all else a page does, and it is the same for everybody of a role.
        _KEPT[key] = gzip.compress(_packed(rows["area_id"].to_pylist(), rows["shape"].to_pylist()), 6)
    headers = {"Cache-Control": "private, max-age=86400, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(_KEPT[key]), media_type="application/json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(_KEPT[key], media_type="application/json", headers=headers)


def _packed(areas: list[str], shapes: list[bytes]) -> bytes:
    import shapely

    polygons = shapely.from_wkb(shapes)
    packed = {area: packed_polygons(shape) for area, shape in zip(areas, polygons, strict=True)}
    return json.dumps(packed, separators=(",", ":")).encode()


def _mark(gate: Gate, asker: Asker) -> str:
    """What the shapes depend on: the home, the table's version, and what is granted of it."""
    told = f"{gate.lake.location} {_version(gate)} {asker.person.areas} {asker.role}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _version(gate: Gate) -> str:
    with contextlib.closing(gate.lake.cursor()) as cursor:
        found = cursor.execute(
            "SELECT max(snapshot_id) FROM ducklake_snapshots('lake') WHERE commit_message LIKE $table",
            {"table": f'%"{SHAPES}"%'},
        ).fetchone()
    return str(found[0]) if found else ""
