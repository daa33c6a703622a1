"""What the codes of route plans say: every one has words in both languages, with its figures."""

from __future__ import annotations

import re

import numpy as np
import pytest

from socialai_assets.aid import route_contracts
from socialai_assets.factories import route_changes
from socialai_assets.publishing.languages import marked
from socialai_assets.publishing.route_words import CHANGES, REASONS, change_words, item_lines

FIGURES = {"change_kg": 799.5, "change_m3": 0.25, "change_minutes": 12.01, "change_km": 3.14}


def test_every_code_of_the_tables_has_words() -> None:
    assert set(REASONS) == set(route_contracts.REASONS)
    assert set(CHANGES) == set(route_changes.CHANGES)


@pytest.mark.parametrize("change", route_changes.CHANGES)
def test_a_change_is_told_in_both_languages_with_the_same_figures(change: str) -> None:
    row = {"change": change, "change_vehicle_id": "T-1", **FIGURES}
    english, spanish = change_words(row, "en"), change_words(row, "es")
    assert english != spanish
    assert "{" not in english + spanish
    assert re.findall(r"T-1|\d+(?:,\d+)?", marked(english, "es")) == re.findall(r"T-1|\d+(?:,\d+)?", spanish)


def test_figures_are_rounded_so_that_the_change_is_enough() -> None:
    row = {"change": "shift", "change_vehicle_id": "T-1", **FIGURES}
    assert change_words(row, "en") == "Let vehicle T-1 work 13 minutes more."
    assert change_words(row | {"change": "capacity"}, "es") == "Dar al vehículo T-1 espacio para 799,5 kg; 0,25 m3 más."
    assert change_words(row | {"change": None}, "es") == ""
    assert change_words(row | {"change": np.nan}, "en") == ""


def test_a_part_of_a_delivery_is_told_in_both_languages() -> None:
    items, names = "part 2: 800 kg, 0.8 m3 of water 3.5 m3; kit 20 kit", {"water": "Agua", "kit": "Kit"}
    assert item_lines(items, names, "es") == [("parte 2", "800 kg, 0.8 m3 de"), ("Agua", "3.5 m3"), ("Kit", "20 kit")]
    assert item_lines("soap 3 bar", names, "en") == [("soap", "3 bar")]
    assert item_lines(None, names, "en") == []


def test_figures_have_the_marks_of_their_language() -> None:
    text = "12,345.5 kg, 0.8 m3 of water to Site 3."
    assert marked(text, "en") == text
    assert marked(text, "es") == "12\u202f345,5 kg, 0,8 m3 of water to Site 3."
