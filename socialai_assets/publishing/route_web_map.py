"""An interactive map of routes: one HTML file a scenario, which opens without a network. Plans and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.driver_sheets import clock
from socialai_assets.publishing.figures import picture_notes
from socialai_assets.publishing.languages import LANGUAGES, marked
from socialai_assets.publishing.leaflet_page import (
    PAGE_SPANISH,
    STEPS_PER_DEGREE,
    leaflet_page,
    packed_line,
    packed_outlines,
)
from socialai_assets.publishing.route_pictures import WAY_COLOURS
from socialai_assets.publishing.route_words import REASONS, change_words, item_lines, loads

if TYPE_CHECKING:
    import geopandas as gpd

# Vehicles of one colour are told apart by their lines, which any colour vision sees.
DASHES = ("", "9 5", "2 5", "12 4 2 4")

SPANISH = {
    **PAGE_SPANISH,
    "Routes by day and vehicle": "Rutas por día y vehículo",
    "Routes": "Rutas",
    "Left out": "Sin atender",
    "Depot": "Almacén",
    "Depots": "Almacenes",
    "Stop": "Parada",
    "stop": "parada",
    "stops": "paradas",
    "trip": "viaje",
    "trips": "viajes",
    "Vehicle": "Vehículo",
    "Day": "Día",
    "Arrival": "Llegada",
    "Service": "Atención",
    "Unloaded": "Se descarga",
    "Aboard after": "A bordo después",
    "Items": "Artículos",
    "People": "Personas",
    "Reason": "Motivo",
    "What would serve it": "Qué permitiría atenderla",
    "Load": "Carga",
    "Load and leave": "Cargar y salir",
    "Load again": "Volver a cargar",
    "Break": "Descanso",
    "Return": "Regreso",
    "Visits": "Visitas",
    "Nothing is left out.": "No queda nada sin atender.",
    "Its place is not known.": "No se conoce su ubicación.",
    "Lines are straight, not roads.": "Las líneas son rectas, no son caminos.",
    "Travel times:": "Tiempos de viaje:",
    "great circle with a detour factor": "círculo máximo con factor de desvío",
    "landed matrix": "matriz entregada",
    "road graph": "red vial",
}
_KINDS = {"start": "Load and leave", "reload": "Load again", "break": "Break", "end": "Return"}


def route_map_html(
    plan: pd.DataFrame,
    stops: pd.DataFrame,
    unserved: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    *,
    title: str,
    title_es: str,
    source_note: str,
    licence_note: str,
    item_names: Mapping[str, Mapping[str, str]],
    synthetic: bool,
) -> str:
    """One self-contained page: a layer a vehicle and day, stops and depots with popups, and what is left out and why.

    Every stop is also in a list beside the map, from which the keyboard reaches it. The page can be read in English
    and Spanish.

    Args:
        plan: rows of `aid.route_plan` of one scenario.
        stops: its rows of `aid.route_stops`.
        unserved: its rows of `aid.unserved_stops` with `latitude` and `longitude` (missing: not known).
        outlines: areas for the background, any CRS; only what lies near the routes is kept.
        item_names: name of each item by code, by language (`en`, `es`).
        synthetic: show the banner that says the data are made up.

    Returns:
        The HTML text, to be written as UTF-8.

    Raises:
        ValueError: there is neither a route nor a stop left out to draw.
    """
    placed = stops.dropna(subset=["latitude", "longitude"])
    seen = pd.concat([placed[["latitude", "longitude"]], unserved[["latitude", "longitude"]].dropna()])
    if seen.empty:
        raise ValueError("There is no route to draw.")
    colours = {vehicle: number for number, vehicle in enumerate(sorted(plan["vehicle_id"].unique()))}
    visits = dict(iter(stops.sort_values("sequence").groupby(["day", "vehicle_id"])))
    days = [
        {
            "day": str(day),
            "routes": [_route(row, visits[day, row["vehicle_id"]], colours, item_names) for row in _rows(routes)],
        }
        for day, routes in plan.sort_values(["day", "vehicle_id"]).groupby("day", sort=True)
    ]
    depots = placed[placed["kind"].isin(["start", "reload", "end"])].drop_duplicates("place_id").sort_values("place_id")
    # What else a source says, such as which places another one lacks, is in the table.
    travel = "; ".join(sorted(plan["travel_source"].str.split("; ").str[0].unique()))
    english = {reason: words[0] for reason, words in REASONS.items()}
    spanish = {words[0]: words[1] for words in REASONS.values()}
    data = {
        "scale": STEPS_PER_DEGREE,
        "notes": [*picture_notes(source_note, licence_note), "Lines are straight, not roads."],
        "travel": travel,
        "translations": {"es": {**SPANISH, **spanish, title: title_es}},
        "reasons": english,
        "days": days,
        "depots": [{"name": _text(row["name"]), "point": _point(row)} for row in _rows(depots)],
        "unserved": [_left_out(row) for row in _rows(unserved)],
        "outlines": packed_outlines(outlines, _around(seen)),
    }
    return leaflet_page("routes", title, data, synthetic, styles="routes.css")


def _route(
    row: Mapping[str, Any],
    visits: pd.DataFrame,
    colours: Mapping[str, int],
    item_names: Mapping[str, Mapping[str, str]],
) -> dict[str, object]:
    import shapely

    number = colours[row["vehicle_id"]]
    way = visits.dropna(subset=["latitude", "longitude"])
    return {
        "vehicle": row["vehicle_id"],
        "type": row["vehicle_type"],
        "colour": WAY_COLOURS[number % len(WAY_COLOURS)],
        "dash": DASHES[number // len(WAY_COLOURS) % len(DASHES)],
        "stops": int(row["stops"]),
        "trips": int(row["trips"]),
        "km": round(float(row["km"]), 1),
        "starts": clock(row["starts_minute"]),
        "ends": clock(row["ends_minute"]),
        "line": packed_line(shapely.LineString(way[["longitude", "latitude"]].to_numpy(dtype=float))),
        "visits": [_visit(visit, item_names) for visit in _rows(visits)],
    }


def _visit(row: Mapping[str, Any], item_names: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    common = {"name": _text(row["name"]), "arrives": clock(row["arrives_minute"]), "point": _point(row)}
    common |= {"begins": clock(row["begins_minute"]), "leaves": clock(row["leaves_minute"])}
    if row["kind"] != "stop":
        return {**common, "kind": _KINDS[row["kind"]]}
    return {
        **common,
        "delivered": _loads(row["delivered_kg"], row["delivered_m3"]),
        "aboard": _loads(row["load_kg"], row["load_m3"]),
        "items": {
            language: "; ".join(
                f"{name}: {marked(amount, language)}"
                for name, amount in item_lines(row["items"], item_names.get(language, {}), language)
            )
            for language in LANGUAGES
        },
        "people": _number(row["people"]),
    }


def _left_out(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "name": _text(row["name"]) or _text(row["site_id"]),
        "point": _point(row),
        "reason": row["reason"],
        "explanation": _text(row["explanation"]),
        "change": {language: change_words(row, language) for language in LANGUAGES},
        "load": _loads(row["load_kg"], row["load_m3"]),
        "people": _number(row["people"]),
    }


def _loads(kilograms: float, cubic_metres: float) -> dict[str, str]:
    return {language: loads(kilograms, cubic_metres, language) for language in LANGUAGES}


def _point(row: Mapping[str, Any]) -> list[float] | None:
    if pd.isna(row["latitude"]) or pd.isna(row["longitude"]):
        return None
    return [round(float(row["latitude"]), 5), round(float(row["longitude"]), 5)]


def _around(seen: pd.DataFrame) -> tuple[float, float, float, float]:
    """West, south, east and north of the places with a half of their extent around, 0.2 degrees at least."""
    south, north = float(seen["latitude"].min()), float(seen["latitude"].max())
    west, east = float(seen["longitude"].min()), float(seen["longitude"].max())
    margin = max(0.2, 0.5 * max(north - south, east - west))
    return west - margin, south - margin, east + margin, north + margin


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return None if pd.isna(value) or not np.isfinite(value) else float(value)
