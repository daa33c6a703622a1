"""Pictures of route plans: a Gantt chart of vehicles and a map of their ways; GeoJSON of both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from socialai_assets.publishing.driver_sheets import clock
from socialai_assets.publishing.figures import INK, QUIET_INK, PictureFrame, picture_notes

if TYPE_CHECKING:
    import geopandas as gpd

ACTIVITIES = {
    "driving": ("Driving", "#0072b2"),
    "loading": ("Loading", "#e69f00"),
    "serving": ("At a stop", "#009e73"),
    "waiting": ("Waiting", "#dddddd"),
    "break": ("Break", "#cc79a7"),
}
# Okabe and Ito's colours, for ways that cross.
WAY_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")


def activities(visits: pd.DataFrame) -> pd.DataFrame:
    """What a vehicle does from minute to minute.

    Args:
        visits: rows of `aid.route_stops` of one vehicle and day.

    Returns:
        `activity` (a key of `ACTIVITIES`), `begin`, `end` in minutes after midnight; no gaps.
    """
    rows: list[tuple[str, float, float]] = []
    ordered = visits.sort_values("sequence").to_dict("records")
    now = ordered[0]["begins_minute"]
    for number, visit in enumerate(ordered):
        if number:
            # A break cuts a drive in two; what is not break and not after the arrival is driving.
            arrival = max(now, min(visit["arrives_minute"], visit["begins_minute"]))
            rows += [("driving", now, arrival), ("waiting", arrival, visit["begins_minute"])]
        kind = {"start": "loading", "reload": "loading", "stop": "serving", "break": "break"}.get(visit["kind"])
        if kind:
            rows.append((kind, visit["begins_minute"], visit["leaves_minute"]))
        now = visit["leaves_minute"]
    found = pd.DataFrame(rows, columns=["activity", "begin", "end"])
    return found[found["end"] > found["begin"] + 1e-9].reset_index(drop=True)


def gantt_png(
    stops: pd.DataFrame, *, title: str, source_note: str, licence_note: str, synthetic: bool, dpi: int = 150
) -> bytes:
    """A bar a vehicle and day, from loading to return, coloured by what it does.

    Args:
        stops: rows of `aid.route_stops` of one scenario.

    Raises:
        ValueError: there is no route to draw.
    """
    if stops.empty:
        raise ValueError("There is no route to draw.")
    routes = list(stops.groupby(["day", "vehicle_id"], sort=True))
    height = max(1.6, 0.26 * len(routes) + 0.9)
    notes = picture_notes(source_note, licence_note)
    frame = PictureFrame(10.0, height, title=title, notes=notes, synthetic=synthetic)
    axes = frame.axes(1.9, 0.1, 8.0, height - 0.75)
    for row, (_, visits) in enumerate(routes):
        for each in activities(visits).itertuples():
            axes.barh(row, each.end - each.begin, left=each.begin, height=0.7, color=ACTIVITIES[str(each.activity)][1])
    days = {pd.Timestamp(str(day)).strftime("%d %b") for (day, _), _ in routes}  # type: ignore[misc]
    labels = [
        f"{vehicle}" if len(days) == 1 else f"{pd.Timestamp(str(day)).strftime('%d %b')} · {vehicle}"
        for (day, vehicle), _ in routes  # type: ignore[misc]
    ]
    axes.set_yticks(range(len(routes)), labels, fontsize=8)
    axes.invert_yaxis()
    first, last = stops["begins_minute"].min() // 60 * 60, -(-stops["leaves_minute"].max() // 60) * 60
    step = 60 if last - first <= 900 else 120
    marks = np.arange(first, last + 1, step)
    axes.set_xlim(first, last)
    axes.set_xticks(marks, [clock(mark) for mark in marks], fontsize=8)
    axes.grid(axis="x", color="#eeeeee", zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    _legend(axes, dict(ACTIVITIES.values()))
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def route_map_png(
    stops: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    unserved: pd.DataFrame | None = None,
    *,
    title: str,
    source_note: str,
    licence_note: str,
    synthetic: bool,
    dpi: int = 150,
) -> bytes:
    """The ways of all vehicles as straight lines between visits, with stops left out as crosses.

    Args:
        stops: rows of `aid.route_stops` of one scenario.
        outlines: areas for the background, any CRS.
        unserved: `latitude`, `longitude` of stops left out.

    Raises:
        ValueError: there is no route to draw.
    """
    placed = stops.dropna(subset=["latitude", "longitude"])
    if placed.empty:
        raise ValueError("There is no route to draw.")
    left = unserved.dropna(subset=["latitude", "longitude"]) if unserved is not None else placed.iloc[:0]
    seen = pd.concat([placed[["latitude", "longitude"]], left[["latitude", "longitude"]]])
    middle = float(np.cos(np.radians(seen["latitude"].mean())))
    south, north = seen["latitude"].min(), seen["latitude"].max()
    west, east = seen["longitude"].min(), seen["longitude"].max()
    margin = 0.05 * max(north - south, (east - west) * middle, 0.02)
    tall, wide = north - south + 2 * margin, (east - west + 2 * margin / middle) * middle
    width, height = (7.5, 7.5 * tall / wide) if wide >= tall else (max(4.5, 8.5 * wide / tall), 8.5)
    frame = PictureFrame(
        width, height, title=title, notes=picture_notes(source_note, licence_note), synthetic=synthetic
    )
    axes = frame.axes(0, 0, width, height)
    axes.set_xlim(west - margin / middle, east + margin / middle)
    axes.set_ylim(south - margin, north + margin)
    axes.set_aspect(1 / middle, adjustable="datalim")
    axes.set_facecolor("#fbfaf6")
    axes.set_xticks([])
    axes.set_yticks([])
    if outlines is not None and not outlines.empty:
        outlines.to_crs(4326).boundary.plot(ax=axes, color="#d5cfc0", linewidth=0.5, zorder=1, autolim=False)
        axes.set(xlabel="", ylabel="")
    routes = placed.sort_values("sequence").groupby(["day", "vehicle_id"], sort=True)
    for number, (_, way) in enumerate(routes):
        colour = WAY_COLOURS[number % len(WAY_COLOURS)]
        axes.plot(way["longitude"], way["latitude"], color=colour, linewidth=1.1, alpha=0.85, zorder=2)
    served = placed[placed["kind"] == "stop"]
    depots = placed[placed["kind"].isin(["start", "end"])].drop_duplicates("place_id")
    axes.scatter(served["longitude"], served["latitude"], s=10, color="white", edgecolors=INK, linewidths=0.6, zorder=3)
    axes.scatter(depots["longitude"], depots["latitude"], s=36, marker="s", color=INK, zorder=4)
    axes.scatter(left["longitude"], left["latitude"], s=26, marker="x", color="#b3261e", linewidths=1.2, zorder=5)
    note = f"{len(served):,} stops served, {len(left):,} left out (crosses); squares: depots; lines are not roads"
    axes.text(0.01, 0.01, note, transform=axes.transAxes, fontsize=7, color=QUIET_INK, va="bottom", zorder=6)
    return frame.png(dpi=dpi, source_note=source_note, licence_note=licence_note)


def routes_geojson(plan: pd.DataFrame, stops: pd.DataFrame) -> str:
    """Each route as a line and each visit as a point, GeoJSON (RFC 7946, EPSG:4326); lines are straight, not roads."""
    features: list[dict[str, Any]] = []
    keys = ["scenario", "day", "vehicle_id"]
    placed = stops.dropna(subset=["latitude", "longitude"]).sort_values([*keys, "sequence"])
    ways = dict(iter(placed.groupby(keys)))
    for row in plan.to_dict("records"):
        way = ways.get(tuple(row[key] for key in keys))
        if way is None:
            continue
        line = [[round(x, 6), round(y, 6)] for x, y in zip(way["longitude"], way["latitude"], strict=True)]
        features.append(_feature({"type": "LineString", "coordinates": line}, {"feature": "route", **row}))
    for row in placed.to_dict("records"):
        point = [round(row.pop("longitude"), 6), round(row.pop("latitude"), 6)]
        features.append(_feature({"type": "Point", "coordinates": point}, {"feature": "visit", **row}))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False)


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    known = {name: _plain(value) for name, value in properties.items()}
    return {"type": "Feature", "geometry": geometry, "properties": known}


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not np.isfinite(value)) or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _legend(axes: Any, colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.4, -0.28 if len(axes.get_yticks()) < 6 else -0.06),
        ncols=len(handles), frameon=False, fontsize=8,
    )  # fmt: skip
