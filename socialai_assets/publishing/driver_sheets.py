"""A driver's sheet: one vehicle's day as a printable PDF in English or Spanish, with map, stops, loads and times.

Draws what it is given; plans nothing and reads no table.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.languages import Language
from socialai_assets.publishing.pdf_fonts import BOLD, FONT, register_fonts
from socialai_assets.publishing.route_words import item_lines

if TYPE_CHECKING:
    import geopandas as gpd

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Driver's sheet", "vehicle": "Vehicle", "depot": "Depot", "day": "Day", "way": "Way", "hours": "Hours",
        "load": "Load", "trips": "Trips", "stops": "Stops", "number": "No.", "time": "Time", "place": "Place",
        "deliver": "Deliver", "aboard": "Aboard after", "received": "Received by",
        "start": "Load and leave", "reload": "Load again", "break": "Break", "end": "Return", "map": "Map of the day",
        "synthetic": "SYNTHETIC DATA \N{EM DASH} generated for trying things out, not a real delivery",
        "travel": "Travel times", "scenario": "Scenario", "overtime": "of it overtime",
    },
    "es": {
        "title": "Hoja de ruta", "vehicle": "Vehículo", "depot": "Almacén", "day": "Día", "way": "Recorrido",
        "hours": "Horario", "load": "Carga", "trips": "Viajes", "stops": "Paradas", "number": "N.º", "time": "Hora",
        "place": "Lugar", "deliver": "Entregar", "aboard": "A bordo después", "received": "Recibido por",
        "start": "Cargar y salir", "reload": "Volver a cargar", "break": "Descanso", "end": "Regreso",
        "map": "Mapa del día",
        "synthetic": "DATOS SINTÉTICOS \N{EM DASH} generados para pruebas, no es una entrega real",
        "travel": "Tiempos de viaje", "scenario": "Escenario", "overtime": "de ello horas extra",
    },
}  # fmt: skip
WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
# Ways of several trips, told apart with any colour vision and on a black-and-white printer by their dashes.
TRIP_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#555555")
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (1, 3))
MAP_HEIGHT = 250


@dataclass(frozen=True)
class Sheet:
    """What a sheet says.

    Attributes:
        plan: a row of `aid.route_plan`.
        visits: its rows of `aid.route_stops`, in order.
        depot_name: of its depot.
        item_names: name of each item in the sheet's language, by code.
        outlines: areas for the map's background, any CRS; None for a plain background.
    """

    plan: pd.Series
    visits: pd.DataFrame
    depot_name: str
    item_names: dict[str, str]
    outlines: gpd.GeoDataFrame | None = None


def driver_sheet_pdf(sheet: Sheet, language: Language = "en") -> bytes:
    """The sheet as PDF, A4; the same input gives the same bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    register_fonts()
    words, styles = WORDS[language], _styles()
    title = f"{words['title']}: {sheet.plan['vehicle_id']}, {_day(sheet.plan['day'], language)}"
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=15 * mm, rightMargin=15 * mm, topMargin=14 * mm, bottomMargin=16 * mm,
        title=title, author="socialai", invariant=1,
    )  # fmt: skip
    # reportlab's frame keeps six points free on either side.
    width = document.width - 12
    story: list[Any] = []
    if bool(sheet.plan["is_synthetic"]):
        story += [Paragraph(words["synthetic"], styles["banner"]), Spacer(1, 4)]
    story += [Paragraph(_escaped(title), styles["title"]), _summary(sheet, words, styles, width)]
    story += [Spacer(1, 6), _visits_table(sheet, language, styles, width), Spacer(1, 8)]
    story += [Paragraph(words["map"], styles["heading"]), _map(sheet, width)]

    def footer(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColorRGB(0.35, 0.35, 0.35)
        travel = sheet.plan["travel_source"].partition("; ")[0]
        note = f"{words['scenario']} {sheet.plan['scenario']} · {words['travel']}: {travel}"
        canvas.drawString(15 * mm, 9 * mm, note)
        canvas.drawRightString(A4[0] - 15 * mm, 9 * mm, f"{sheet.plan['vehicle_id']} · {page.page}")

    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return buffer.getvalue()


def clock(minute: float) -> str:
    """Minutes after midnight as a time of day, to the whole minute; past midnight with the days gone by."""
    whole = int(np.floor(minute + 0.5))
    later = f" +{whole // 1440}" if whole >= 1440 else ""
    return f"{whole % 1440 // 60:02d}:{whole % 60:02d}{later}"


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor, white
    from reportlab.lib.styles import ParagraphStyle

    plain = ParagraphStyle("plain", fontName=FONT, fontSize=8.5, leading=10.5)
    return {
        "plain": plain,
        "bold": ParagraphStyle("bold", plain, fontName=BOLD),
        "head": ParagraphStyle("head", plain, fontName=BOLD, textColor=white),
        "title": ParagraphStyle("title", plain, fontName=BOLD, fontSize=14, leading=18, spaceAfter=4),
        "heading": ParagraphStyle("heading", plain, fontName=BOLD, fontSize=10, leading=14),
        "banner": ParagraphStyle(
            "banner", plain, fontName=BOLD, textColor=white, backColor=HexColor("#b3261e"), alignment=1, borderPadding=3
        ),
    }


def _escaped(text: object) -> str:
    import html

    return html.escape(str(text))


def _day(day: datetime.date, language: Language) -> str:
    day = pd.Timestamp(day).date()
    return f"{WEEKDAYS[language][day.weekday()]} {day.day:02d}.{day.month:02d}.{day.year}"


def _summary(sheet: Sheet, words: dict[str, str], styles: dict[str, Any], width: float) -> Any:
    from reportlab.platypus import Paragraph, Table, TableStyle

    plan = sheet.plan
    overtime = f" ({clock(plan['overtime_minutes'])} {words['overtime']})" if plan["overtime_minutes"] >= 0.5 else ""
    cells = [
        (words["vehicle"], f"{plan['vehicle_id']} ({str(plan['vehicle_type']).replace('_', ' ')})"),
        (words["depot"], sheet.depot_name),
        (words["hours"], f"{clock(plan['starts_minute'])} \N{EN DASH} {clock(plan['ends_minute'])}{overtime}"),
        (words["way"], f"{plan['km']:,.0f} km"),
        (words["trips"], f"{plan['trips']}, {plan['stops']} {words['stops'].lower()}"),
        (words["load"], f"{plan['load_kg']:,.0f} kg, {plan['load_m3']:,.1f} m³"),
    ]
    shown = [[Paragraph(name, styles["bold"]), Paragraph(_escaped(text), styles["plain"])] for name, text in cells]
    rows = [[*shown[n], *shown[n + 1]] for n in range(0, len(shown), 2)]
    table = Table(rows, colWidths=[width * share for share in (0.12, 0.38, 0.12, 0.38)])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]))
    return table


def _visits_table(sheet: Sheet, language: Language, styles: dict[str, Any], width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Paragraph, Table, TableStyle

    words = WORDS[language]
    heads = ("number", "time", "place", "deliver", "aboard", "received")
    rows = [[Paragraph(words[head], styles["head"]) for head in heads]]
    look: list[tuple[Any, ...]] = [
        ("BACKGROUND", (0, 0), (-1, 0), HexColor("#333333")),
        ("GRID", (0, 0), (-1, -1), 0.4, HexColor("#999999")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    for number, visit in zip(_numbers(sheet.visits), sheet.visits.to_dict("records"), strict=True):
        last = visit["kind"] == "end"
        time = clock(visit["begins_minute"])
        time += "" if last else f" \N{EN DASH} {clock(visit['leaves_minute'])}"
        name = _escaped(visit["name"]) if isinstance(visit["name"], str) else ""
        if visit["kind"] == "stop":
            where = f"{_escaped(visit['place_id'])} · {visit['latitude']:.5f}, {visit['longitude']:.5f}"
            place = f"{name}<br/><font size=7>{where}</font>"
        else:
            place = f"<b>{words[str(visit['kind'])]}</b>{': ' if name else ''}{name}"
            look.append(("BACKGROUND", (0, len(rows)), (-1, len(rows)), HexColor("#eeeeee")))
        aboard = "" if visit["kind"] == "break" else f"{visit['load_kg']:,.0f} kg<br/>{visit['load_m3']:,.1f} m³"
        cells = (number, time, place, _items(visit["items"], sheet.item_names, language), "" if last else aboard, "")
        rows.append([Paragraph(cell, styles["plain"]) for cell in cells])
    shares = (0.06, 0.15, 0.30, 0.22, 0.12, 0.15)
    table = Table(rows, colWidths=[width * share for share in shares], repeatRows=1)
    table.setStyle(TableStyle(look))
    return table


def _numbers(visits: pd.DataFrame) -> list[str]:
    """1, 2, … for stops as on the map; nothing for others."""
    stops = (visits["kind"] == "stop").cumsum()
    return [str(number) if kind == "stop" else "" for number, kind in zip(stops, visits["kind"], strict=True)]


def _items(items: object, names: dict[str, str], language: Language) -> str:
    """What is delivered with names for codes, one item a line."""
    return "<br/>".join(
        f"{_escaped(name)}: <b>{_escaped(said)}</b>" for name, said in item_lines(items, names, language)
    )


def _map(sheet: Sheet, width: float) -> Any:
    """Straight lines from visit to visit over the outlines of areas, north up, with a scale."""
    from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, String
    from reportlab.lib.colors import HexColor, white

    placed = sheet.visits.dropna(subset=["latitude", "longitude"]).reset_index(drop=True)
    view = _View.around(placed, width, MAP_HEIGHT)
    drawing = Drawing(width, MAP_HEIGHT)
    drawing.add(Rect(0, 0, width, MAP_HEIGHT, fillColor=HexColor("#fbfaf6"), strokeColor=HexColor("#999999")))  # type: ignore[arg-type]
    for line in _outlines(sheet.outlines, view):
        drawing.add(line)
    points = [view.at(row.latitude, row.longitude) for row in placed.itertuples()]
    for number in range(1, len(points)):
        trip = int(placed["trip"][number - 1]) - 1
        # The way back to load belongs to the trip that ends there.
        colour, dashes = HexColor(TRIP_COLOURS[trip % 5]), DASHES[trip % 5]
        ends = (*points[number - 1], *points[number])
        drawing.add(Line(*ends, strokeColor=colour, strokeWidth=1.4, strokeDashArray=dashes))
    for (x, y), kind, number in zip(points, placed["kind"], _numbers(placed), strict=True):
        if kind == "stop":
            drawing.add(Circle(x, y, 6.5, fillColor=white, strokeColor=HexColor("#222222"), strokeWidth=0.8))
            drawing.add(String(x, y - 2.5, number, fontName=FONT, fontSize=7, textAnchor="middle"))
        else:
            drawing.add(Rect(x - 5, y - 5, 10, 10, fillColor=HexColor("#222222"), strokeColor=white))  # type: ignore[arg-type]
    length, text = view.scale()
    drawing.add(Line(10, 10, 10 + length, 10, strokeWidth=1.5))
    drawing.add(String(10, 14, text, fontName=FONT, fontSize=7))
    drawing.add(String(width - 10, MAP_HEIGHT - 14, "N \N{UPWARDS ARROW}", fontName=FONT, fontSize=9, textAnchor="end"))
    return drawing


@dataclass(frozen=True)
class _View:
    """A plane map around some places: an equirectangular projection at their middle latitude."""

    latitude: float
    longitude: float
    points_per_degree: float
    narrowing: float
    width: float
    height: float

    @classmethod
    def around(cls, placed: pd.DataFrame, width: float, height: float) -> _View:
        south, north = placed["latitude"].min(), placed["latitude"].max()
        west, east = placed["longitude"].min(), placed["longitude"].max()
        latitude, longitude = (south + north) / 2, (west + east) / 2
        narrowing = float(np.cos(np.radians(latitude)))
        # No closer than a kilometre, so that a single stop is not drawn on an endless zoom.
        tall, wide = max(north - south, 0.01), max((east - west) * narrowing, 0.01)
        return cls(latitude, longitude, float(min((height - 50) / tall, (width - 50) / wide)), narrowing, width, height)

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        x = self.width / 2 + (longitude - self.longitude) * self.narrowing * self.points_per_degree
        return x, self.height / 2 + (latitude - self.latitude) * self.points_per_degree

    def scale(self) -> tuple[float, str]:
        """Length of the scale bar in points, and its text."""
        per_kilometre = self.points_per_degree / 111.195
        lengths = [n for n in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if n * per_kilometre <= self.width / 4]
        kilometres = max(lengths, default=0.1)
        return kilometres * per_kilometre, f"{kilometres:g} km"

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is seen."""
        tall = self.height / 2 / self.points_per_degree
        wide = self.width / 2 / self.points_per_degree / self.narrowing
        return self.longitude - wide, self.latitude - tall, self.longitude + wide, self.latitude + tall


def _outlines(outlines: gpd.GeoDataFrame | None, view: _View) -> Sequence[Any]:
    if outlines is None or outlines.empty:
        return []
    import shapely
    from reportlab.graphics.shapes import PolyLine
    from reportlab.lib.colors import HexColor

    borders = shapely.clip_by_rect(outlines.geometry.to_crs(4326).boundary.to_numpy(), *view.bounds())
    lines = []
    for border in shapely.get_parts(borders):
        points = [view.at(y, x) for x, y in shapely.get_coordinates(border)]
        if len(points) > 1:
            flat = [figure for point in points for figure in point]
            lines.append(PolyLine(flat, strokeColor=HexColor("#c9c3b4"), strokeWidth=0.6))
    return lines
