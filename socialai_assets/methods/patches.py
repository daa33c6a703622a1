"""Small pictures cut out around places, as bytes that fit into a column of a frame. No learning, no statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from socialai_assets.methods.tiles import Raster

SIDE = 32
"""Pixels along each side of a patch: 20 km at 611 m a pixel."""


def cut_patches(rasters: Sequence[Raster], coordinates: np.ndarray, *, side: int = SIDE) -> list[bytes]:
    """Square patches around places, the bands of all rasters stacked.

    Args:
        rasters: pictures in EPSG:3857 of the same zoom, values 0 to 255; unknown pixels become 0.
        coordinates: (n, 2) latitude and longitude in degrees, EPSG:4326.
        side: pixels along each side.

    Returns:
        For each place ``side * side * bands`` bytes: uint8 in the order row, column, band. What lies outside a raster
        is 0.

    Raises:
        ValueError: no raster, or one that is not in EPSG:3857.
    """
    from pyproj import Transformer

    if not rasters or any(raster.crs != "EPSG:3857" for raster in rasters):
        raise ValueError("Patches are cut from one or more rasters in EPSG:3857.")
    places = np.asarray(coordinates, dtype=np.float64)
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(places[:, 1], places[:, 0])
    parts = [_cut(raster, np.asarray(x), np.asarray(y), side) for raster in rasters]
    return [np.ascontiguousarray(patch).tobytes() for patch in np.concatenate(parts, axis=-1)]


def _cut(raster: Raster, x: np.ndarray, y: np.ndarray, side: int) -> np.ndarray:
    bands, height, width = raster.array.shape
    known = np.clip(np.nan_to_num(raster.array), 0, 255).astype(np.uint8)
    padded = np.pad(known, ((0, 0), (side, side), (side, side)))
    place = raster.transform
    columns, rows = (x - place.c) / place.a, (y - place.f) / place.e
    left = np.clip(np.floor(columns).astype(int) - side // 2 + side, 0, width + side)
    top = np.clip(np.floor(rows).astype(int) - side // 2 + side, 0, height + side)
    cut = np.empty((len(x), side, side, bands), dtype=np.uint8)
    for number, (row, column) in enumerate(zip(top, left, strict=True)):
        cut[number] = np.moveaxis(padded[:, row : row + side, column : column + side], 0, -1)
    return cut


def read_patches(patches: Iterable[bytes], *, side: int = SIDE) -> np.ndarray:
    """Patches as an array (n, side, side, bands) of float32 from 0 to 1.

    Raises:
        ValueError: patches of different or impossible sizes.
    """
    held = list(patches)
    sizes = {len(patch) for patch in held}
    if len(sizes) != 1 or next(iter(sizes)) % (side * side):
        raise ValueError(f"Patches of {side} by {side} pixels all have the same bytes, these have {sorted(sizes)}.")
    flat = np.frombuffer(b"".join(held), dtype=np.uint8)
    return flat.reshape(len(held), side, side, -1).astype(np.float32) / 255
