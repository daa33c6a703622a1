"""A station's readings and alarms as its page shows them: values against limits, charts, words. Reads no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from socialai_assets.publishing.languages import Language
from socialai_assets.water.parameters import PARAMETERS
from socialai_assets.water.words import (
    ALARM_KINDS,
    FAULTS,
    SEVERITIES,
    figure,
    limit_words,
    parameter_words,
    standard_words,
    with_unit,
)

Row = Mapping[str, Any]


def latest_values(recent: Sequence[Row], limits: Sequence[Row], language: Language) -> list[dict[str, Any]]:
    """Of each parameter the last hour with a value, and the limits it breaks.

    Args:
        recent: rows of `water.recent_readings` of one station.
        limits: `water.quality_limits`.
        language: of the words.
    """
    made = []
    for parameter, rows in _by_parameter(recent):
        known = [row for row in rows if row["mean"] is not None]
        last = known[-1] if known else None
        own = [limit for limit in limits if limit["parameter"] == parameter]
        beyond = [limit for limit in own if last is not None and breaks(last["mean"], limit)]
        unit = rows[0]["unit"]
        made.append(
            {
                "name": parameter_words(parameter, language),
                "value": None if last is None else with_unit(figure(last["mean"]), unit),
                "hour": None if last is None else last["hour"],
                "has_limit": bool(own),
                "beyond": "; ".join(limit_words(limit, language, unit) for limit in beyond),
            }
        )
    return made


def breaks(value: float, limit: Row) -> bool:
    """Whether a value is beyond a row of `water.quality_limits`."""
    lower, upper = limit["lower"], limit["upper"]
    return (lower is not None and value < lower) or (upper is not None and value > upper)


def charts(recent: Sequence[Row], limits: Sequence[Row], language: Language) -> list[dict[str, Any]]:
    """A chart of each parameter: hourly means in the band of least and greatest, with the limits that are near.

    Args:
        recent: rows of `water.recent_readings` of one station.
        limits: `water.quality_limits`.
        language: of the words.
    """
    made = []
    for parameter, rows in _by_parameter(recent):
        values = [row[name] for row in rows for name in ("minimum", "maximum") if row[name] is not None]
        if not values:
            continue
        low, high = min(values), max(values)
        near = max(high - low, abs(high) * 0.5)
        lines: dict[float, set[str]] = {}
        for limit in limits:
            for value in (limit["lower"], limit["upper"]) if limit["parameter"] == parameter else ():
                # A limit far off would press the readings flat.
                if value is not None and low - near <= value <= high + near:
                    lines.setdefault(value, set()).add(standard_words(str(limit["standard"]), language))
        name = parameter_words(parameter, language)
        made.append(
            {
                "name": with_unit(name, f"({rows[0]['unit']})" if rows[0]["unit"] else None),
                "chart": {
                    "kind": "fan",
                    "time": True,
                    "height": 240,
                    "x": "hour",
                    "y": "mean",
                    "bands": [["minimum", "maximum"]],
                    "limits": [
                        {"value": value, "text": f"{value:g} {', '.join(sorted(who))}"} for value, who in lines.items()
                    ],
                    "rows": [
                        {
                            "hour": f"{row['hour']:%Y-%m-%dT%H:%M}Z",
                            **{key: row[key] for key in ("mean", "minimum", "maximum")},
                        }
                        for row in rows
                    ],
                },
            }
        )
    return made


def alarm_words(alarm: Row, language: Language) -> dict[str, str]:
    """What an alarm is about, in words.

    Args:
        alarm: row of `water.open_alarms`.
        language: of the words.
    """
    spanish = language == "es"
    what = ALARM_KINDS[alarm["kind"]][spanish]
    if alarm["fault"]:
        what += f": {FAULTS[alarm['fault']][spanish]}"
    unit = PARAMETERS[alarm["parameter"]].unit
    value, usual = ("–" if alarm[name] is None else with_unit(figure(alarm[name]), unit) for name in ("value", "usual"))
    return {
        "what": what,
        "severity_words": SEVERITIES[alarm["severity"]][spanish],
        "sensor_words": ", ".join(parameter_words(name, language) for name in str(alarm["sensors"]).split()),
        "value_words": value,
        "usual_words": usual,
    }


def _by_parameter(recent: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [(str(name), list(rows)) for name, rows in groupby(recent, key=lambda row: row["parameter"])]
