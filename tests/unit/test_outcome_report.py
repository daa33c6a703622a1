"""The report for officials tells what was published, says what is withheld, and says the same in both languages."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from socialai_assets.children.disclosure_settings import disclosure_settings
from socialai_assets.children.outcome_report import outcome_document, words
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import document_html
from socialai_assets.publishing.languages import LANGUAGES, Language

AREAS = pd.DataFrame({"area_id": ["14", "140101"], "name": ["Lambayeque", "Chiclayo"], "level": ["admin1", "admin3"]})
RELEASES = pd.DataFrame(
    {
        "release_id": ["helped-1", "helped-2"],
        "population": "helped",
        "title": disclosure_settings().populations["helped"].title,
        "released_on": datetime.date(2026, 11, 22),
        "cells": 8,
        "suppressed": 2,
        "k": 13,
        "is_synthetic": True,
    }
)


def cells(release: str, known: int) -> pd.DataFrame:
    rows = [
        (area, sex, "all", category, None if (sex, category) == ("male", "for protection") else known)
        for area in ("14", "140101")
        for sex in ("all", "female", "male")
        for category in ("all", "for protection")
    ]
    table = pd.DataFrame(rows, columns=["area_id", "sex", "age", "category", "count"]).astype({"count": "Int64"})
    return table.assign(release_id=release, period="2024-01..2024-12", is_suppressed=table["count"].isna())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_newest_release_is_told_and_what_is_withheld_is_said(language: Language) -> None:
    both = pd.concat([cells("helped-1", 41), cells("helped-2", 57)], ignore_index=True)
    document = outcome_document(RELEASES, both, AREAS, language, smallest=10, notes=("S",))
    page = document_html(document)
    withheld = words()["labels"][language]["withheld"]
    assert ">57<" in page and ">41<" not in page
    assert f">{withheld}<" in page and "Lambayeque" in page and "Chiclayo" not in page
    assert words()["labels"][language]["by_time"] not in page
    assert "helped-1" in page and "helped-2" in page and "2024-01 – 2024-12" in page
    assert document_pdf(document).startswith(b"%PDF")


def test_years_are_told_beside_one_another() -> None:
    years = [
        cells("helped-2", known).assign(period=period)
        for period, known in (
            ("2023-01..2024-12", 80),
            ("2023-01..2023-12", 31),
            ("2024-01..2024-12", 49),
        )
    ]
    page = document_html(outcome_document(RELEASES, pd.concat(years, ignore_index=True), AREAS, "en", smallest=10))
    assert (
        "From year to year" in page and ">31<" in page and ">49<" in page and "2023-01 – 2024-12, by department" in page
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_anything_is_published_that_is_said(language: Language) -> None:
    page = document_html(outcome_document(RELEASES.iloc[:0], cells("x", 1).iloc[:0], AREAS, language, smallest=10))
    assert words()["labels"][language]["nothing"] in page


def test_whatever_the_settings_name_is_known_in_spanish() -> None:
    known = words()["spanish"]
    for population in disclosure_settings().populations.values():
        named = [population.title, *population.category, *population.sex]
        assert [name for name in named if name not in known] == []
