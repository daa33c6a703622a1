"""Water stations as they report: latest values, limits, alarms and who knows of them. Risks and plans are elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from socialai_assets.actions.alarms import acknowledge_alarm
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import ExportFormat, exported, render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.station_rows import alarm_words, charts, latest_values
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
STATIONS = Page("water_stations", "/water", "Water stations", "Water", ("water.recent_readings",))
PAGES = (STATIONS,)
SECONDS = 30
"""How often a page that is open looks for new readings."""


@router.get(STATIONS.path, name=STATIONS.name)
def stations_page(
    request: Request, asker: Asking, platform: Serving, station: str = "", format: ExportFormat | None = None
) -> Response:
    """All stations with their alarms, and one of them with its readings."""
    gate = platform.gate
    STATIONS.require(asker, gate)
    stations = gate.query(
        asker,
        "SELECT station_id, name, area_id, lat_deg, lon_deg, last_reading, missing_pct, interval_minutes, is_synthetic "
        "FROM stations ORDER BY name, station_id",
        {"stations": "water.stations"},
    ).to_pylist()
    alarms = _alarms(gate, asker)
    chosen = next((row for row in stations if row["station_id"] == station), None)
    if chosen is None and stations:
        # The one that asks for somebody stands first.
        wanted = {row["station_id"] for row in alarms if row["is_shown"]}
        chosen = next((row for row in stations if row["station_id"] in wanted), stations[0])
    recent = _recent(gate, asker, chosen["station_id"]) if chosen else []
    if format is not None:
        import pandas as pd

        return exported(pd.DataFrame(recent), format, f"readings_{chosen['station_id'] if chosen else 'none'}")
    limits = gate.query(asker, "SELECT * FROM limits", {"limits": "water.quality_limits"}).to_pylist()
    language = asker.language
    for row in stations:
        own = [alarm for alarm in alarms if alarm["station_id"] == row["station_id"]]
        row["alarms"] = sum(alarm["is_shown"] for alarm in own)
    context = {
        "stations": stations,
        "chosen": chosen,
        "alarms": [{**row, **alarm_words(row, language)} for row in alarms],
        "latest": latest_values(recent, limits, language),
        "charts": charts(recent, limits, language),
        "may_acknowledge": gate.may(asker, "acknowledge_alarm"),
        "seconds": SECONDS,
        "told": request.query_params.get("told"),
        "synthetic": any(row["is_synthetic"] for row in stations),
    }
    return render(request, asker, "water_stations.html", context)


@router.post("/water/acknowledge")
def acknowledge(
    asker: Asking, platform: Serving, alarm: Annotated[str, Form()], note: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Say that an alarm is known."""
    gate = platform.gate
    gate.allow(asker, "acknowledge_alarm")
    found = next((row for row in _alarms(gate, asker) if row["alarm_id"] == alarm), None)
    acknowledge_alarm(alarm, note, asker.role, gate.lake, platform.settings)
    from urllib.parse import urlencode

    query = urlencode({"told": "acknowledged", **({"station": found["station_id"]} if found else {})})
    return RedirectResponse(f"{STATIONS.path}?{query}", status_code=303)


def _alarms(gate: Gate, asker: Asker) -> list[dict[str, Any]]:
    return gate.query(
        asker,
        "SELECT alarm_id, station_id, coalesce(stations.name, station_id) AS station, kind, severity, alarms.state, "
        "began_at, sensors, parameter, fault, value, usual, acknowledged_by, acknowledged_at, note, is_shown "
        "FROM alarms LEFT JOIN stations USING (station_id) ORDER BY is_shown DESC, began_at DESC",
        {"alarms": "water.open_alarms", "stations": "water.stations"},
    ).to_pylist()


def _recent(gate: Gate, asker: Asker, station: str) -> list[dict[str, Any]]:
    return gate.query(
        asker,
        "SELECT parameter, hour, unit, mean, minimum, maximum, expected, reported FROM recent "
        "WHERE station_id = $station ORDER BY parameter, hour",
        {"recent": "water.recent_readings"},
        {"station": station},
    ).to_pylist()
