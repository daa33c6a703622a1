"""Polygons made fit for use: valid, simplified for the web without gaps, measured on the ellipsoid. No topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd

WEB_TOLERANCE_DEGREES = 0.005
"""About 550 m at the equator: less than a pixel of a country's map on a screen."""


def valid_shapes(boundaries: gpd.GeoDataFrame, *, tolerance: float = WEB_TOLERANCE_DEGREES) -> gpd.GeoDataFrame:
    """Valid polygons with a simplified copy and their surface.

    Args:
        boundaries: any columns and a geometry column of polygons in a stated CRS.
        tolerance: simplification in degrees (Visvalingam-Whyatt, shared borders kept together).

    Returns:
        The same rows in EPSG:4326 with ``geometry`` valid, ``geometry_web`` simplified, and ``area_km2`` on the
        WGS 84 ellipsoid (Karney 2013).

    Raises:
        ValueError: no CRS, or a row without any polygon.
    """
    import geopandas as gpd
    import shapely
    from pyproj import Geod

    if boundaries.crs is None:
        raise ValueError("The boundaries have no coordinate reference system.")
    shapes = boundaries.to_crs("EPSG:4326").reset_index(drop=True)
    polygons = _polygons_only(shapely.make_valid(np.asarray(shapes.geometry)))
    empty = np.flatnonzero(shapely.is_empty(polygons) | shapely.is_missing(polygons))
    if len(empty):
        raise ValueError(f"{len(empty)} boundaries hold no polygon, the first in row {empty[0]}.")
    shapes = shapes.set_geometry(gpd.GeoSeries(polygons, crs="EPSG:4326"))
    simplified = shapely.make_valid(shapely.coverage_simplify(polygons, tolerance))
    # Simplified away altogether: better a shape too detailed than none.
    lost = shapely.is_empty(simplified)
    shapes["geometry_web"] = gpd.GeoSeries(np.where(lost, polygons, _polygons_only(simplified)), crs="EPSG:4326")
    ellipsoid = Geod(ellps="WGS84")
    # A ring's direction gives its surface's sign: holes must run against their outer ring, parts alike.
    turned = shapely.orient_polygons(polygons)
    shapes["area_km2"] = [abs(ellipsoid.geometry_area_perimeter(polygon)[0]) / 1e6 for polygon in turned]
    return shapes


def _polygons_only(geometries: np.ndarray) -> np.ndarray:
    """Polygons and multipolygons as they are; of a collection, its polygons; of anything else, an empty shape."""
    import shapely

    result = geometries.copy()
    surfaces = np.isin(
        shapely.get_type_id(geometries), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    )
    for position in np.flatnonzero(~surfaces & ~shapely.is_missing(geometries)):
        parts = shapely.get_parts(geometries[position])
        # A collection may hold collections.
        while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
            parts = shapely.get_parts(parts)
        result[position] = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return result
