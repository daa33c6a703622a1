"""The languages that people read what is published in, and their marks in figures. No words here."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
# ISO 80000-1: groups of three digits are parted by a small space; Spanish has a decimal comma.
_SPANISH_MARKS = str.maketrans({",": "\u202f", ".": ","})


_FIGURE = re.compile(r"\d[\d,.]*\d")


def marked(text: str, language: Language) -> str:
    """A text whose figures have the marks of a language.

    Args:
        text: its figures with English marks: `1,203.5 kg`.
        language: of its reader.
    """
    return _FIGURE.sub(lambda figure: figure[0].translate(_SPANISH_MARKS), text) if language == "es" else text
