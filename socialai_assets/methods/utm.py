"""UTM coordinates whose zone was not written down: the zone that fits what else is known. Reads no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.methods.spatial import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOUTHERN, NORTHERN = 32700, 32600
"""EPSG codes of WGS 84 / UTM are these plus the zone."""


@dataclass(frozen=True)
class Located:
    """Where coordinates lie in the zone that brings them nearest to where they should be.

    Attributes:
        zone: (n,) UTM zone; 0 where no zone gives a place.
        latitude: (n,) degrees, EPSG:4326; NaN likewise.
        longitude: (n,) degrees, EPSG:4326; NaN likewise.
        distance_km: (n,) great-circle distance to the known point; infinite likewise.
    """

    zone: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    distance_km: NDArray[np.float64]


def nearest_zone(
    easting: NDArray[np.float64],
    northing: NDArray[np.float64],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    zones: Sequence[int],
    *,
    southern: bool = True,
) -> Located:
    """Read each coordinate in every zone and keep the one nearest to a known point, such as its district's capital.

    A wrong zone moves a point by some 600 km (six degrees of longitude), so a known point good to 100 km decides.

    Args:
        easting: (n,) metres.
        northing: (n,) metres.
        latitude: (n,) of the known point, degrees, EPSG:4326; NaN where there is none.
        longitude: (n,) likewise.
        zones: UTM zones to try, 1 to 60; of two equally near the first is kept.
        southern: whether the coordinates are of the southern hemisphere.

    Raises:
        ValueError: no zone is given, or one that does not exist.
    """
    from pyproj import Transformer

    if not zones or not all(1 <= zone <= 60 for zone in zones):
        raise ValueError(f"UTM zones are 1 to 60, not {list(zones)}")
    read = [
        Transformer.from_crs((SOUTHERN if southern else NORTHERN) + zone, 4326, always_xy=True).transform(
            easting, northing
        )
        for zone in zones
    ]
    longitudes, latitudes = (np.array([found[axis] for found in read], dtype=float) for axis in (0, 1))
    distance = np.where(
        np.isfinite(longitudes) & np.isfinite(latitudes) & np.isfinite(latitude) & np.isfinite(longitude),
        _great_circle_km(latitudes, longitudes, latitude, longitude),
        np.inf,
    )
    best, row = distance.argmin(axis=0), np.arange(len(easting))
    nearest = distance[best, row]
    known = np.isfinite(nearest)
    return Located(
        zone=np.where(known, np.asarray(zones)[best], 0),
        latitude=np.where(known, latitudes[best, row], np.nan),
        longitude=np.where(known, longitudes[best, row], np.nan),
        distance_km=nearest,
    )


def _great_circle_km(
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    other_latitude: NDArray[np.float64],
    other_longitude: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Haversine distance of pairs of points."""
    with np.errstate(invalid="ignore"):
        north, east = np.radians(other_latitude - latitude), np.radians(other_longitude - longitude)
        shrink = np.cos(np.radians(latitude)) * np.cos(np.radians(other_latitude))
        half_chord = np.sin(north / 2) ** 2 + shrink * np.sin(east / 2) ** 2
        return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1)))
