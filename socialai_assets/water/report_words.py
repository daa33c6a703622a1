"""What a district's water report says, sentence by sentence, in two languages. The document: report_documents.py."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from socialai_assets.publishing.documents import Paragraph, long_day
from socialai_assets.publishing.languages import Language
from socialai_assets.water.words import parameter_words

OLD_DAYS = 365
STATES = ("dry", "untreated", "unknown", "fine")
"""What is known of a system, the worst first: no water came, its treatment did not work, nobody looked, neither."""
STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "dry": ("no water at the last visit", "sin agua en la última visita"),
    "untreated": ("treatment did not work", "el tratamiento no funcionaba"),
    "unknown": ("not known", "no se sabe"),
    "fine": ("no failure found", "sin fallas encontradas"),
}


@dataclass(frozen=True)
class ReportTables:
    """What a report tells of one district; columns as in the contracts of the same name.

    Attributes:
        area: its row of `geography.areas`.
        systems: its rows of `water.systems` with `state` (see `system_states`).
        points: its rows of `water.points`.
        exceedances: rows of `water.exceedances` of its points and systems.
        places: its rows of `water.service_gaps`.
        risks: its rows of `water.area_risk`.
        repairs: its rows of `water.repair_plan` of the baseline.
        inspections: its rows of `water.inspection_stops` of the baseline.
        as_of: day the report is made, UTC.
    """

    area: Mapping[str, Any]
    systems: pd.DataFrame
    points: pd.DataFrame
    exceedances: pd.DataFrame
    places: pd.DataFrame
    risks: pd.DataFrame
    repairs: pd.DataFrame
    inspections: pd.DataFrame
    as_of: datetime.date


def proper_name(name: str) -> str:
    """A name in capitals as it is written elsewhere: SANTA MARIA DE CHICMO becomes Santa Maria de Chicmo."""
    if not name.isupper():
        return name
    small = {"De", "Del", "La", "Las", "Los", "El", "Y", "E"}
    words = name.title().split(" ")
    return " ".join(word.lower() if place and word in small else word for place, word in enumerate(words))


def place_words(area: Mapping[str, Any]) -> str:
    """A district with what it lies in."""
    parts = [area["name"], area.get("admin2_name"), area.get("admin1_name")]
    named = [proper_name(part) for part in parts if isinstance(part, str)]
    return ", ".join(dict.fromkeys(named))


def served_words(tables: ReportTables, spanish: bool) -> Paragraph:
    count, people = len(tables.systems), tables.systems["served_population"].sum()
    text = (
        f"Sistemas de agua registrados aquí: {count:,}. Según sus últimos reportes sirven a {people:,.0f} personas."
        if spanish
        else f"Water systems registered here: {count:,}. By their latest reports they serve {people:,.0f} people."
    )
    return Paragraph(text, "lead")


def age_words(tables: ReportTables, spanish: bool) -> Paragraph:
    language: Language = "es" if spanish else "en"
    days = pd.to_datetime(tables.systems["last_report"]).dropna()
    if days.empty:
        text = (
            "De ninguna visita se conoce la fecha: no se sabe de cuándo es lo que sigue."
            if spanish
            else "The day of no visit is known: nobody can say how old what follows is."
        )
        return Paragraph(text, "warning")
    first, last = long_day(days.min().date(), language), long_day(days.max().date(), language)
    age = (tables.as_of - days.max().date()).days
    if age <= OLD_DAYS:
        text = f"La visita más reciente fue el {last}." if spanish else f"The newest visit was on {last}."
        return Paragraph(text)
    since = f"{age / 365.25:.1f}"
    between = (first, last)
    if spanish:
        when = f"Las visitas son del {last}" if first == last else "Las visitas son del {} al {}".format(*between)
        text = f"{when}: la más reciente fue hace {since} años y no dice cómo están las cosas hoy."
    else:
        when = f"Visits were made on {last}" if first == last else "Visits were made from {} to {}".format(*between)
        text = f"{when}: the newest is {since} years old and does not say how things are today."
    return Paragraph(text, "warning")


def known_words(tables: ReportTables, language: Language) -> tuple[str, ...]:
    """What visits found, a sentence each; what nobody looked at is said too."""
    spanish = language == "es"
    treatments = tables.points[tables.points["component"] == "treatment"]["works"].dropna().eq(False)
    catchments = tables.points[tables.points["component"] == "catchment"]["state"].dropna().isin(["C", "D"])
    words = (
        ("Treatments looked at", "not working", "Nobody has looked whether treatments work."),
        ("Catchments looked at", "in a bad state or fallen", "Nobody has looked at the state of catchments."),
    )
    if spanish:
        words = (
            ("Tratamientos vistos", "no funcionaban", "Nadie ha visto si los tratamientos funcionan."),
            ("Captaciones vistas", "en mal estado o caídas", "Nadie ha visto el estado de las captaciones."),
        )
    return (
        _water(tables, spanish),
        _share_of(treatments, *words[0]),
        _share_of(catchments, *words[1]),
        *_quality(tables, language),
        *_reach(tables, spanish),
    )


FEARED: Mapping[str, tuple[str, str, str, str]] = {
    "treatment_fails": ("Treatments", "Tratamientos", "not working", "que no funcionan"),
    "catchment_fails": ("Catchments", "Captaciones", "in a bad state or fallen", "en mal estado o caídas"),
}


def expected_words(tables: ReportTables, language: Language) -> tuple[str, ...]:
    """How many points are expected to fail now, with the interval, or why nothing is said of that."""
    spanish = language == "es"
    said = []
    for target, words in FEARED.items():
        rows = tables.risks[tables.risks["target"] == target]
        of, failing = (words[1], words[3]) if spanish else (words[0], words[2])
        if rows.empty or rows["points"].iloc[0] == 0:
            continue
        row = rows.iloc[0]
        if row["basis"] == "withheld" or pd.isna(row["expected_share"]):
            said.append(
                f"{of} {failing}: no se estima, porque ningún modelo acierta aquí mejor que el azar."
                if spanish
                else f"{of} {failing}: not estimated, since no model does better than chance here."
            )
            continue
        share, low, high = (f"{100 * row[name]:.0f} %" for name in ("expected_share", "lower", "upper"))
        people, fewest, most = (f"{row[f'people_affected{end}']:,.0f}" for end in ("", "_lower", "_upper"))
        text = (
            f"{of} {failing} hoy, según se estima: {share} de {row['points']:,} (entre {low} y {high}). "
            f"Personas afectadas: {people} (entre {fewest} y {most})."
            if spanish
            else f"{of} {failing} today, by estimate: {share} of {row['points']:,} (from {low} to {high}). "
            f"People affected: {people} (from {fewest} to {most})."
        )
        if row["basis"] == "visits":
            text += (
                " Se basa solo en visitas, no en un modelo."
                if spanish
                else " It rests on visits alone, not on a model."
            )
        said.append(text)
    if not said:
        said.append("No hay estimaciones." if spanish else "There are no estimates.")
    return tuple(said)


def sure_words(tables: ReportTables, language: Language) -> tuple[str, ...]:
    """How far what is said can be relied on."""
    spanish = language == "es"
    systems = tables.systems
    counts = (
        (systems["state"].eq("unknown"), "no visit tells how they are", "ninguna visita dice cómo están"),
        (
            systems["last_report"].isna(),
            "the day of the last visit is not known",
            "no se sabe el día de la última visita",
        ),
        (
            systems["served_population"].isna(),
            "nobody knows how many they serve",
            "no se sabe a cuántas personas sirven",
        ),
    )
    # What is true of no system is not said.
    said = [
        f"{english if not spanish else spanish_words}: {int(which.sum()):,} / {len(systems):,}."
        for which, english, spanish_words in counts
        if which.any()
    ]
    said = [text[0].upper() + text[1:] for text in said]
    said.append(
        "Lo que se dice es lo que encontró la última visita; puede haber cambiado desde entonces."
        if spanish
        else "What is said is what the last visit found; it may have changed since."
    )
    if tables.risks["expected_share"].notna().any():
        said.append(
            "Los rangos de las estimaciones contienen la verdad unas nueve veces de cada diez."
            if spanish
            else "The ranges of estimates hold the truth about nine times in ten."
        )
    if tables.places["is_counted"].any():
        said.append(
            "Cuántas personas viven en cada lugar es una estimación; las distancias son en línea recta, no por camino."
            if spanish
            else "How many people live in each place is an estimate; distances are straight lines, not ways."
        )
    return tuple(said)


def _water(tables: ReportTables, spanish: bool) -> str:
    dry = tables.systems[tables.systems["state"] == "dry"]
    asked = tables.points[tables.points["component"].eq("access_point") & tables.points["works"].notna()]
    known = tables.systems[tables.systems["system_id"].isin(asked["system_id"]) | tables.systems["state"].eq("dry")]
    if known.empty:
        return "Nadie ha visto si llega agua." if spanish else "Nobody has looked whether water comes."
    people = f"{dry['served_population'].sum():,.0f}"
    if spanish:
        return f"Sistemas vistos: {len(known):,}; sin agua en la última visita: {len(dry):,}, con {people} personas."
    return f"Systems looked at: {len(known):,}; without water at the last visit: {len(dry):,}, with {people} people."


def _share_of(bad: pd.Series, seen: str, named: str, none: str) -> str:
    return f"{seen}: {len(bad):,}; {named}: {int(bad.sum()):,}." if len(bad) else none


def _quality(tables: ReportTables, language: Language) -> list[str]:
    spanish = language == "es"
    said = []
    for parameter, rows in tables.exceedances.groupby("parameter"):
        name, places = parameter_words(str(parameter), language), rows["subject_id"].nunique()
        day = long_day(pd.Timestamp(rows["day"].max()).date(), language)
        text = (
            f"{name}: fuera de límites en {places:,} lugares, la última vez el {day}."
            if spanish
            else f"{name}: beyond limits at {places:,} places, the last time on {day}."
        )
        if parameter == "e_coli":
            text += (
                " Allí el agua hay que hervirla o tratarla antes de beberla."
                if spanish
                else " Water there has to be boiled or treated before it is drunk."
            )
        said.append(text)
    if not said:
        said.append(
            "No consta ningún límite de calidad superado; puede ser que nadie haya analizado el agua."
            if spanish
            else "No limit of quality is known to be broken; it may be that nobody has tested the water."
        )
    return said


def _reach(tables: ReportTables, spanish: bool) -> list[str]:
    looked_at = tables.places[tables.places["is_counted"].astype(bool)]
    if looked_at.empty:
        return []
    people, gap, km = looked_at["people"].sum(), looked_at["people_in_gap"].sum(), f"{looked_at['reach_km'].max():.1f}"
    if spanish:
        return [
            f"Se estima que {gap:,.0f} de {people:,.0f} personas viven a más de {km} km de un sistema que funcione."
        ]
    return [f"By estimate {gap:,.0f} of {people:,.0f} people live more than {km} km from a system that works."]
