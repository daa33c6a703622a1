"""How poverty comes about in synthetic data, and what an office would publish of it. Knows no files or pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import (
    KM_PER_DEGREE,
    SampleAreas,
    generator,
    logistic,
    smooth_field,
    standardised,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

YEAR = 2023
UNRATED_SHARE = 0.08
GROUPED_SHARE = 0.10
HOTSPOTS = 2
HOTSPOT_SHARE = 0.025
HOTSPOT_LOGIT = 0.9
_Z_95 = 1.959964
_GROUP_SIZE = 3


def poverty_truth(areas: SampleAreas, seed: int) -> pd.DataFrame:
    """The poverty rate of each smallest area and what makes it; noise-free.

    On the logit scale the rate is a sum of remoteness, altitude, indigenous language, dropout and (negative) lamp
    light per head, of a residual that neighbours share and no covariate shows, and of planted hotspots.

    Returns:
        In the order of `areas.smallest`: `area_id`, `true_rate_pct`, `remoteness_km`, `indigenous_language_pct`,
        `dropout_rate_pct`, `light_per_head` (standardised), `residual_logit`, `hotspot` (0 where there is none).
    """
    random = generator(seed, "poverty")
    own = areas.smallest
    latitude, longitude = own["latitude"].to_numpy(), own["longitude"].to_numpy()

    def field(length_degrees: float) -> NDArray[np.float64]:
        return smooth_field(random, latitude, longitude, length_degrees)

    kilometres = _remoteness_km(own)
    remoteness = standardised(np.log1p(kilometres / 10))
    altitude = standardised(own["altitude_m"].to_numpy())
    density = standardised(np.log(own["population"].to_numpy() / np.maximum(own["area_km2"].to_numpy(), 0.1) + 0.1))
    language = -1.9 + 1.0 * altitude + 1.3 * field(0.6) + 0.3 * random.normal(size=len(own))
    dropout = 0.8 + 0.3 * remoteness + 0.35 * field(0.4) + 0.25 * random.normal(size=len(own))
    light = standardised(0.6 * density - 0.4 * remoteness + 0.5 * field(0.5) + 0.3 * random.normal(size=len(own)))
    residual = 0.20 * field(0.25) + 0.08 * random.normal(size=len(own))
    hotspot = _hotspots(random, own)
    logit = (
        -0.95
        + 0.30 * remoteness
        + 0.25 * altitude
        + 0.40 * standardised(language)
        + 0.20 * standardised(dropout)
        - 0.55 * light
        + residual
        + HOTSPOT_LOGIT * (hotspot > 0)
    )
    return pd.DataFrame(
        {
            "area_id": own["area_id"],
            "true_rate_pct": 100 * logistic(logit),
            "remoteness_km": kilometres,
            "indigenous_language_pct": 100 * logistic(language),
            "dropout_rate_pct": np.clip(np.exp(dropout), 0, 100),
            "light_per_head": light,
            "residual_logit": residual,
            "hotspot": hotspot,
        }
    )


def poverty_rates(areas: SampleAreas, truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rates as an office would estimate them from a survey: noisy, with 95 % intervals, some shared, some lacking.

    Returns:
        `area_id`, `year`, `poverty_rate_pct`, `lower_pct`, `upper_pct`, `estimate_group` (None where the area has
        its own estimate); no row for about 8 % of the areas.
    """
    random = generator(seed, "poverty_rates")
    own = areas.smallest
    people = own["population"].to_numpy()
    group = _groups(random, own)
    unit = group.where(group.notna(), own["area_id"])
    weighted = pd.DataFrame({"people": np.maximum(people, 1.0), "true": truth["true_rate_pct"].to_numpy()})
    weighted["product"] = weighted["people"] * weighted["true"]
    sums = weighted.groupby(unit.to_numpy())[["people", "product"]].sum()
    true_rate = (sums["product"] / sums["people"]).to_numpy()
    error = np.clip(1.0 + 2.0 * (np.median(people) / sums["people"].to_numpy()) ** 0.25, 1.0, 5.0)
    # Where few or nearly all are poor, a survey errs less.
    error = error * np.sqrt(4 * true_rate / 100 * (1 - true_rate / 100))
    estimate = np.clip(true_rate + error * random.normal(size=len(sums)), 0.05, 99.95)
    estimates = pd.DataFrame(
        {
            "poverty_rate_pct": estimate,
            "lower_pct": np.maximum(estimate - _Z_95 * error, 0.0),
            "upper_pct": np.minimum(estimate + _Z_95 * error, 100.0),
        },
        index=sums.index,
    )
    rates = pd.DataFrame({"area_id": own["area_id"], "year": YEAR}).join(estimates.loc[unit].reset_index(drop=True))
    rates["estimate_group"] = group
    unrated = group.isna().to_numpy() & (random.uniform(size=len(own)) < UNRATED_SHARE / (1 - GROUPED_SHARE))
    return rates[~unrated].reset_index(drop=True)


def area_indicators(truth: pd.DataFrame) -> pd.DataFrame:
    """Dropout and indigenous language in long form: `area_id`, `indicator`, `value`."""
    wide = truth[["area_id", "dropout_rate_pct", "indigenous_language_pct"]]
    long = wide.melt("area_id", var_name="indicator", value_name="value")
    return long.sort_values(["area_id", "indicator"], ignore_index=True)


def _plane_km(own: pd.DataFrame) -> NDArray[np.float64]:
    """Capitals on a plane in kilometres, shape (n, 2); distances are good within a country."""
    shrink = np.cos(np.radians(own["latitude"].mean()))
    return np.column_stack([own["longitude"] * shrink, own["latitude"]]) * KM_PER_DEGREE


def _remoteness_km(own: pd.DataFrame) -> NDArray[np.float64]:
    """Distance from each capital to the nearest of the cities: the most populous areas, one in thirty."""
    from scipy.spatial import KDTree

    plane = _plane_km(own)
    cities = np.argsort(-own["population"].to_numpy(), kind="stable")[: max(3, len(own) // 30)]
    distance, _ = KDTree(plane[cities]).query(plane)
    return np.asarray(distance, dtype=np.float64)


def _hotspots(random: np.random.Generator, own: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the hotspot each area is in, or 0: an area drawn by chance and those around it."""
    plane = _plane_km(own)
    hotspot = np.zeros(len(own), dtype=np.int64)
    for number in range(1, HOTSPOTS + 1):
        centre = random.choice(np.flatnonzero(hotspot == 0))
        distance = np.hypot(*(plane - plane[centre]).T)
        distance[hotspot > 0] = np.inf
        hotspot[np.argsort(distance, kind="stable")[: max(3, round(HOTSPOT_SHARE * len(own)))]] = number
    return hotspot


def _groups(random: np.random.Generator, own: pd.DataFrame) -> pd.Series:
    """Estimate group of each area, or None: the least populous few of some parents, about a tenth of all areas."""
    group = pd.Series([None] * len(own), index=own.index, dtype=object)
    parents = np.array(sorted(own["parent_id"].unique()), dtype=object)
    left = round(GROUPED_SHARE * len(own))
    for number, parent in enumerate(random.permutation(parents), 1):
        members = own.index[own["parent_id"] == parent]
        if left < 2:
            break
        if len(members) > 1:
            fewest = own.loc[members].sort_values("population", kind="stable").index[: min(_GROUP_SIZE, left)]
            group[fewest] = f"G{number:04}"
            left -= len(fewest)
    return group
