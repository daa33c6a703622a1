"""A station's page as a document, in English and Spanish: readings, limits, events, staleness. Reads no table."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.documents import (
    Block,
    Chart,
    Document,
    Heading,
    Paragraph,
    Table,
    list_document,
    long_day,
)
from socialai_assets.publishing.languages import Language
from socialai_assets.publishing.line_chart import LineChart, line_chart_svg
from socialai_assets.water.alarm_blocks import alarm_blocks
from socialai_assets.water.words import clause_words, figure, limit_words, parameter_words, standard_words, with_unit

LISTED = 20


@dataclass(frozen=True)
class StationTables:
    """What a page shows of one station; columns as in the contracts of the same name.

    Attributes:
        station: its row of `water.stations`.
        recent: its rows of `water.recent_readings`.
        limits: `water.quality_limits`.
        exceedances: its rows of `water.exceedances`.
        events: its rows of `water.station_events`.
        alarms: its rows of `water.alarms`.
        as_of: day the page is made, UTC.
    """

    station: Mapping[str, Any]
    recent: pd.DataFrame
    limits: pd.DataFrame
    exceedances: pd.DataFrame
    events: pd.DataFrame
    alarms: pd.DataFrame
    as_of: datetime.date


def page_name(station_id: str, language: Language) -> str:
    """File name of a station's page."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in station_id)
    return f"{safe}_{language}.html"


def station_document(tables: StationTables, language: Language, notes: tuple[str, ...] = ()) -> Document:
    """The page of one station.

    Args:
        notes: source and licence lines.
    """
    spanish = language == "es"
    station = tables.station
    blocks: list[Block] = [_state(tables, spanish)]
    if len(tables.recent):
        now = latest(tables.recent)
        blocks += [
            Heading("Últimos valores" if spanish else "Latest values"),
            _latest_table(now, tables.limits, language),
            Heading("Lecturas de la última semana" if spanish else "Readings of the last week"),
            Paragraph(_how_to_read(spanish), "quiet"),
            _charts(tables, language),
        ]
    blocks += [Heading("Alarmas" if spanish else "Alarms"), *alarm_blocks(tables.alarms, language)]
    blocks += [Heading("Límites superados" if spanish else "Limits broken"), *_broken(tables, language)]
    blocks += [Heading("Sucesos señalados por expertos" if spanish else "Events marked by experts")]
    blocks += [*_events(tables.events, language)]
    other: Language = "en" if spanish else "es"
    return Document(
        title=f"{station['name']} ({station['station_id']})",
        language=language,
        blocks=blocks,
        notes=(*_about(station, spanish), *notes),
        synthetic=bool(station["is_synthetic"]),
        elsewhere={other: page_name(station["station_id"], other)},
        back=("Todas las estaciones" if spanish else "All stations", f"index_{language}.html"),
    )


def latest(recent: pd.DataFrame) -> pd.DataFrame:
    """Of each parameter the last hour with a value; a row without one where the week has none."""
    ordered = recent.sort_values(["parameter", "hour"]).assign(known=recent["mean"].notna())
    return ordered.sort_values("known", kind="stable").groupby("parameter", as_index=False).last()


def broken_now(row: Mapping[str, Any], limits: pd.DataFrame) -> pd.DataFrame:
    """The limits that the mean of a row of `water.recent_readings` breaks."""
    own = limits[limits["parameter"] == row["parameter"]]
    return own[(row["mean"] < own["lower"]) | (row["mean"] > own["upper"])]


def index_document(stations: pd.DataFrame, states: Mapping[str, str], language: Language, synthetic: bool) -> Document:
    """The list of all stations.

    Args:
        stations: `water.stations`.
        states: a line on each, by code.
    """
    items = [
        (f"{row['name']} ({row['station_id']}): {states[row['station_id']]}", page_name(row["station_id"], language))
        for row in stations.sort_values("station_id").to_dict("records")
    ]
    title, nothing = {
        "en": ("Water stations", "There is no station."),
        "es": ("Estaciones de agua", "No hay ninguna estación."),
    }[language]
    return list_document(title, items, nothing, language, synthetic)


def state_line(tables: StationTables, language: Language) -> str:
    """What stands beside a station in the list: silent since when, limits broken at the last reading."""
    spanish = language == "es"
    days = _days_silent(tables)
    if days is None:
        return "nunca informó" if spanish else "has never reported"
    beyond = [row["parameter"] for row in _rows(latest(tables.recent)) if len(broken_now(row, tables.limits))]
    named = ", ".join(parameter_words(name, language) for name in beyond)
    if named:
        text = f"fuera de límites: {named}" if spanish else f"beyond limits: {named}"
    else:
        text = "dentro de los límites" if spanish else "within limits"
    open_alarms = int((tables.alarms["state"] == "open").sum())
    if open_alarms:
        text += f"; alarmas abiertas: {open_alarms}" if spanish else f"; open alarms: {open_alarms}"
    if days > 1:
        text += f"; sin datos hace {days} días" if spanish else f"; silent for {days} days"
    return text


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


def _days_silent(tables: StationTables) -> int | None:
    last = tables.station["last_reading"]
    return None if pd.isna(last) else (tables.as_of - pd.Timestamp(last).date()).days


def _state(tables: StationTables, spanish: bool) -> Paragraph:
    days = _days_silent(tables)
    if days is None:
        text = (
            "Esta estación no ha enviado ninguna lectura: no se sabe nada de su agua."
            if spanish
            else "This station has sent no reading: nothing is known of its water."
        )
        return Paragraph(text, "warning")
    last = pd.Timestamp(tables.station["last_reading"])
    day = long_day(last.date(), "es" if spanish else "en")
    if days > 1:
        text = (
            f"La última lectura es del {day}, {days:,} días antes de hacer esta página. No dice cómo está el agua hoy."
            if spanish
            else f"The last reading is of {day}, {days:,} days before this page was made. "
            "It does not say how the water is today."
        )
        return Paragraph(text, "warning")
    text = f"Última lectura: {day}, {last:%H:%M} UTC." if spanish else f"Last reading: {day}, {last:%H:%M} UTC."
    return Paragraph(text, "lead")


def _latest_table(now: pd.DataFrame, limits: pd.DataFrame, language: Language) -> Table:
    spanish = language == "es"
    rows, marked = [], set()
    for number, row in enumerate(_rows(now)):
        own = limits[limits["parameter"] == row["parameter"]]
        beyond = broken_now(row, limits)
        if pd.isna(row["mean"]):
            judged = "sin valores esta semana" if spanish else "no value this week"
        elif len(beyond):
            marked.add(number)
            judged = ("fuera de: " if spanish else "beyond: ") + "; ".join(
                limit_words(limit, language, None) for limit in _rows(beyond)
            )
        elif len(own):
            judged = "dentro de los límites" if spanish else "within limits"
        else:
            judged = "no tiene límite" if spanish else "has no limit"
        rows.append(
            (
                parameter_words(row["parameter"], language),
                "\N{EN DASH}" if pd.isna(row["mean"]) else with_unit(figure(row["mean"]), row["unit"]),
                "\N{EN DASH}" if pd.isna(row["mean"]) else f"{row['hour']:%d.%m.%Y %H}:00",
                judged,
            )
        )
    heads = (
        ("Qué se mide", "Media de la hora", "Hora (UTC)", "Según los límites")
        if spanish
        else ("Measured", "Mean of the hour", "Hour (UTC)", "By the limits")
    )
    caption = "La última hora con valores de cada sensor" if spanish else "Each sensor's last hour with values"
    return Table(caption, heads, tuple(rows), frozenset({1, 2}), frozenset(marked))


def _how_to_read(spanish: bool) -> str:
    if spanish:
        return (
            "Línea azul: media de cada hora; franja azul: del menor al mayor valor. Gris: la estación no dio valores. "
            "Línea roja discontinua: límite. Franja roja: alarma del sensor o suceso señalado por expertos. Horas UTC."
        )
    return (
        "Blue line: mean of each hour; blue band: least to greatest value. Grey: the station gave no value. "
        "Dashed red line: limit. Red band: alarm of that sensor, or event marked by experts. Times are UTC."
    )


def _charts(tables: StationTables, language: Language) -> tuple[Chart, ...]:
    spanish = language == "es"
    spans = [(row["event_from"], row["event_until"]) for row in _rows(tables.events)]
    alarmed = [(row["began_at"], row["last_seen_at"], str(row["sensors"]).split()) for row in _rows(tables.alarms)]
    drawn = []
    for parameter, rows in tables.recent.sort_values("hour").groupby("parameter"):
        if not rows["mean"].notna().any():
            continue
        name, unit = parameter_words(str(parameter), language), rows["unit"].iloc[0]
        low, high = figure(rows["minimum"].min()), figure(rows["maximum"].max())
        between = f"entre {low} y {high}" if spanish else f"between {low} and {high}"
        own = tables.limits[tables.limits["parameter"] == parameter]
        chart = LineChart(
            times=list(rows["hour"]),
            mean=rows["mean"].to_numpy(float),
            lower=rows["minimum"].to_numpy(float),
            upper=rows["maximum"].to_numpy(float),
            limits=_lines(own, language),
            label=f"{name}: {between}",
            missing="sin valores" if spanish else "no value",
            spans=[*spans, *((start, end) for start, end, sensors in alarmed if parameter in sensors)],
        )
        drawn.append(Chart(line_chart_svg(chart), with_unit(name, f"({unit})" if isinstance(unit, str) else None)))
    return tuple(drawn)


def _lines(limits: pd.DataFrame, language: Language) -> list[tuple[float, str]]:
    """Value and name of each limit; one line where several standards agree."""
    named: dict[float, list[str]] = {}
    for row in _rows(limits):
        for value in (row["lower"], row["upper"]):
            who = standard_words(row["standard"], language).partition(",")[0]
            if pd.notna(value) and who not in named.setdefault(float(value), []):
                named[float(value)].append(who)
    return [(value, f"{value:g} {', '.join(who)}") for value, who in sorted(named.items())]


def _broken(tables: StationTables, language: Language) -> list[Block]:
    spanish = language == "es"
    if tables.exceedances.empty:
        text = (
            "Ninguna lectura superó un límite de los que se vigilan."
            if spanish
            else "No reading broke a limit that is watched."
        )
        return [Paragraph(text)]
    found = tables.exceedances.merge(tables.limits[["limit_id", "lower", "upper"]], on="limit_id")
    rows = []
    for _, days in found.groupby(["parameter", "limit_id"]):
        first = days.sort_values("day").iloc[-1].to_dict()
        beyond = pd.concat([days["lower"] - days["worst"], days["worst"] - days["upper"]], axis=1).max(axis=1)
        far = days.loc[beyond.idxmax(), "worst"]
        rows.append(
            (
                parameter_words(first["parameter"], language),
                limit_words(first, language, None),
                clause_words(first["clause"], language),
                f"{len(days):,}",
                f"{pd.Timestamp(first['day']):%d.%m.%Y}",
                figure(far),
                f"{days['beyond'].sum():,} / {days['measurements'].sum():,}",
            )
        )
    heads = (
        ("Qué se mide", "Límite", "Dónde consta", "Días", "Último día", "Peor valor", "Lecturas fuera / del día")
        if spanish
        else ("Measured", "Limit", "Stated in", "Days", "Last day", "Worst value", "Readings beyond / of the day")
    )
    caption = "Límites que alguna lectura superó, desde que hay datos" if spanish else "Limits that some reading broke"
    note = (
        "Un límite superado por una sola lectura puede ser un fallo del sensor: compruébelo antes de actuar."
        if spanish
        else "A limit broken by a single reading may be a fault of the sensor: check it before you act."
    )
    return [Table(caption, heads, tuple(rows), frozenset({3, 4, 5, 6})), Paragraph(note, "quiet")]


def _events(events: pd.DataFrame, language: Language) -> list[Block]:
    spanish = language == "es"
    if events.empty:
        return [Paragraph("Ninguno." if spanish else "None.")]
    newest = events.sort_values("event_from", ascending=False)
    unspecified = "sin especificar" if spanish else "unspecified"
    rows = tuple(
        (
            f"{row['event_from']:%d.%m.%Y %H:%M}",
            f"{row['minutes']:,} min",
            unspecified if row["kind"] == "unspecified" else str(row["kind"]).replace("_", " "),
        )
        for row in _rows(newest.head(LISTED))
    )
    shown = f"los {len(rows)} últimos de {len(events)}" if spanish else f"the last {len(rows)} of {len(events)}"
    heads = ("Desde (UTC)", "Duración", "Clase") if spanish else ("From (UTC)", "Lasted", "Kind")
    return [Table(shown[0].upper() + shown[1:], heads, rows, frozenset({1}))]


def _about(station: Mapping[str, Any], spanish: bool) -> tuple[str, ...]:
    said = []
    missing = station["missing_pct"]
    if pd.notna(missing):
        expected, every = int(station["expected"]), int(station["interval_minutes"])
        said.append(
            f"Debía informar cada {every} min; de {expected:,} lecturas falta el {missing:.1f} %. "
            "Las que faltan no se rellenan."
            if spanish
            else f"It is to report every {every} min; of {expected:,} readings {missing:.1f} % are missing. "
            "Missing ones are never filled in."
        )
    if pd.isna(station["lat_deg"]):
        said.append("No se publica dónde está." if spanish else "Where it lies is not published.")
    else:
        where = f"{station['lat_deg']:.4f}, {station['lon_deg']:.4f}"
        said.append(f"Lugar: {where}" if spanish else f"Place: {where}")
    return tuple(said)


def states_grid(known: list[StationTables]) -> tuple[list[str], list[str], np.ndarray]:
    """Stations, parameters and a state each: 0 not measured, 1 no value, 2 within limits or without one, 3 beyond.

    Returns:
        Names of n stations, m parameters, and (n, m) states.
    """
    parameters = sorted({name for tables in known for name in tables.recent["parameter"]})
    grid = np.zeros((len(known), len(parameters)), dtype=int)
    for row, tables in enumerate(known):
        for cells in _rows(latest(tables.recent)) if len(tables.recent) else []:
            column = parameters.index(cells["parameter"])
            grid[row, column] = 1 if pd.isna(cells["mean"]) else 3 if len(broken_now(cells, tables.limits)) else 2
    names = [f"{tables.station['name']} ({tables.station['station_id']})" for tables in known]
    return names, parameters, grid
