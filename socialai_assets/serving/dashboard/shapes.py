"""Shapes of areas for the pages' maps, packed and kept by the browser for as long as the lake's table is the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
from functools import lru_cache
from typing import Literal

from fastapi import APIRouter, Response

from socialai_assets.publishing.leaflet_page import packed_polygons
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
SHAPES = "geography.area_shapes"
Level = Literal["admin1", "admin2", "admin3"]


def shapes_address(gate: Gate, asker: Asker, level: Level = "admin3") -> str:
    """Where the shapes of a level are; the address changes with the table and with what is granted of it."""
    mark = hashlib.sha256(f"{_version(gate)} {asker.person.areas} {asker.role}".encode()).hexdigest()[:16]
    return f"/shapes/{level}.json?v={mark}"


@router.get("/shapes/{level}.json")
def shapes(level: Level, platform: Serving, asker: Asking) -> Response:
    """Shapes by code of area: polygons, rings, and steps of 1e-5 degrees from point to point."""
    rows = platform.gate.query(
        asker,
        "SELECT area_id, ST_AsWKB(geometry_web) AS shape FROM shapes WHERE level = $level",
        {"shapes": SHAPES},
        {"level": level},
    )
    content = _packed(tuple(rows["area_id"].to_pylist()), tuple(rows["shape"].to_pylist()))
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(content, media_type="application/json", headers=headers)


@lru_cache(maxsize=4)
def _packed(areas: tuple[str, ...], shapes: tuple[bytes, ...]) -> bytes:
    import shapely

    polygons = shapely.from_wkb(list(shapes))
    packed = {area: packed_polygons(shape) for area, shape in zip(areas, polygons, strict=True)}
    return json.dumps(packed, separators=(",", ":")).encode()


def _version(gate: Gate) -> str:
    with contextlib.closing(gate.lake.cursor()) as cursor:
        found = cursor.execute(
            "SELECT max(snapshot_id) FROM ducklake_snapshots('lake') WHERE commit_message LIKE $table",
            {"table": f'%"{SHAPES}"%'},
        ).fetchone()
    return str(found[0]) if found else ""
