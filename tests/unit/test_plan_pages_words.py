"""What aid's and refugees' pages say: every text has its Spanish, every limit is named, classes hold all figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from socialai_assets.methods.allocation import decisions, reasons
from socialai_assets.serving import dashboard
from socialai_assets.serving.dashboard.colour_classes import MISSING, ColourClasses
from socialai_assets.serving.dashboard.plan_limits import JOIN, amount_said, limit_said
from socialai_assets.serving.dashboard.rows import ordered, part_of
from socialai_assets.serving.dashboard.words import spanish

HERE = Path(dashboard.__file__).parent
SAID = re.compile(r"""\b(?:t|said)\(\s*"((?:[^"\\]|\\.)*)\"""")


@pytest.mark.parametrize(
    "file",
    [*HERE.glob("templates/aid*.html"), *HERE.glob("templates/refugees*.html"), *HERE.glob("pages/aid*.py"),
     *HERE.glob("pages/refugees*.py"), HERE / "refugee_reading.py"],
    ids=lambda file: file.name,
)  # fmt: skip
def test_every_text_of_a_page_has_its_spanish(file: Path) -> None:
    assert {text for text in SAID.findall(file.read_text("utf-8")) if text not in spanish()} == set()


@pytest.mark.parametrize(
    "limit", [*reasons.LIMITS.values(), reasons.NO_DEPOT, reasons.SEVERAL, reasons.CHOICE, decisions.CONTRADICTED]
)
def test_every_limit_is_named_in_spanish(limit: str) -> None:
    assert limit_said(limit, "es") != limit
    assert limit_said(limit, "en") == limit


def test_several_limits_are_named_each() -> None:
    both = JOIN.join(list(reasons.LIMITS.values())[:2])
    assert limit_said(both, "es") == (
        "los caminos hasta allí están cerrados; o bien la existencia vence antes de poder usarse"
    )
    assert limit_said(None, "es") is None


def test_classes_are_as_many_as_figures_allow_and_grey_is_missing() -> None:
    classes = ColourClasses.of([1.0, 2.0, 3.0, 4.0, 5.0, None])
    assert len({classes.colour(value) for value in (1.0, 2.0, 3.0, 4.0, 5.0)}) == 5
    assert classes.colour(None) == MISSING
    same = ColourClasses.of([3.0, 3.0, 3.0])
    assert same.bounds == ()
    assert len(classes.legend("x", str)["entries"]) == 5


def test_missing_figures_come_last_either_way_and_parts_end_where_rows_do() -> None:
    rows = [{"a": 2}, {"a": None}, {"a": 1}]
    assert [row["a"] for row in ordered(rows, "a", True, ("a",))] == [2, 1, None]
    assert [row["a"] for row in ordered(rows, "a", False, ("a",))] == [1, 2, None]
    assert ordered(rows, "b", False, ("a",)) == rows
    part = part_of(rows, 9, size=2)
    assert (part.page, part.pages, part.total, part.rows) == (2, 2, 3, [{"a": 1}])


def test_amounts_are_as_precise_as_a_driver_needs() -> None:
    assert amount_said("3.123099869 m3", "en") == "3.1 m3"
    assert amount_said("1.86e+04 kg", "en") == "18,600 kg"
    assert amount_said("0.0632 kit", "es") == "0,06 kit"
    assert amount_said("24,830 kg of", "en") == "24,830 kg of"
