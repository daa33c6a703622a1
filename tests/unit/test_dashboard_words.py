"""Every text of the dashboard's templates has Spanish."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from socialai_assets.serving import dashboard
from socialai_assets.serving.dashboard.words import spanish

TEMPLATES = sorted((Path(dashboard.__file__).parent / "templates").glob("*.html"))
# The same in both languages.
SAME = {"Error"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_texts_have_spanish(template: Path):
    calls = jinja2.Environment().parse(template.read_text("utf-8")).find_all(nodes.Call)
    said = {
        call.args[0].value
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and isinstance(call.args[0], nodes.Const)
    }

    assert said - SAME - set(spanish()) == set()


def test_titles_of_pages_have_spanish():
    from socialai_assets.serving.dashboard import pages

    assert {page.title for page in pages.menu()} - set(spanish()) == set()
