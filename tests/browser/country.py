"""A country of twelve districts by hand, and rows of a contract where a test says only what matters to it. No tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from resources.lake import Lake
from socialai_assets.geography import contracts as geography
from socialai_assets.ingest.contract import Contract, describe, table_name, validate

DEPARTMENTS = ("Altamar", "Sierra Verde")
DISTRICTS = tuple(f"{department}{province}{district}" for department in "12" for province in "12" for district in "123")
"""Codes: the first figure is the department's, the first two the province's."""
_PLAIN: dict[str, Any] = {
    "string": "as landed", "integer": 1, "double": 1.0, "boolean": False, "timestamp": pd.Timestamp("2026-06-01 08:00"),
    "date": pd.Timestamp("2026-06-01").date(), "geometry": shapely.Point(-75.5, -10.5), "blob": b"",
}  # fmt: skip


def written(lake: Lake, contract: type[Contract], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Write a table of the lake.

    Args:
        lake: of the home.
        contract: of the table.
        rows: what matters of each row. A column left out is missing where it may be, else a plain value that the
            contract allows; the rows are synthetic unless they say otherwise.
    """
    frame = validate(filled(contract, rows), contract)
    lake.replace(table_name(contract), frame, author="tests")
    return frame


def filled(contract: type[Contract], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows with all columns of their contract, not yet held to it."""
    columns: dict[str, Any] = {}
    for column in describe(contract):
        plain = None if column.nullable else _PLAIN[column.dtype]
        if column.name == "is_synthetic":
            plain = True
        elif column.allowed and not column.nullable:
            plain = column.allowed[0]
        elif column.minimum is not None and not column.nullable:
            plain = max(column.minimum, min(plain, column.maximum or plain))
        values = [row.get(column.name, plain) for row in rows]
        columns[column.name] = gpd.GeoSeries(values, crs="EPSG:4326") if column.dtype == "geometry" else values
    return gpd.GeoDataFrame(columns) if "geometry" in columns else pd.DataFrame(columns)


def name(area: str) -> str:
    """What an area is called."""
    return {1: DEPARTMENTS[int(area[0]) - 1], 2: f"Province {area}", 3: f"District {area}"}[len(area)]


def square(area: str) -> shapely.Polygon:
    """The square a district covers: departments side by side, provinces below each other."""
    department, province, district = (int(figure) - 1 for figure in area)
    west, south = -76 + 1.5 * department + 0.5 * district, -11 - 0.5 * province
    return shapely.box(west, south, west + 0.5, south + 0.5)


def middle(area: str) -> tuple[float, float]:
    """Longitude and latitude of a district's middle."""
    centre = square(area).centroid
    return centre.x, centre.y


def write_geography(lake: Lake) -> None:
    """The areas of all levels with their shapes and neighbours."""
    areas = [*sorted({area[:size] for area in DISTRICTS for size in (1, 2)}), *DISTRICTS]
    shapes = {area: shapely.union_all([square(one) for one in DISTRICTS if one.startswith(area)]) for area in areas}
    level = {1: "admin1", 2: "admin2", 3: "admin3"}
    people = np.linspace(2_000, 40_000, len(DISTRICTS))
    population = {
        area: float(sum(p for one, p in zip(DISTRICTS, people, strict=True) if one.startswith(area))) for area in areas
    }
    rows = [
        {
            "area_id": area, "level": level[len(area)], "name": name(area), "parent_id": area[:-1] or None,
            "population": population[area], "area_km2": 100.0, "capital": name(area),
            "admin1_id": area[0], "admin1_name": name(area[0]), "has_boundary": True,
            "admin2_id": area[:2] if len(area) > 1 else None, "admin2_name": name(area[:2]) if len(area) > 1 else None,
            "longitude": shapes[area].centroid.x, "latitude": shapes[area].centroid.y,
        }
        for area in areas
    ]  # fmt: skip
    written(lake, geography.Areas, rows)
    geometry = [
        {
            "area_id": area, "level": level[len(area)], "geometry": shapes[area], "geometry_web": shapes[area],
        }
        for area in areas
    ]  # fmt: skip
    written(lake, geography.AreaShapes, geometry)
    touching = [
        {"area_id": one, "neighbour_id": other, "shared_border_km": 50.0}
        for one in DISTRICTS
        for other in DISTRICTS
        if one != other and square(one).intersection(square(other)).length > 0
    ]
    written(lake, geography.Neighbours, touching)
