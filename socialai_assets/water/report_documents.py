"""A district's water report as a document, in English and Spanish, in plain words. Reads no table and plans nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.documents import (
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    list_document,
    long_day,
)
from socialai_assets.publishing.languages import Language
from socialai_assets.water.report_plans import plan_blocks
from socialai_assets.water.report_words import (
    STATE_WORDS,
    STATES,
    ReportTables,
    age_words,
    expected_words,
    known_words,
    place_words,
    proper_name,
    served_words,
    sure_words,
)

UNKNOWN = "\N{EN DASH}"


def report_name(area_id: str, language: Language, kind: str) -> str:
    """File name of a report; `kind` is html or pdf."""
    return f"{area_id}_{language}.{kind}"


def system_states(systems: pd.DataFrame, points: pd.DataFrame, failures: pd.DataFrame) -> pd.Series:
    """One of `STATES` for each system: what its latest visits found.

    Args:
        systems: `water.systems`.
        points: `water.points`.
        failures: `water.supply_failures`.
    """
    seen = points[points["works"].notna()]
    failing = seen[seen["component"].eq("treatment") & ~seen["works"].astype(bool)]
    looked_at = points[points["works"].notna() | points["state"].notna()]
    conditions = [
        systems["system_id"].isin(failures["system_id"]),
        systems["system_id"].isin(failing["system_id"]),
        ~systems["system_id"].isin(looked_at["system_id"]),
    ]
    return pd.Series(np.select(conditions, STATES[:3], default="fine"), index=systems.index)


def report_document(
    tables: ReportTables, picture: bytes | None, language: Language, most_systems: int, notes: tuple[str, ...] = ()
) -> Document:
    """The report on one district.

    Args:
        picture: map of its systems, as PNG.
        most_systems: how many are listed one by one.
        notes: source and licence lines.
    """
    spanish = language == "es"
    place = place_words(tables.area)
    blocks: list[Block] = [served_words(tables, spanish), age_words(tables, spanish)]
    if picture is not None:
        where = "Mapa de los sistemas de agua de" if spanish else "Map of the water systems of"
        blocks.append(Picture(picture, f"{where} {place}"))
    blocks += [Heading("Qué se sabe" if spanish else "What is known"), Bullets(known_words(tables, language))]
    blocks += [_systems(tables, language, most_systems)]
    blocks += [Heading("Qué se espera" if spanish else "What is expected"), Bullets(expected_words(tables, language))]
    blocks += [Heading("Qué tan seguro es" if spanish else "How sure this is"), Bullets(sure_words(tables, language))]
    blocks += [Heading("Qué se propone" if spanish else "What is proposed")]
    blocks += plan_blocks(tables.repairs, tables.inspections, language)
    blocks += [Heading("Si algo no es así" if spanish else "If something is not so"), Paragraph(_asked(spanish))]
    other: Language = "en" if spanish else "es"
    area_id = str(tables.area["area_id"])
    return Document(
        title=f"El agua en {place}" if spanish else f"Water in {place}",
        language=language,
        blocks=blocks,
        notes=(_made(tables, language), *notes),
        synthetic=bool(tables.systems["is_synthetic"].any()),
        elsewhere={other: report_name(area_id, other, "html")},
        back=("Todos los informes" if spanish else "All reports", f"index_{language}.html"),
    )


def index_document(areas: pd.DataFrame, language: Language, synthetic: bool) -> Document:
    """The list of all reports.

    Args:
        areas: rows of `geography.areas`.
    """
    rows = areas.assign(named=[place_words(row) for row in _rows(areas)]).sort_values(["named", "area_id"])
    items = [
        (f"{row['named']}{kind_words}", report_name(row["area_id"], language, kind))
        for row in _rows(rows)
        for kind, kind_words in (("html", ""), ("pdf", " (PDF)"))
    ]
    title, nothing = {
        "en": ("Water reports by district", "There are data of no district."),
        "es": ("Informes de agua por distrito", "No hay datos de ningún distrito."),
    }[language]
    return list_document(title, items, nothing, language, synthetic)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


def _systems(tables: ReportTables, language: Language, most: int) -> Table:
    spanish = language == "es"
    ordered = tables.systems.assign(order=tables.systems["state"].map(STATES.index))
    ordered = ordered.sort_values(["order", "served_population", "system_id"], ascending=[True, False, True])
    shown = ordered.head(most)
    rows = []
    for row in _rows(shown):
        name = proper_name(row["name"]) if isinstance(row["name"], str) else UNKNOWN
        day = row["last_report"]
        rows.append(
            (
                f"{name} ({row['system_id']})",
                UNKNOWN if pd.isna(row["served_population"]) else f"{row['served_population']:,.0f}",
                UNKNOWN if pd.isna(day) else f"{pd.Timestamp(day):%d.%m.%Y}",
                STATE_WORDS[row["state"]][spanish],
            )
        )
    heads = (
        ("Sistema", "Personas", "Última visita", "Qué se encontró")
        if spanish
        else ("System", "People", "Last visit", "What was found")
    )
    caption = "Sistemas de agua" if spanish else "Water systems"
    if len(shown) < len(ordered):
        caption += f": {len(shown)} de {len(ordered)}" if spanish else f": {len(shown)} of {len(ordered)}"
    marked = frozenset(number for number, state in enumerate(shown["state"]) if state in ("dry", "untreated"))
    return Table(caption, heads, tuple(rows), frozenset({1, 2}), marked, (0.42, 0.12, 0.16, 0.30))


def _asked(spanish: bool) -> str:
    if spanish:
        return (
            "Quien viva aquí sabe más que este informe. Si un sistema está reparado, falla o falta en la lista, dígalo "
            "a quien le dio el informe o a la municipalidad: lo que encuentre una visita entra como dato y cambia el "
            "siguiente informe."
        )
    return (
        "Whoever lives here knows more than this report. If a system has been repaired, fails or is not listed, say so "
        "to whoever gave you the report or to the municipality: what a visit finds becomes data and changes the next "
        "report."
    )


def _made(tables: ReportTables, language: Language) -> str:
    day = long_day(tables.as_of, language)
    return f"Hecho el {day}." if language == "es" else f"Made on {day}."
