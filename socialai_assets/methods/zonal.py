"""Exact statistics of raster pixels within polygons. What the pixels mean belongs in `imagery`.

Every pixel counts with the share of it that lies in the polygon (exactextract), so areas smaller than a pixel get
a value too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods.tiles import Raster

if TYPE_CHECKING:
    import geopandas as gpd

_PLAIN = ("mean", "stdev", "min", "max", "sum", "count", "median")


def _operation(statistic: str) -> str:
    """exactextract's name of a statistic; ``p90`` is the 0.9 quantile."""
    if statistic in _PLAIN:
        return statistic
    if statistic.startswith("p") and statistic[1:].isdigit() and 0 <= int(statistic[1:]) <= 100:
        return f"quantile(q={int(statistic[1:]) / 100})"
    raise ValueError(f"Unknown statistic {statistic!r}: use one of {', '.join(_PLAIN)}, or p0 to p100.")


def zonal_statistics(
    raster: Raster,
    shapes: gpd.GeoDataFrame,
    statistics: Mapping[str, Sequence[str]],
    *,
    area_id: str = "area_id",
) -> pd.DataFrame:
    """Statistics of each band within each area.

    Args:
        raster: bands named by the keys of ``statistics``, in that order.
        shapes: polygons in any CRS (reprojected to the raster's), with the column ``area_id``.
        statistics: band name -> statistics wanted: mean, stdev (population), min, max, sum, count (pixels, parts
            of pixels included), median, or ``p90`` for a quantile.
        area_id: the column of ``shapes`` that names the area.

    Returns:
        One row an area in the order of ``shapes``: ``area_id`` and ``<band>_<statistic>`` as float64. NaN where
        the area holds no known pixel (count is 0 there).

    Raises:
        ValueError: no CRS, a repeated area, or names that do not fit the bands.
    """
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    if shapes.crs is None:
        raise ValueError("The shapes have no coordinate reference system; set it before asking for statistics.")
    if len(statistics) != len(raster.array):
        raise ValueError(f"{len(statistics)} band names for {len(raster.array)} bands.")
    if shapes[area_id].duplicated().any():
        raise ValueError(f"Area {shapes.loc[shapes[area_id].duplicated(), area_id].iloc[0]} comes more than once.")

    projected = shapes[[area_id, "geometry"]] if shapes.active_geometry_name == "geometry" else None
    if projected is None:
        projected = shapes[[area_id, shapes.active_geometry_name]].rename_geometry("geometry")
    projected = projected.to_crs(raster.crs)
    west, south, east, north = raster.bounds
    wkt = projected.crs.to_wkt()
    result = pd.DataFrame({area_id: shapes[area_id].to_numpy()})
    for pixels, (band, wanted) in zip(raster.array, statistics.items(), strict=True):
        # A float source with NaN as nodata: unknown pixels neither count nor pull a mean.
        source = NumPyRasterSource(
            np.ascontiguousarray(pixels, dtype=np.float64),
            west,
            south,
            east,
            north,
            nodata=np.nan,
            srs_wkt=wkt,
        )
        operations = [_operation(name) for name in wanted]
        table = exact_extract(source, projected, operations, output="pandas", include_cols=[area_id])
        assert isinstance(table, pd.DataFrame)
        table = table.set_index(area_id).reindex(shapes[area_id])
        # By position: exactextract gives quantiles names of its own.
        for name, column in zip(wanted, table.columns, strict=True):
            result[f"{band}_{name}"] = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return result
