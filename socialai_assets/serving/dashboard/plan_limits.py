"""What plans of aid and supply say of limits, in the reader's language. The words themselves are in the words files."""

from __future__ import annotations

from socialai_assets.publishing.languages import Language
from socialai_assets.serving.dashboard.words import said

JOIN = "; or "


def limit_said(reason: str | None, language: Language) -> str | None:
    """Why a place gets less than its minimum, as `methods.allocation.reasons` writes it: one limit or several."""
    if reason is None:
        return None
    return said(JOIN, language).join(said(limit, language) for limit in reason.split(JOIN))


def item_name(row: dict[str, object], language: Language) -> str:
    """Name of a row of `aid.items` or `refugees.relief_items`, whose Spanish is its own or in the words files."""
    own = row.get("name_es") if language == "es" else None
    return str(own) if own else said(str(row["name"]), language)
