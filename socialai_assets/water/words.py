"""What water's codes say to people, in English and Spanish: parameters, limits, standards. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from socialai_assets.publishing.languages import Language
from socialai_assets.water.parameters import PARAMETERS

SPANISH: Mapping[str, str] = {
    "treatment_works": "si funciona el tratamiento",
    "water_available": "si había agua en la visita",
    "enough_in_dry_season": "si alcanza el agua en época seca",
    "enough_in_rainy_season": "si alcanza el agua en época de lluvia",
    "catchment_state": "estado de la captación",
    "storage_state": "estado del reservorio",
    "distribution_state": "estado de la red",
    "treatment_state": "estado del tratamiento",
    "service_hours": "horas de servicio al día",
    "connections": "conexiones de la red",
    "metered_connections": "conexiones con medidor",
    "storage_volume": "volumen del reservorio",
    "free_chlorine": "cloro residual libre",
    "turbidity": "turbidez",
    "ph": "pH",
    "conductivity": "conductividad eléctrica a 25 °C",
    "e_coli": "Escherichia coli",
    "arsenic": "arsénico",
    "nitrate": "nitrato, como ion",
    "fluoride": "fluoruro",
    "temperature": "temperatura del agua",
    "redox": "potencial redox",
    "chlorine_dioxide": "dióxido de cloro",
    "chlorine_dioxide_2": "dióxido de cloro en otro lugar",
    "flow": "caudal",
    "flow_2": "caudal de una segunda línea",
}
STANDARDS: Mapping[str, tuple[str, str]] = {
    "WHO": ("WHO", "OMS"),
    "DS 031-2010-SA": ("Peru, DS 031-2010-SA", "Perú, DS 031-2010-SA"),
}

ALARM_KINDS: Mapping[str, tuple[str, str]] = {
    "water_change": ("the water changed", "el agua cambió"),
    "sensor_fault": ("a sensor may be faulty", "puede fallar un sensor"),
}
FAULTS: Mapping[str, tuple[str, str]] = {
    "sticks": ("it sticks", "se quedó fijo"),
    "drifts": ("it drifts", "se desvía poco a poco"),
    "deviates": ("it deviates", "se aparta"),
    "spikes": ("it jumps", "da saltos"),
    "no value": ("it gives no value", "no da valores"),
}
SEVERITIES: Mapping[str, tuple[str, str]] = {
    "low": ("low", "baja"),
    "medium": ("medium", "media"),
    "high": ("high", "alta"),
}
ALARM_STATES: Mapping[str, tuple[str, str]] = {
    "open": ("open", "abierta"),
    "expired": ("expired", "vencida"),
    "closed": ("closed", "cerrada"),
}
_CLAUSES = {"Annex": "Anexo", "Article": "Artículo", "Chapter": "Capítulo", "Table": "Tabla", "remark on": "nota sobre"}
_CLAUSES |= {"chlorine": "cloro", "turbidity": "turbidez"}


def parameter_words(parameter: str, language: Language) -> str:
    """A parameter's name, with a capital."""
    words = SPANISH[parameter] if language == "es" else PARAMETERS[parameter].words
    return words if words == "pH" else words[0].upper() + words[1:]


def standard_words(standard: str, language: Language) -> str:
    """Who set a limit."""
    return STANDARDS[standard][language == "es"] if standard in STANDARDS else standard


def clause_words(clause: str, language: Language) -> str:
    """Where a limit is stated."""
    for english, spanish in _CLAUSES.items() if language == "es" else ():
        clause = clause.replace(english, spanish)
    return clause


def limit_words(limit: Mapping[str, Any], language: Language, unit: object) -> str:
    """A row of `water.quality_limits` in words: at most 5 mg/L (WHO)."""
    lower, upper = limit["lower"], limit["upper"]
    if pd.notna(lower) and pd.notna(upper):
        text = f"{lower:g} a {upper:g}" if language == "es" else f"{lower:g} to {upper:g}"
    elif pd.notna(lower):
        text = f"{'al menos' if language == 'es' else 'at least'} {lower:g}"
    else:
        text = f"{'como máximo' if language == 'es' else 'at most'} {upper:g}"
    return f"{with_unit(text, unit)} ({standard_words(str(limit['standard']), language)})"


def with_unit(text: str, unit: object) -> str:
    """A figure with its unit behind it, where it has one."""
    return f"{text} {unit}" if isinstance(unit, str) and unit else text


def figure(value: float) -> str:
    """A measured value in three figures or whole."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
