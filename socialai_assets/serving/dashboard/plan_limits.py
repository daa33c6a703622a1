"""What plans of aid and supply say of limits, in the reader's language. The words themselves are in the words files."""

from __future__ import annotations

from socialai_assets.publishing.languages import Language
from socialai_assets.serving.dashboard.frame import number
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


def amount_said(text: str, language: Language) -> str:
    """An amount of `route_words.item_lines` as a driver reads it: `3.123099869 m3` is 3.1 m3."""
    figure, _, unit = text.partition(" ")
    try:
        amount = float(figure.replace(",", ""))
    except ValueError:
        return text
    decimals = 0 if amount >= 100 else 1 if amount >= 1 else 2
    return f"{number(amount, decimals, language=language)} {unit}"
