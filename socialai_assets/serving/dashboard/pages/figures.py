"""The page on what figures mean and do not mean, and its Markdown for the docs. The texts are in figures.yaml."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from fastapi import APIRouter, Request, Response

from socialai_assets.publishing.languages import Language
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dependencies import Asking

router = APIRouter(include_in_schema=False)
_HEAD = """# What each figure means

Written from `socialai_assets/serving/dashboard/figures.yaml`; the dashboard shows it at `/figures`, in Spanish as well.

| figure | page | what it is | what it is not |
|---|---|---|---|
"""


@router.get("/figures", name="figures")
def figures_page(request: Request, asker: Asking) -> Response:
    """What figures mean, for everybody who has signed in: it shows none."""
    return render(request, asker, "figures.html", {"figures": figures(asker.language)})


def figures(language: Language) -> list[dict[str, str]]:
    """Each figure's name, page, what it is and what it is not."""
    return [dict(zip(("figure", "is", "is_not"), one[language], strict=True), page=one["page"]) for one in _read()]


def markdown() -> str:
    """The same in English, as the docs have it."""
    rows = [f"| {one['figure']} | `{one['page']}` | {one['is']} | {one['is_not']} |" for one in figures("en")]
    return _HEAD + "\n".join(rows) + "\n"


@cache
def _read() -> list[dict]:
    return yaml.safe_load((files("socialai_assets.serving.dashboard") / "figures.yaml").read_text("utf-8"))
