"""What figures mean: on the page in both languages, and in the docs as on the page."""

from __future__ import annotations

from pathlib import Path

from socialai_assets.serving.dashboard import pages
from socialai_assets.serving.dashboard.pages.figures import figures, markdown

DOCS = Path(__file__).parents[2] / "docs" / "figures.md"


def test_the_docs_say_what_the_page_says():
    assert DOCS.read_text("utf-8") == markdown()


def test_every_figure_is_of_a_page_and_told_in_both_languages():
    english, spanish = figures("en"), figures("es")
    assert {one["page"] for one in english} <= {page.path for page in pages.menu()}
    assert [one["page"] for one in english] == [one["page"] for one in spanish]
    assert all(
        one[part] != other[part] for one, other in zip(english, spanish, strict=True) for part in ("figure", "is")
    )
