"""Where areas lie relative to each other: neighbours, distances, and values lagged in space. No rasters, no models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG), in kilometres."""

Kernel = Literal["exponential", "gaussian", "inverse"]


def neighbours(shapes: gpd.GeoDataFrame, *, tolerance_m: float = 100.0, area_id: str = "area_id") -> pd.DataFrame:
    """Pairs of areas that touch, in a border or in a corner (queen contiguity).

    Digitised borders rarely meet exactly, so areas within ``tolerance_m`` of each other count as touching. Islands
    have no neighbour and therefore no row: whoever joins must expect them to be missing.

    Args:
        shapes: polygons with ``area_id``, in any CRS.
        tolerance_m: widest gap or overlap, in metres, that is still read as a common border.
        area_id: the column that names the area.

    Returns:
        ``area_id``, ``neighbour_id``, ``shared_border_km`` (float64), both directions, sorted. The border is
        measured in an equal-area projection centred on the shapes (within 1 % up to 1,500 km from the centre);
        where two areas meet in a corner only it is about the tolerance.

    Raises:
        ValueError: no CRS, or a repeated area.
    """
    import shapely

    if shapes.crs is None:
        raise ValueError("The shapes have no coordinate reference system; set it before looking for neighbours.")
    if shapes[area_id].duplicated().any():
        raise ValueError(f"Area {shapes.loc[shapes[area_id].duplicated(), area_id].iloc[0]} comes more than once.")
    identifiers = shapes[area_id].to_numpy()
    west, south, east, north = shapes.geometry.to_crs("EPSG:4326").total_bounds
    centred = f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +units=m"
    polygons = np.asarray(shapes.geometry.to_crs(centred))
    left, right = shapely.STRtree(polygons).query(polygons, predicate="dwithin", distance=tolerance_m)
    one_way = left < right
    left, right = left[one_way], right[one_way]

    borders = shapely.boundary(polygons)
    reach = shapely.buffer(polygons, tolerance_m, quad_segs=4)
    shapely.prepare(reach)
    lengths = shapely.length(shapely.intersection(borders[left], reach[right]))
    back = shapely.length(shapely.intersection(borders[right], reach[left]))
    shared = (lengths + back) / 2 / 1000
    pairs = pd.DataFrame(
        {
            "area_id": np.concatenate([identifiers[left], identifiers[right]]),
            "neighbour_id": np.concatenate([identifiers[right], identifiers[left]]),
            "shared_border_km": np.concatenate([shared, shared]),
        }
    )
    return pairs.sort_values(["area_id", "neighbour_id"], ignore_index=True)


def neighbour_mean(
    frame: pd.DataFrame,
    pairs: pd.DataFrame,
    columns: Sequence[str],
    *,
    weight: Literal["equal", "border"] = "equal",
    prefix: str = "neighbours_",
) -> pd.DataFrame:
    """Mean of each column over an area's neighbours.

    Args:
        frame: ``area_id`` and the numeric ``columns``, one row an area.
        pairs: what `neighbours` returns; neighbours absent from ``frame`` are left out.
        columns: the columns to average; unknown values (NaN) are left out of their mean.
        weight: ``equal``, or ``border`` to weigh a neighbour by the length of the common border.
        prefix: put before each column's name.

    Returns:
        ``area_id`` in the order of ``frame`` and ``<prefix><column>``; NaN for islands.
    """
    values = frame.set_index("area_id")[list(columns)].astype(np.float64)
    area = values.index.get_indexer(pd.Index(pairs["area_id"]))
    neighbour = values.index.get_indexer(pd.Index(pairs["neighbour_id"]))
    known = (area >= 0) & (neighbour >= 0)
    area, of_neighbours = area[known], values.to_numpy()[neighbour[known]]
    weights = np.ones(len(area)) if weight == "equal" else pairs["shared_border_km"].to_numpy(np.float64)[known]
    weights = np.where(np.isnan(of_neighbours), 0.0, weights[:, np.newaxis])
    weighted, total = np.zeros(values.shape), np.zeros(values.shape)
    np.add.at(weighted, area, np.nan_to_num(of_neighbours) * weights)
    np.add.at(total, area, weights)
    means = np.divide(weighted, total, out=np.full(values.shape, np.nan), where=total > 0)
    result = pd.DataFrame(means, columns=pd.Index([f"{prefix}{column}" for column in columns]))
    result.insert(0, "area_id", values.index.to_numpy())
    return result


def _unit_vectors(coordinates: np.ndarray) -> np.ndarray:
    latitude, longitude = np.radians(np.asarray(coordinates, dtype=np.float64)).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def _chord_to_km(chord: np.ndarray) -> np.ndarray:
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0))


def great_circle_km(from_coordinates: np.ndarray, to_coordinates: np.ndarray) -> np.ndarray:
    """Great-circle distances in kilometres on the mean sphere.

    Args:
        from_coordinates: (n, 2) latitude and longitude in degrees.
        to_coordinates: (m, 2) likewise.

    Returns:
        (n, m) distances. On the ellipsoid they differ by at most 0.6 %.
    """
    from scipy.spatial.distance import cdist

    return _chord_to_km(cdist(_unit_vectors(from_coordinates), _unit_vectors(to_coordinates)))


def nearest_km(coordinates: np.ndarray, targets: np.ndarray, *, nth: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Great-circle distance to the nearest target.

    Args:
        coordinates: (n, 2) latitude and longitude in degrees.
        targets: (m, 2) likewise.
        nth: 1 for the nearest, 2 for the one after it (the nearest other place when both sets are the same).

    Returns:
        Distances in km, shape (n,), and the positions of those targets.

    Raises:
        ValueError: fewer than ``nth`` targets.
    """
    from scipy.spatial import KDTree

    if len(targets) < nth:
        raise ValueError(f"Asked for target number {nth} of {len(targets)}.")
    chord, position = KDTree(_unit_vectors(targets)).query(_unit_vectors(coordinates), k=[nth])  # pyright: ignore[reportArgumentType]
    return _chord_to_km(np.asarray(chord)[:, 0]), np.asarray(position)[:, 0]


def pairs_within_km(
    coordinates: np.ndarray, targets: np.ndarray, most_km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of a place and a target no farther apart than a great-circle distance.

    Args:
        coordinates: (n, 2) latitude and longitude in degrees.
        targets: (m, 2) likewise.
        most_km: of a pair.

    Returns:
        Positions of the places, of the targets, and kilometres, each (pairs,), by place and target.
    """
    from scipy.spatial import KDTree

    if not len(coordinates) or not len(targets):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0)
    # The chord's bound is a little wide, so that rounding drops no pair; kilometres decide.
    chord = 2 * np.sin(most_km / EARTH_RADIUS_KM / 2) * (1 + 1e-9) + 1e-12
    tree = KDTree(_unit_vectors(coordinates))
    found = tree.sparse_distance_matrix(KDTree(_unit_vectors(targets)), chord, output_type="ndarray")
    km = _chord_to_km(found["v"])
    near = km <= most_km
    place, target, km = found["i"][near], found["j"][near], km[near]
    order = np.lexsort((target, place))
    return place[order], target[order], km[order]


def distance_weights(distance_km: np.ndarray, scale_km: float, kernel: Kernel = "exponential") -> np.ndarray:
    """Weight of each distance, 1 at distance 0 (``inverse`` is 1 / (1 + distance / scale) squared)."""
    ratio = distance_km / scale_km
    if kernel == "exponential":
        return np.exp(-ratio)
    if kernel == "gaussian":
        return np.exp(-0.5 * ratio**2)
    if kernel == "inverse":
        return (1.0 + ratio) ** -2
    raise ValueError(f"Unknown kernel {kernel!r}: use exponential, gaussian or inverse.")


def potential(
    coordinates: np.ndarray,
    source_coordinates: np.ndarray,
    source_values: np.ndarray,
    *,
    scale_km: float,
    kernel: Kernel = "exponential",
    chunk: int = 2000,
) -> np.ndarray:
    """Distance-weighted sum of what lies around each place, e.g. population within reach (Hansen 1959).

    Args:
        coordinates: (n, 2) latitude and longitude in degrees.
        source_coordinates: (m, 2) likewise.
        source_values: (m,) amounts; unknown ones (NaN) add nothing.
        scale_km: see `distance_weights`.
        kernel: see `distance_weights`.
        chunk: rows at a time, which bounds the memory to chunk times m.

    Returns:
        (n,) sums in the unit of ``source_values``.
    """
    amounts = np.nan_to_num(np.asarray(source_values, dtype=np.float64))
    parts = [
        distance_weights(great_circle_km(coordinates[start : start + chunk], source_coordinates), scale_km, kernel)
        @ amounts
        for start in range(0, len(coordinates), chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def distance_weighted_lag(
    coordinates: np.ndarray,
    blocks: np.ndarray,
    known_coordinates: np.ndarray,
    known_blocks: np.ndarray,
    known_values: np.ndarray,
    *,
    scale_km: float,
    kernel: Kernel = "exponential",
    chunk: int = 2000,
) -> np.ndarray:
    """Distance-weighted mean of the known values in other blocks: the spatial lag that cannot leak.

    A place never sees a value of its own block, itself included, so the same function serves the rows a model is
    trained on and the rows it predicts.

    Args:
        coordinates: (n, 2) latitude and longitude in degrees of the places asked about.
        blocks: (n,) block of each of them.
        known_coordinates: (m, 2) of the places whose value is known.
        known_blocks: (m,) their blocks.
        known_values: (m,) or (m, k) their values.
        scale_km: distance at which the kernel has fallen to its scale.
        kernel: see `distance_weights`.
        chunk: rows at a time, which bounds the memory to chunk times m.

    Returns:
        (n,) or (n, k) lagged values; the mean of all known values where no other block has one.
    """
    values = np.asarray(known_values, dtype=np.float64)
    table = values.reshape(len(values), -1)
    lagged = np.empty((len(coordinates), table.shape[1]))
    for start in range(0, len(coordinates), chunk):
        rows = slice(start, start + chunk)
        distance = great_circle_km(coordinates[rows], known_coordinates)
        same = np.asarray(blocks)[rows, np.newaxis] == np.asarray(known_blocks)[np.newaxis, :]
        # Only differences matter to a weighted mean: the nearest allowed place gets weight 1, or far places underflow.
        allowed = np.where(same, np.inf, distance)
        nearest = np.min(allowed, axis=1, keepdims=True, initial=np.inf)
        offset = np.where(np.isfinite(nearest), nearest, 0.0) if kernel == "exponential" else 0.0
        weights = np.where(same, 0.0, distance_weights(np.where(same, 0.0, distance - offset), scale_km, kernel))
        total = weights.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            lagged[rows] = np.where(total > 0, weights @ table / total, table.mean(axis=0))
    return lagged.reshape((len(coordinates), *values.shape[1:]))


def regional_lag(
    regions: np.ndarray,
    blocks: np.ndarray,
    known_regions: np.ndarray,
    known_blocks: np.ndarray,
    known_values: np.ndarray,
    *,
    prior_rows: float = 20.0,
) -> np.ndarray:
    """Mean of the known values in other blocks of the same region, shrunk towards the mean of all known values.

    Like `distance_weighted_lag` it never sees a value of a place's own block. Shrinkage is that of an area-level
    random effect (Rao and Molina 2015, Small Area Estimation, chapter 4) with a fixed ratio of variances.

    Args:
        regions: (n,) region of each place asked about.
        blocks: (n,) block of each of them.
        known_regions: (m,) regions of the places whose value is known.
        known_blocks: (m,) their blocks.
        known_values: (m,) their values.
        prior_rows: number of rows the mean of all counts for.

    Returns:
        (n,) lagged values; the mean of all known values where no other block of the region has one.
    """
    known = pd.DataFrame({"region": known_regions, "block": known_blocks, "value": np.asarray(known_values, float)})
    mean = float(known["value"].mean())
    known["value"] -= mean
    of_region = known.groupby("region")["value"].agg(["sum", "size"])
    of_block = known.groupby(["region", "block"])["value"].agg(["sum", "size"])
    asked = pd.MultiIndex.from_arrays([np.asarray(regions), np.asarray(blocks)])
    region = of_region.reindex(np.asarray(regions)).fillna(0.0).to_numpy()
    own = of_block.reindex(asked).fillna(0.0).to_numpy()
    number = region[:, 1] - own[:, 1]
    # Without another block the sums cancel up to rounding only, and a region must not show through that.
    return mean + np.where(number > 0, (region[:, 0] - own[:, 0]) / (number + prior_rows), 0.0)
