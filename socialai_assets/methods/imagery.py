"""What satellite pictures say about an area: night lights and the look of the land by day. No learning here.

Both take 8-bit pictures (red, green, blue, 0 to 255), not calibrated radiance: city cores saturate, so the figures
rank places rather than measure energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.methods.tiles import Raster
from socialai_assets.methods.zonal import zonal_statistics

if TYPE_CHECKING:
    import geopandas as gpd

LIT_THRESHOLD = 60.0
"""Luminance (0 to 255) above which a pixel counts as lit: moonlit ground in the pictures stays below it."""


def luminance(raster: Raster) -> np.ndarray:
    """Relative luminance of each pixel, 0 to 255, of shape (height, width), by ITU-R BT.709's weights."""
    red, green, blue = raster.array
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def night_light_covariates(
    raster: Raster, shapes: gpd.GeoDataFrame, *, lit_threshold: float = LIT_THRESHOLD, area_id: str = "area_id"
) -> pd.DataFrame:
    """Night lights of each area.

    Args:
        raster: a picture of the earth at night, bands red, green, blue.
        shapes: polygons with ``area_id``, in any CRS.
        lit_threshold: luminance above which a pixel counts as lit.
        area_id: the column that names the area.

    Returns:
        ``area_id`` and, as float64 (NaN outside the raster): ``night_light_mean``, ``night_light_stdev``,
        ``night_light_max``, ``night_light_p90`` (luminance, 0 to 255), ``night_light_excess_sum`` (sum over the
        area of luminance above the threshold), ``night_light_excess_log`` (natural logarithm of 1 + that sum),
        ``night_light_lit_share`` (0 to 1), ``night_light_warmth_mean`` (red minus blue, -255 to 255: lamps are
        warm, moonlit ground is blue).
    """
    light = luminance(raster)
    excess = np.where(np.isnan(light), np.nan, np.maximum(light - lit_threshold, 0.0))
    lit = np.where(np.isnan(light), np.nan, light > lit_threshold)
    warmth = raster.array[0] - raster.array[2]
    table = zonal_statistics(
        raster.with_array(np.stack([light, excess, lit, warmth])),
        shapes,
        {
            "night_light": ["mean", "stdev", "max", "p90"],
            "night_light_excess": ["sum"],
            "night_light_lit": ["mean"],
            "night_light_warmth": ["mean"],
        },
        area_id=area_id,
    )
    table = table.rename(columns={"night_light_lit_mean": "night_light_lit_share"})
    # exactextract sums nothing to 0; where no pixel is known the sum is unknown too.
    table.loc[table["night_light_mean"].isna(), "night_light_excess_sum"] = np.nan
    table["night_light_excess_log"] = np.log1p(table["night_light_excess_sum"])
    return table


def local_variation(pixels: np.ndarray, size: int = 3) -> np.ndarray:
    """Standard deviation within a moving ``size`` by ``size`` window, unknown pixels left out; NaN where all are."""
    from scipy.ndimage import uniform_filter

    known = ~np.isnan(pixels)
    filled = np.where(known, pixels, 0.0).astype(np.float64)
    share = uniform_filter(known.astype(np.float64), size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = uniform_filter(filled, size) / share
        square = uniform_filter(filled**2, size) / share
    variation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(known, variation, np.nan)


def daylight_covariates(raster: Raster, shapes: gpd.GeoDataFrame, *, area_id: str = "area_id") -> pd.DataFrame:
    """The look of each area by day.

    Args:
        raster: a true-colour picture, bands red, green, blue.
        shapes: polygons with ``area_id``, in any CRS.
        area_id: the column that names the area.

    Returns:
        ``area_id`` and, as float64 (NaN outside the raster): ``daylight_brightness_mean`` and ``_stdev`` (0 to
        255), ``daylight_greenness_mean`` and ``_stdev`` (excess green 2g - r - b on chromatic coordinates, -1 to
        2; Woebbecke et al. 1995), ``daylight_redness_mean`` (excess red 1.4r - g, Meyer et al. 1998), and
        ``daylight_texture_mean`` (standard deviation of brightness within 3 by 3 pixels).
    """
    red, green, blue = raster.array.astype(np.float64)
    total = red + green + blue
    with np.errstate(invalid="ignore", divide="ignore"):
        # A black pixel has no colour; grey is the neutral answer.
        r, g, b = (np.where(total == 0, 1 / 3, colour / total) for colour in (red, green, blue))
    brightness = total / 3
    return zonal_statistics(
        raster.with_array(np.stack([brightness, 2 * g - r - b, 1.4 * r - g, local_variation(brightness)])),
        shapes,
        {
            "daylight_brightness": ["mean", "stdev"],
            "daylight_greenness": ["mean", "stdev"],
            "daylight_redness": ["mean"],
            "daylight_texture": ["mean"],
        },
        area_id=area_id,
    )
