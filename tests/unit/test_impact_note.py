"""The impact note says the same in both languages, and names what is held and who sees it."""

from __future__ import annotations

from socialai_assets.children.impact_note import HeldTable, ImpactFacts, impact_document, note_name, words
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import document_html
from socialai_assets.publishing.languages import LANGUAGES

FACTS = ImpactFacts(
    held=(HeldTable("children.cases", "Cases of child protection.", ("case_id", "child_id"), ("kind",)),),
    roles={"social_worker": ("works with families", "children.cases"), "analyst": ("works with tables", "")},
    snapshot_days=7,
    looks=1234,
    smallest=10,
    scores=(("AUC, leaves_school", ".801", "tested on later dates"),),
    synthetic=True,
)


def test_names_what_is_held_and_who_sees_it_in_both_languages() -> None:
    for language in LANGUAGES:
        page = document_html(impact_document(FACTS, language))
        for told in ("children.cases", "case_id, child_id", "kind", "social_worker", "1,234", "analyst", "10", ".801"):
            assert told in page, (language, told)
        assert "7 d" in page and f'lang="{language}"' in page
        assert document_pdf(impact_document(FACTS, language)).startswith(b"%PDF")
    assert note_name("es", "pdf") == "impact_note_es.pdf"


def test_each_part_has_as_much_to_say_in_spanish_as_in_english() -> None:
    def shape(part: object, language: str) -> object:
        if isinstance(part, dict) and set(part) == set(LANGUAGES):
            return len(part[language]) if isinstance(part[language], list) else 1
        assert isinstance(part, dict)
        return {name: shape(inner, language) for name, inner in part.items()}

    assert shape(words(), "en") == shape(words(), "es")
