"""What drives a risk, in words: groups of features and how a risk is told. No figures are computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping

NEAR_BY = "visits_near_by"
DRIVERS: dict[str, dict[str, str]] = {
    NEAR_BY: {"en": "what visits found near by", "es": "lo que hallaron las visitas cercanas"},
    "age": {"en": "the age of the system", "es": "la antigüedad del sistema"},
    "size": {"en": "how many people it serves", "es": "cuánta población atiende"},
    "technology": {"en": "its source and technology", "es": "su fuente y tecnología"},
    "altitude": {"en": "its altitude", "es": "su altitud"},
    "remoteness": {"en": "how far it is from towns", "es": "su distancia a las ciudades"},
    "settlement": {"en": "the settlements around", "es": "los centros poblados alrededor"},
    "people": {"en": "poverty, language and schooling of its district", "es": "pobreza, lengua y escuela del distrito"},
    "pictures": {"en": "night lights and land of its district", "es": "luces nocturnas y terreno del distrito"},
    "position": {"en": "where in the country it is", "es": "su ubicación en el país"},
}
_GROUPS = {
    "age": ("install_year",),
    "size": ("served_population", "served_households", "people_per_household"),
    "technology": ("water_source", "water_tech", "supply"),
    "altitude": ("altitude_m", "above_capital_m"),
    "remoteness": ("km_to_capital", "km_to_urban_place", "area_km_to_admin1_capital", "area_km_to_city"),
    "settlement": (
        "places_within_5_km",
        "area_people_per_km2",
        "area_urban_place_share",
        "area_population_potential_log",
        "area_places_per_km2_log",
    ),
    "people": ("area_poverty_pct", "area_indigenous_language_pct", "area_dropout_pct"),
    "pictures": ("area_night_light", "area_lit_share", "area_greenness", "area_ruggedness"),
    "position": ("lat_deg", "lon_deg", "natural_region"),
}
_GROUP_OF = {feature: group for group, features in _GROUPS.items() for feature in features}
LEAST_TOLD = 0.005
MOST_TOLD = 3


def group_of(column: str) -> str:
    """The driver a column of a model's table belongs to: its feature's, or that of what visits found near by.

    Raises:
        KeyError: a feature without a driver.
    """
    feature = column.partition("=")[0].removeprefix("rank_")
    return _GROUP_OF[feature] if feature in _GROUP_OF or not column.startswith(("rate_", "known_")) else NEAR_BY


def drivers_json(effects: Mapping[str, float]) -> str:
    """Drivers and what each adds to the risk, as JSON, the largest first."""
    ordered = sorted(effects.items(), key=lambda item: -abs(item[1]))
    return json.dumps({name: round(value, 4) for name, value in ordered})


_SAID = {
    "en": (
        "Raised by",
        "Lowered by",
        "Nothing sets it apart",
        "{risk:.0%}, against {typical:.0%} for a typical point.",
    ),
    "es": ("Lo sube", "Lo baja", "Nada lo distingue", "{risk:.0%}, frente a {typical:.0%} de un punto típico."),
}


def sentence(risk: float, typical: float, effects: Mapping[str, float], language: str = "en") -> str:
    """What drives a risk most.

    Args:
        risk: the calibrated probability.
        typical: that of a typical point.
        effects: driver to what it adds.
        language: `en` or `es`.
    """
    *verbs, nothing, opening = _SAID[language]
    told = [item for item in sorted(effects.items(), key=lambda item: -abs(item[1])) if abs(item[1]) >= LEAST_TOLD]
    parts = []
    for verb, sign in zip(verbs, (1, -1), strict=True):
        named = [
            f"{DRIVERS[name][language]} ({100 * value:+.0f})" for name, value in told[:MOST_TOLD] if sign * value > 0
        ]
        if named:
            parts.append(f"{verb} {', '.join(named)}")
    return f"{opening.format(risk=risk, typical=typical)} {'. '.join(parts) or nothing}."
