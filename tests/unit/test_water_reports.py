"""District reports: plain words in both languages with the same figures, what is not known said, HTML and PDF alike."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.publishing.area_points import area_points_png
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import Document, Paragraph, Table, document_html
from socialai_assets.publishing.languages import Language
from socialai_assets.water.report_documents import report_document, system_states
from socialai_assets.water.report_plans import plan_blocks
from socialai_assets.water.report_settings import report_settings
from socialai_assets.water.report_words import (
    ReportTables,
    age_words,
    expected_words,
    known_words,
    place_words,
    proper_name,
    sure_words,
)
from socialai_assets.water.reports import MARKS, chosen_districts

VISIT = datetime.date(2025, 9, 10)
AREA = {"area_id": "010101", "name": "Chachapoyas", "admin2_name": "Chachapoyas", "admin1_name": "Amazonas"}
SYSTEMS = pd.DataFrame(
    {
        "system_id": ["W1", "W2", "W3", "W4"],
        "name": ["Arriba", None, "<b>Abajo</b>", "Lejos"],
        "area_id": ["010101", "010101", "010101", "010102"],
        "served_population": [400.0, None, 120.0, 80.0],
        "last_report": [VISIT, None, VISIT, VISIT],
        "lat_deg": [-6.2, -6.21, -6.22, -6.5],
        "lon_deg": [-77.8, -77.81, -77.85, -77.5],
        "is_synthetic": True,
    }
)
POINTS = pd.DataFrame(
    [
        ("W1", "treatment", True, None), ("W1", "catchment", None, "D"), ("W1", "access_point", False, None),
        ("W2", "treatment", None, None), ("W3", "treatment", False, None), ("W4", "treatment", True, None),
    ],
    columns=["system_id", "component", "works", "state"],
)  # fmt: skip
BROKEN = pd.DataFrame({"parameter": ["e_coli"] * 2, "subject_id": ["P1", "P2"], "day": [VISIT, VISIT]})
PLACES = pd.DataFrame(
    {"is_counted": [True, True, False], "people": [100.0, 60, 999], "people_in_gap": [40.0, 0, 0], "reach_km": 0.769}
)
RISKS = pd.DataFrame(
    {
        "target": ["treatment_fails", "catchment_fails"], "points": [4, 1], "basis": ["model", "withheld"],
        "expected_share": [0.314, None], "lower": [0.1, None], "upper": [0.6, None], "people_affected": [210.4, None],
        "people_affected_lower": [70.0, None], "people_affected_upper": [420.0, None],
    }
)  # fmt: skip
REPAIRS = pd.DataFrame(
    {
        "action_id": ["r1", "b1", "r2"], "action": ["repair", "build", "repair"], "is_chosen": [True, True, False],
        "name": ["Arriba", None, "Abajo"], "people_gaining": [120.4, 300.0, 0.0], "cost_usd": [5000.0, 20000, 900],
    }
)  # fmt: skip
INSPECTIONS = pd.DataFrame(
    {"status": ["planned", "planned", "left_out"], "day": [datetime.date(2026, 1, 5), datetime.date(2026, 1, 7), None]}
)


def tables(as_of: datetime.date = datetime.date(2026, 1, 1)) -> ReportTables:
    stated = SYSTEMS.assign(state=system_states(SYSTEMS, POINTS, pd.DataFrame({"system_id": ["W1"]})))
    own = stated[stated["area_id"] == "010101"]
    return ReportTables(
        AREA,
        own,
        POINTS[POINTS["system_id"].isin(own["system_id"])],
        BROKEN,
        PLACES,
        RISKS,
        REPAIRS,
        INSPECTIONS,
        as_of,
    )


def report(language: Language, picture: bytes | None = None) -> Document:
    return report_document(tables(), picture, language, 2, ("Source: tests",))


def test_a_systems_state_is_the_worst_that_was_found_and_unknown_where_nobody_looked() -> None:
    states = system_states(SYSTEMS, POINTS, pd.DataFrame({"system_id": ["W1"]}))
    assert states.tolist() == ["dry", "unknown", "untreated", "fine"]


def test_what_is_known_and_expected_is_counted_by_hand() -> None:
    said = known_words(tables(), "en")
    assert said[:3] == (
        "Systems looked at: 1; without water at the last visit: 1, with 400 people.",
        "Treatments looked at: 2; not working: 1.",
        "Catchments looked at: 1; in a bad state or fallen: 1.",
    )
    assert "boiled or treated" in said[3]
    assert said[4] == "By estimate 40 of 160 people live more than 0.8 km from a system that works."
    assert expected_words(tables(), "en") == (
        "Treatments not working today, by estimate: 31 % of 4 (from 10 % to 60 %). "
        "People affected: 210 (from 70 to 420).",
        "Catchments in a bad state or fallen: not estimated, since no model does better than chance here.",
    )
    assert sure_words(tables(), "es")[:2] == (
        "Ninguna visita dice cómo están: 1 / 3.",
        "No se sabe el día de la última visita: 1 / 3.",
    )


def test_what_is_proposed_is_listed_by_who_gains_and_is_no_decision() -> None:
    text, works, inspected = plan_blocks(REPAIRS, INSPECTIONS, "en")
    assert isinstance(text, Paragraph)
    assert isinstance(works, Table)
    assert isinstance(inspected, Paragraph)
    assert "About 420 people" in text.text
    assert "nobody has decided" in text.text
    assert works.rows == (("Build a new point", "\N{EN DASH}", "300", "20,000"), ("Repair", "Arriba", "120", "5,000"))
    assert inspected.text == "Systems proposed for inspection: 2 of 3, between 5 January 2026 and 7 January 2026."
    nothing = plan_blocks(REPAIRS.tail(1), INSPECTIONS.tail(1), "es")
    said = [block.text for block in nothing if isinstance(block, Paragraph)]
    assert "no propone nada aquí" in said[0]
    assert "no visitan ningún sistema" in said[1]


def test_names_in_capitals_are_written_as_names() -> None:
    assert proper_name("SANTA MARIA DE LA CUEVA") == "Santa Maria de la Cueva"
    assert proper_name("LA PAZ") == "La Paz"
    assert proper_name("Río Tambo") == "Río Tambo"


def test_old_visits_are_a_warning_and_new_ones_are_not() -> None:
    assert age_words(tables(), False).tone == "plain"
    old = age_words(tables(datetime.date(2027, 9, 10)), True)
    assert old.tone == "warning"
    assert old.text.startswith("Las visitas son del 10 de septiembre de 2025: la más reciente fue hace 2.0 años")
    undated = tables()
    undated = replace(undated, systems=undated.systems.assign(last_report=None))
    assert "nobody can say how old" in age_words(undated, False).text


def test_where_nobody_looked_the_report_says_so() -> None:
    bare = replace(
        tables(), systems=tables().systems.assign(state="unknown"), points=POINTS.head(0), exceedances=BROKEN.head(0),
        places=PLACES.head(0), risks=RISKS.head(0),
    )  # fmt: skip
    assert known_words(bare, "en") == (
        "Nobody has looked whether water comes.",
        "Nobody has looked whether treatments work.",
        "Nobody has looked at the state of catchments.",
        "No limit of quality is known to be broken; it may be that nobody has tested the water.",
    )
    assert expected_words(bare, "es") == ("No hay estimaciones.",)


def test_both_languages_say_the_same_figures() -> None:
    for say in (known_words, expected_words, sure_words):
        english, spanish = (" ".join(say(tables(), language)) for language in ("en", "es"))
        assert re.findall(r"\d[\d.,]*", english.replace("10 September", "")) == re.findall(
            r"\d[\d.,]*", spanish.replace("10 de septiembre", "")
        )


def test_pages_and_prints_hold_the_document() -> None:
    stated = tables().systems
    marks = {kind: (*mark, kind) for kind, mark in MARKS.items()}
    sources: dict[str, Any] = {"title": place_words(AREA), "source_note": "tests", "licence_note": "CC0"}
    picture = area_points_png(stated, None, marks, **sources, synthetic=False)
    document = report("es", picture)
    page = document_html(document)
    assert document.title == "El agua en Chachapoyas, Amazonas"
    assert "<b>Abajo" not in page
    assert 'href="010101_en.html"' in page
    listed = next(block for block in document.blocks if isinstance(block, Table))
    # The two in most trouble of three.
    assert [row[3] for row in listed.rows] == ["sin agua en la última visita", "el tratamiento no funcionaba"]
    assert listed.caption == "Sistemas de agua: 2 de 3"
    printed = document_pdf(document)
    assert printed.startswith(b"%PDF")
    assert printed == document_pdf(report("es", picture))


def test_districts_are_those_in_most_need_and_those_named() -> None:
    stated = SYSTEMS.assign(state=["dry", "unknown", "untreated", "unknown"])
    known = {"010101", "010102"}
    assert chosen_districts(stated, known, (), 1) == ["010101"]
    assert chosen_districts(stated, known, ("010102",), 5) == ["010102", "010101"]
    with pytest.raises(SettingsError, match="999999"):
        chosen_districts(stated, known, ("999999",), 1)
    assert report_settings({"districts": ["010102"]}).districts == ("010102",)
    with pytest.raises(SettingsError, match="most_systems"):
        report_settings({"most_systems": 0})
