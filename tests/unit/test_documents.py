"""Documents as pages, and small charts: text is never markup, gaps are gaps, limits are where they belong."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from socialai_assets.publishing.documents import Bullets, Document, Heading, Paragraph, Table, document_html, long_day
from socialai_assets.publishing.line_chart import LineChart, line_chart_svg, nice_ticks, time_ticks

ATTACK = "<script>alert(1)</script>"
HOURS = pd.date_range("2026-03-01", periods=48, freq="h")


def chart(mean: np.ndarray, **more: object) -> ElementTree.Element:
    """The chart of two days as XML."""
    given = {"limits": [(5.0, "5 WHO")], "label": "pH & <b>", "missing": "no value"} | more
    svg = line_chart_svg(LineChart(list(HOURS), mean, mean - 0.5, mean + 0.5, **given))  # type: ignore[arg-type]
    return ElementTree.fromstring(svg)


def test_all_text_is_text_and_every_cell_says_its_head() -> None:
    blocks = [
        Heading(ATTACK),
        Paragraph(ATTACK, "warning"),
        Bullets((ATTACK,)),
        Table(ATTACK, ("a", 'b"'), ((ATTACK, "1"),), frozenset({1}), frozenset({0})),
    ]
    page = document_html(Document(ATTACK, "es", blocks, (ATTACK,), synthetic=True, elsewhere={"en": "x_en.html"}))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 9
    assert '<html lang="es">' in page
    assert "DATOS SINTÉTICOS" in page
    assert 'href="x_en.html">English</a>' in page
    assert '<td class="number" data-head="b&quot;">1</td>' in page
    assert "default-src 'none'" in page


def test_days_are_written_in_words() -> None:
    day = datetime.date(2026, 9, 3)
    assert (long_day(day, "en"), long_day(day, "es")) == ("3 September 2026", "3 de septiembre de 2026")


def test_a_line_stops_where_there_is_no_reading_and_the_gap_is_grey() -> None:
    mean = np.full(48, 4.0)
    mean[10:20] = np.nan
    mean[47] = np.nan
    drawn = chart(mean)
    assert len(drawn.findall("polyline")) == 2
    grey = [float(one.get("width", "0")) for one in drawn.findall("rect")]
    assert grey[0] == pytest.approx(10 * grey[1], rel=0.05)
    assert drawn.get("aria-label") == "pH & <b>"


def test_a_limit_far_from_all_readings_is_not_drawn() -> None:
    mean = np.linspace(4, 4.5, 48)
    assert any(text.text == "5 WHO" for text in chart(mean).findall("text"))
    far = chart(mean, limits=[(500.0, "500 WHO")])
    assert not any(text.text == "500 WHO" for text in far.findall("text"))


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (3.0, 3.0), (-2e-4, 7e-4), (0.2, 1.9), (410, 431), (-5, 12e6)])
def test_ticks_are_few_and_hold_everything(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= low + 1e-12
    assert ticks[-1] >= high - 1e-12


@pytest.mark.parametrize("hours", [5, 24, 30, 24 * 7, 24 * 40])
def test_times_are_named_at_most_seven_times(hours: int) -> None:
    start = pd.Timestamp("2026-03-01 13:25")
    found = time_ticks(start, start + pd.Timedelta(hours=hours))
    assert len(found) <= 7
    assert all(start <= moment <= start + pd.Timedelta(hours=hours) for moment, _ in found)
