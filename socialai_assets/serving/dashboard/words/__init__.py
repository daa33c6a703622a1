"""Spanish of what pages say: a YAML file a page, English to Spanish. English is in the templates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from socialai_assets.publishing.languages import Language


def said(text: str, language: Language) -> str:
    """A text of ours in a language; what has no Spanish stays as it is, which a test looks for."""
    return text if language == "en" else spanish().get(text, text)


@cache
def spanish() -> dict[str, str]:
    """All words files together."""
    found: dict[str, str] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            found |= yaml.safe_load(file.read_text("utf-8")) or {}
    return found
