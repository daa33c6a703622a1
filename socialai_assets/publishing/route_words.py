"""What the codes of route plans say to people, in English and Spanish: reasons, changes, parts. Draws nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from socialai_assets.publishing.languages import Language, marked

# Why a stop is left out: `reason` of `aid.unserved_stops`.
REASONS: Mapping[str, tuple[str, str]] = {
    "road": ("No open road there and back", "No hay camino abierto de ida y vuelta"),
    "vehicle_type": ("Vehicles with room and time may not go there", "Los vehículos con espacio y tiempo no pueden ir"),
    "capacity": ("No vehicle in time has room for its load", "Ningún vehículo a tiempo tiene espacio para su carga"),
    "time_window": ("No vehicle can be there while it is open", "Ningún vehículo puede llegar mientras está abierta"),
    "shift": ("No driver has enough working time left", "A ningún conductor le queda jornada suficiente"),
    "distance": ("Every vehicle would drive further than it may", "Todo vehículo recorrería más de lo permitido"),
    "priority": ("Vehicles serve stops of more worth", "Los vehículos atienden paradas más prioritarias"),
    "several": ("More than one constraint is in the way", "Lo impide más de una restricción"),
    "closed": ("Closed by the calendar", "Cerrada según el calendario"),
    "no_vehicle": ("There is no vehicle", "No hay ningún vehículo"),
    "unknown_site": ("The site is not known", "No se conoce el sitio"),
    "unknown_item": ("The item is not known", "No se conoce el artículo"),
    "not_carried": ("The item has neither weight nor volume", "El artículo no tiene peso ni volumen"),
}
# What would serve it: `change` of the same table.
CHANGES: Mapping[str, tuple[str, str]] = {
    "priority": (
        "Give it a higher priority, or value it at more than what serving it costs.",
        "Darle más prioridad, o valorarla en más de lo que cuesta atenderla.",
    ),
    "road": (
        "Open a road to it for vehicle {vehicle}.",
        "Abrir un camino hasta allí para el vehículo {vehicle}.",
    ),
    "vehicle_type": ("Allow vehicle {vehicle} there.", "Permitir allí el vehículo {vehicle}."),
    "capacity": (
        "Give vehicle {vehicle} room for {load} more.",
        "Dar al vehículo {vehicle} espacio para {load} más.",
    ),
    "open_earlier": ("Open it {minutes} minutes earlier.", "Abrirla {minutes} minutos antes."),
    "open_later": ("Keep it open {minutes} minutes longer.", "Mantenerla abierta {minutes} minutos más."),
    "shift": (
        "Let vehicle {vehicle} work {minutes} minutes more.",
        "Dejar que el vehículo {vehicle} trabaje {minutes} minutos más.",
    ),
    "distance": (
        "Let vehicle {vehicle} drive {km} km more.",
        "Dejar que el vehículo {vehicle} recorra {km} km más.",
    ),
    "another_vehicle": ("Use another vehicle like {vehicle}.", "Usar otro vehículo como {vehicle}."),
}
# A delivery in parts says so in `items` of `aid.route_stops`.
PART = re.compile(r"part (\d+): (.+?) of (.+)")


def change_words(row: Mapping[str, Any], language: Language) -> str:
    """The change of a row of `aid.unserved_stops` as a sentence; empty where there is none."""
    kind = row["change"]
    if not isinstance(kind, str):
        return ""
    minutes, km = row["change_minutes"], row["change_km"]
    return CHANGES[kind][language == "es"].format(
        vehicle=row["change_vehicle_id"],
        load=loads(row["change_kg"], row["change_m3"], language),
        # Rounded up: a minute less would not do.
        minutes="" if pd.isna(minutes) else marked(f"{-(-minutes // 1):,.0f}", language),
        km="" if pd.isna(km) else marked(f"{km:,.1f}", language),
    )


def item_lines(items: object, names: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    """Name and amount of each item of `water 3.5 m3; kit 20 kit`; of a part of a delivery, its share first.

    Args:
        items: as in `aid.route_stops`; missing where nothing is delivered.
        names: name of each item by code.
    """
    if not isinstance(items, str):
        return []
    lines: list[tuple[str, str]] = []
    whole, part = items, PART.fullmatch(items)
    if part:
        number, share, whole = part.groups()
        words = ("parte", "de") if language == "es" else ("part", "of")
        lines.append((f"{words[0]} {number}", f"{share} {words[1]}"))
    for item in whole.split("; "):
        code, _, amount = item.partition(" ")
        lines.append((names.get(code, code), amount))
    return lines


def loads(kilograms: float, cubic_metres: float, language: Language) -> str:
    """Weight and volume; what is not there at all is not said."""
    amounts = ((kilograms, "kg"), (cubic_metres, "m3"))
    said = [
        f"{marked(f'{amount:,.10g}', language)} {unit}"
        for amount, unit in amounts
        if pd.notna(amount) and round(amount, 6)
    ]
    return ("; " if language == "es" else ", ").join(said) or "0"
