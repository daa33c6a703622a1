"""Station pages say the same in both languages: what is beyond which limit, since when nothing came."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pandas as pd
import pytest

from socialai_assets.methods.anomaly.alarm_life import FAULTS, KINDS, SEVERITIES, STATES
from socialai_assets.publishing.documents import Document, Paragraph, Table, document_html
from socialai_assets.water.parameters import PARAMETERS
from socialai_assets.water.station_documents import (
    StationTables,
    page_name,
    state_line,
    states_grid,
    station_document,
)
from socialai_assets.water.words import ALARM_KINDS, ALARM_STATES, SPANISH, parameter_words
from socialai_assets.water.words import FAULTS as FAULT_WORDS
from socialai_assets.water.words import SEVERITIES as SEVERITY_WORDS

HOURS = pd.date_range("2026-03-01", periods=24, freq="h")
LIMITS = pd.DataFrame(
    [
        {
            "limit_id": name,
            "standard": standard,
            "clause": "Annex II",
            "parameter": parameter,
            "lower": low,
            "upper": up,
        }
        for name, standard, parameter, low, up in (
            ("pe_ph", "DS 031-2010-SA", "ph", 6.5, 8.5),
            ("who_turbidity", "WHO", "turbidity", None, 1.0),
        )
    ]
).astype({"lower": float, "upper": float})


def tables(as_of: str = "2026-03-02", **more: Any) -> StationTables:
    """A station whose pH is 9 at last, and whose turbidity sensor has given no value."""
    ph = pd.DataFrame({"parameter": "ph", "hour": HOURS, "mean": [7.0] * 23 + [9.0], "unit": None})
    turbidity = pd.DataFrame({"parameter": "turbidity", "hour": HOURS, "mean": float("nan"), "unit": "NTU"})
    recent = pd.concat([ph, turbidity]).assign(minimum=lambda f: f["mean"], maximum=lambda f: f["mean"])
    station = {
        "station_id": "T/1", "name": "Planta", "last_reading": HOURS[-1], "missing_pct": 12.5, "expected": 48,
        "interval_minutes": 60, "lat_deg": float("nan"), "lon_deg": float("nan"), "is_synthetic": False,
    } | more.pop("station", {})  # fmt: skip
    broken = pd.DataFrame(
        {
            "parameter": ["ph", "ph"], "limit_id": ["pe_ph"] * 2, "standard": ["DS 031-2010-SA"] * 2,
            "clause": ["Annex II"] * 2, "day": pd.to_datetime(["2026-02-01", "2026-03-01"]), "worst": [5.0, 9.0],
            "beyond": [3, 1], "measurements": [24, 24],
        }
    )  # fmt: skip
    events = pd.DataFrame(
        {"event_from": [HOURS[3]], "event_until": [HOURS[5]], "kind": ["sensor_drift"], "minutes": [120]}
    )
    alarm = {
        "kind": "sensor_fault", "severity": "high", "state": "open", "began_at": HOURS[9], "opened_at": HOURS[9],
        "last_seen_at": HOURS[12], "sensors": "ph turbidity", "parameter": "ph", "fault": "drifts", "value": 9.0,
        "usual": 7.0,
    }  # fmt: skip
    closed = alarm | {"kind": "water_change", "fault": None, "state": "closed", "opened_at": HOURS[11]}
    alarms = pd.DataFrame([closed, alarm])
    day = datetime.date.fromisoformat(as_of)
    return StationTables(station, more.get("recent", recent), LIMITS, broken, events, alarms, day)


def tables_of(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def test_every_parameter_has_a_name_in_spanish() -> None:
    assert set(SPANISH) == set(PARAMETERS)
    assert parameter_words("ph", "es") == "pH"


def test_what_is_beyond_its_limit_stands_out_and_says_so() -> None:
    english, spanish = (tables_of(station_document(tables(), language)) for language in ("en", "es"))
    latest = {row[0]: row for row in english[0].rows}
    assert latest["pH"][1:] == (
        "9",
        "01.03.2026 23:00",
        "beyond: 6.5 to 8.5 (Peru, DS 031-2010-SA)",
    )
    assert latest["Turbidity"][3] == "no value this week"
    assert [english[0].rows[row][0] for row in english[0].marked] == ["pH"]
    assert spanish[0].rows[0][3] == "fuera de: 6.5 a 8.5 (Perú, DS 031-2010-SA)"
    broken = english[2].rows[0]
    # Two days; the worst value is 5, which lies 1.5 below, rather than 9, which lies 0.5 above.
    assert broken[3:] == ("2", "01.03.2026", "5", "4 / 48")
    assert spanish[2].rows[0][2] == "Anexo II"


def test_open_alarms_come_first_and_say_what_and_how_far() -> None:
    shown = tables_of(station_document(tables(), "es"))[1]
    assert shown.rows[0] == (
        "01.03.2026 09:00", "abierta", "alta", "puede fallar un sensor: se desvía poco a poco", "pH, Turbidez", "9", "7"
    )  # fmt: skip
    assert shown.rows[1][1] == "cerrada"
    assert shown.marked == {0}


def test_every_code_of_alarms_has_words() -> None:
    for words, codes in ((ALARM_KINDS, KINDS), (FAULT_WORDS, FAULTS), (SEVERITY_WORDS, SEVERITIES)):
        assert set(words) == set(codes)
    assert set(ALARM_STATES) == set(STATES)


def test_a_page_of_old_readings_says_that_it_does_not_tell_today() -> None:
    fresh, old = (station_document(tables(day), "en").blocks[0] for day in ("2026-03-02", "2026-05-01"))
    assert isinstance(fresh, Paragraph)
    assert isinstance(old, Paragraph)
    assert (fresh.tone, old.tone) == ("lead", "warning")
    assert "61 days before" in old.text
    assert "beyond limits: pH; open alarms: 1; silent for 61 days" in state_line(tables("2026-05-01"), "en")
    assert "fuera de límites: pH; alarmas abiertas: 1; sin datos hace 61 días" in state_line(tables("2026-05-01"), "es")


def test_a_station_that_never_reported_has_a_page_too() -> None:
    empty = tables().recent.head(0)
    silent = tables(recent=empty, station={"last_reading": pd.NaT, "missing_pct": float("nan")})
    page = document_html(station_document(silent, "es"))
    assert "no se sabe nada de su agua" in page
    assert state_line(silent, "en") == "has never reported"
    assert states_grid([silent, tables()])[2].tolist() == [[0, 0], [3, 1]]


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_languages_give_the_same_figures_and_lead_to_each_other(language: str) -> None:
    other = "en" if language == "es" else "es"
    page = document_html(station_document(tables(), language))  # type: ignore[arg-type]
    twin = document_html(station_document(tables(), other))  # type: ignore[arg-type]
    assert page_name("T/1", other) in page  # type: ignore[arg-type]
    figures = re.compile(r"<td class=\"number\"[^>]*>([^<]*)</td>")
    assert figures.findall(page) == figures.findall(twin)
