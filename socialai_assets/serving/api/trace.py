"""A row followed back to what it rests on, for programs. Walks nothing itself."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from socialai_assets.serving.api.tables import Name
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.problems import responses
from socialai_assets.serving.traced_rows import traced_for
from socialai_assets.tracing.telling import as_json

router = APIRouter(tags=["trace"])


@router.get(
    "/trace/{table}/{key}",
    responses={200: {"description": "The row and what it rests on, table by table."}, **responses(404, 422)},
    response_class=JSONResponse,
)
def trace(
    platform: Serving,
    asker: Asking,
    table: Name,
    key: str,
    depth: Annotated[int | None, Query(ge=1, le=50, description="Most tables away; default all the way.")] = None,
    rows: Annotated[int, Query(ge=1, le=100, description="Rows and lines shown of each table.")] = 5,
) -> JSONResponse:
    """What a row rests on, down to landed files and lines; the key's values, or `column=value` pairs, by commas.

    Tables on the way that you may not see are named, and their rows left out.
    """
    found = traced_for(platform.gate, asker, platform.settings, table, key.split(","), depth=depth, shown=rows)
    return JSONResponse(json.loads(json.dumps(as_json(found), default=str), parse_constant=lambda _: None))
