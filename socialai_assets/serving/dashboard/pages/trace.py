"""The page of what a row rests on, down to landed files and lines. Walks nothing itself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.api.contracts import said_of
from socialai_assets.serving.api.tables import Name
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.traced_rows import traced_for
from socialai_assets.tracing.telling import as_json

router = APIRouter(include_in_schema=False)


@router.get("/trace/{table}/{key}", name="trace")
def trace_page(request: Request, asker: Asking, platform: Serving, table: Name, key: str) -> Response:
    """The tables a row rests on, in the order walked: their rows, what wrote them, and in the end landed lines."""
    trace = as_json(traced_for(platform.gate, asker, platform.settings, table, key.split(",")))
    steps = [_told(step) for step in trace["steps"]]
    context = {
        "table": table,
        "about": said_of(table),
        "row": steps[0]["shown"][0] if steps[0]["shown"] else trace["key"],
        "followed": [step for step in steps[1:] if step["rows"]],
        "whole": [step for step in steps[1:] if step["rows"] is None],
        "without": [step["table"] for step in steps[1:] if step["rows"] == 0],
        "decisions": trace["decisions"],
        "first": steps[0],
        "address": f"/v1{request.url.path}",
    }
    return render(request, asker, "trace.html", context)


def _told(step: dict[str, Any]) -> dict[str, Any]:
    """A step with what its table holds, and its rows as tables of the page."""
    columns = list(dict.fromkeys(name for row in step["shown"] for name in row))
    return {
        **step,
        "about": said_of(step["table"]).split(". ")[0].rstrip("."),
        "columns": [{"key": name, "title": name} for name in columns],
        "model": {name: _in_words(value) for name, value in step.get("model", {}).items()},
        "written": step.get("written"),
    }


def _in_words(value: object) -> object:
    """Nested facts on one line."""
    return ", ".join(f"{name}: {one}" for name, one in value.items()) if isinstance(value, dict) else value
