"""The first page: what somebody may open, in words. Reads no table."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dependencies import Asking

router = APIRouter(include_in_schema=False)


@router.get("/", name="home")
def home(request: Request, asker: Asking) -> Response:
    """The pages that are open to whoever asks."""
    return render(request, asker, "home.html", {})
