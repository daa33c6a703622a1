"""Alarms of a station as a part of its page, in English and Spanish. The page itself is in station_documents.py."""

from __future__ import annotations

import pandas as pd

from socialai_assets.publishing.documents import Block, Paragraph, Table
from socialai_assets.publishing.languages import Language
from socialai_assets.water.parameters import PARAMETERS
from socialai_assets.water.words import (
    ALARM_KINDS,
    ALARM_STATES,
    FAULTS,
    SEVERITIES,
    figure,
    parameter_words,
    with_unit,
)

LISTED = 20


def alarm_blocks(alarms: pd.DataFrame, language: Language) -> list[Block]:
    """The newest alarms, open ones first; open ones stand out.

    Args:
        alarms: rows of `water.alarms` of one station.
    """
    spanish = language == "es"
    if alarms.empty:
        return [Paragraph("Ninguna." if spanish else "None.")]
    ordered = alarms.assign(closed=alarms["state"] != "open").sort_values(
        ["closed", "opened_at"], ascending=[True, False]
    )
    rows, marked = [], set()
    for number, row in enumerate(ordered.head(LISTED).to_dict("records")):
        what = ALARM_KINDS[row["kind"]][spanish]
        if isinstance(row["fault"], str):
            what += f": {FAULTS[row['fault']][spanish]}"
        if row["state"] == "open":
            marked.add(number)
        unit = PARAMETERS[row["parameter"]].unit
        numbers = (
            "\N{EN DASH}" if pd.isna(row[name]) else with_unit(figure(row[name]), unit) for name in ("value", "usual")
        )
        rows.append(
            (
                f"{row['began_at']:%d.%m.%Y %H:%M}",
                ALARM_STATES[row["state"]][spanish],
                SEVERITIES[row["severity"]][spanish],
                what,
                ", ".join(parameter_words(name, language) for name in str(row["sensors"]).split()),
                *numbers,
            )
        )
    heads = (
        ("Desde (UTC)", "Estado", "Gravedad", "Qué", "Sensores", "Valor", "Lo usual")
        if spanish
        else ("Since (UTC)", "State", "Severity", "What", "Sensors", "Value", "Usual")
    )
    shown = f"{len(rows)} de {len(alarms)} alarmas" if spanish else f"{len(rows)} of {len(alarms)} alarms"
    note = (
        "Las alarmas las da un programa que compara cada lectura con las anteriores; valor y lo usual son del sensor "
        "que más se apartó. Conviene comprobarlas en el lugar."
        if spanish
        else "Alarms come from a program that compares each reading with those before; value and usual are those of "
        "the sensor furthest off. They should be checked on the spot."
    )
    return [Table(shown, heads, tuple(rows), frozenset({5, 6}), frozenset(marked)), Paragraph(note, "quiet")]
